// SPDX-License-Identifier: Apache-2.0
#include "phones.h"

#include <stdio.h>
#include <string.h>

#include "crypto/crypto.h"

#define PHONE_MOST 20
#define WITHHELD_MOST 4    // of one record

void phone_mask(const char *number, char *shown, size_t size)
{
    size_t length = strlen(number);
    if (length >= 11)
        snprintf(shown, size, "%.3s****%s", number, number + length - 4);
    else if (length >= 7)
        snprintf(shown, size, "****%s", number + length - 3);
    else
        snprintf(shown, size, "****");
}

static bool is_number(const char *text)
{
    size_t length = strlen(text);
    return length >= 3 && length <= PHONE_MOST && strspn(text, "0123456789+- ") == length;
}

// Room for one more; NULL where the arena is full.
static Anlan__Organisations__V1__Withheld *with_room(struct arena *arena, Anlan__Organisations__V1__Withheld *withheld)
{
    if (withheld)
        return withheld;
    withheld = arena_alloc(arena, sizeof(*withheld));
    if (!withheld)
        return NULL;
    anlan__organisations__v1__withheld__init(withheld);
    withheld->field = arena_array(arena, WITHHELD_MOST, sizeof(char *));
    withheld->value = arena_array(arena, WITHHELD_MOST, sizeof(char *));
    withheld->salt = arena_array(arena, WITHHELD_MOST, sizeof(ProtobufCBinaryData));
    return withheld->field && withheld->value && withheld->salt ? withheld : NULL;
}

// A salt for each field of the call.
static void make_salt(const struct service_rule_input *input, const char *field, uint8_t *salt)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    const struct bytes parts[] = {{input->random, sizeof(input->random)}, {(const uint8_t *)field, strlen(field)}};
    crypto_sha256(parts, 2, digest);
    memcpy(salt, digest, CRYPTO_SALT_SIZE);
}

static bool withhold(const struct service_rule_input *input, const char *field, const char *number, struct phone *now,
                     Anlan__Organisations__V1__Withheld **withheld)
{
    struct arena *arena = input->arena;
    Anlan__Organisations__V1__Withheld *kept = with_room(arena, *withheld);
    uint8_t *salt = arena_alloc(arena, CRYPTO_SALT_SIZE);
    uint8_t *digest = arena_alloc(arena, CRYPTO_DIGEST_SIZE);
    if (!kept || !salt || !digest || kept->n_field == WITHHELD_MOST)
        return false;
    make_salt(input, field, salt);
    const struct bytes parts[] = {{salt, CRYPTO_SALT_SIZE}, {(const uint8_t *)number, strlen(number)}};
    crypto_sha256(parts, 2, digest);
    kept->field[kept->n_field++] = (char *)field;
    kept->value[kept->n_value++] = (char *)number;
    kept->salt[kept->n_salt++] = (ProtobufCBinaryData){.data = salt, .len = CRYPTO_SALT_SIZE};
    now->digest = (ProtobufCBinaryData){.data = digest, .len = CRYPTO_DIGEST_SIZE};
    *withheld = kept;
    return true;
}

bool phone_take(const struct service_rule_input *input, const char *field, const char *given,
                const struct phone *before, struct phone *now, Anlan__Organisations__V1__Withheld **withheld,
                struct status *status)
{
    *now = (struct phone){.shown = (char *)""};
    if (!*given)
        return true;
    if (before && strcmp(given, before->shown) == 0) {
        *now = *before;
        return true;
    }
    if (!is_number(given))
        return status_violate(status, input->arena, field, "must be a phone number");
    char shown[PHONE_MOST + 8];
    phone_mask(given, shown, sizeof(shown));
    now->shown = arena_text(input->arena, shown, strlen(shown));
    return (now->shown && withhold(input, field, given, now, withheld)) ||
           status_set(status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
}
