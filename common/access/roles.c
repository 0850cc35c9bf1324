// SPDX-License-Identifier: Apache-2.0
#include "access/roles.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "anlan/organisations/v1/roles.pb-c.h"
#include "base/check.h"

struct kept_role {
    struct directory_role role;
    UT_hash_handle hh;
};

struct roles {
    struct kept_role *kept;
};

struct roles *roles_new(void)
{
    struct roles *roles = calloc(1, sizeof(*roles));
    CHECK(roles);
    return roles;
}

void roles_free(struct roles *roles)
{
    if (!roles)
        return;
    struct kept_role *kept = NULL;
    struct kept_role *next = NULL;
    HASH_ITER(hh, roles->kept, kept, next)
    {
        HASH_DEL(roles->kept, kept);
        free(kept);
    }
    free(roles);
}

static struct kept_role *find(const struct roles *roles, const char *name)
{
    struct kept_role *kept = NULL;
    HASH_FIND_STR(roles->kept, name, kept);
    return kept;
}

bool roles_keep(struct roles *roles, struct words *words, ProtobufCBinaryData packed)
{
    Anlan__Organisations__V1__Role *record = anlan__organisations__v1__role__unpack(NULL, packed.len, packed.data);
    bool good = record && *record->name;
    if (good) {
        struct kept_role *kept = find(roles, record->name);
        if (!kept) {
            kept = calloc(1, sizeof(*kept));
            CHECK(kept);
            kept->role.name = words_keep(words, record->name);
            HASH_ADD_KEYPTR(hh, roles->kept, kept->role.name, strlen(kept->role.name), kept);
        }
        kept->role.permissions =
            words_keep_list(words, record->permissions, record->retired ? 0 : record->n_permissions);
    }
    if (record)
        anlan__organisations__v1__role__free_unpacked(record, NULL);
    return good;
}

const struct directory_role *roles_find(const struct roles *roles, const char *name)
{
    const struct kept_role *kept = find(roles, name);
    return kept ? &kept->role : NULL;
}
