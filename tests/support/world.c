// SPDX-License-Identifier: Apache-2.0
#include "support/world.h"

#include <string.h>

#include "base/check.h"
#include "service/values.h"

#define FOR_EVER CLOCK_LAST

void world_init(struct world *world)
{
    arena_init(&world->arena, (size_t)1 << 32);
    world->instance = uuid_make(clock_now());
    world->directory = directory_new(&world->instance);
}

void world_fini(struct world *world)
{
    directory_free(world->directory);
    arena_fini(&world->arena);
}

static void apply(struct world *world, const ProtobufCMessage *record)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    entry.position = directory_position(world->directory) + 1;
    entry.record_type = (char *)record->descriptor->name;
    entry.after.len = protobuf_c_message_get_packed_size(record);
    entry.after.data = arena_alloc(&arena, entry.after.len);
    protobuf_c_message_pack(record, entry.after.data);
    CHECK(directory_apply(world->directory, &entry));
    arena_fini(&arena);
}

static char *text(const struct uuid *id, struct arena *arena)
{
    return service_uuid(id, arena);
}

static size_t split(const char *words, char **list, struct arena *arena)
{
    size_t count = 0;
    while (words && *words) {
        size_t length = strcspn(words, " ");
        list[count++] = arena_text(arena, words, length);
        words += length + strspn(words + length, " ");
    }
    return count;
}

static int level_of(Anlan__Organisations__V1__UnitKind kind)
{
    return kind >= WORLD_KIND(REGION) && kind <= WORLD_KIND(TOWNSHIP) ? (int)kind - (int)WORLD_KIND(REGION) : -1;
}

static void put_unit(struct world *world, const struct directory_unit *unit, const char *sector)
{
    struct arena arena;
    char *sectors[1] = {(char *)sector};
    arena_init(&arena, 1 << 20);
    Anlan__Organisations__V1__Unit record = ANLAN__ORGANISATIONS__V1__UNIT__INIT;
    record.id = text(&unit->id, &arena);
    record.version = 1;
    record.parent_id = text(&unit->parent_id, &arena);
    record.kind = unit->kind;
    record.is_tenant = unit->is_tenant;
    record.tenant_id = text(&unit->tenant_id, &arena);
    record.place = service_place(&unit->place, &arena);
    record.n_sectors = sector != NULL;
    record.sectors = sectors;
    record.retired_at = unit->retired ? service_timestamp(clock_now(), &arena) : NULL;
    apply(world, &record.base);
    arena_fini(&arena);
}

struct uuid world_unit(struct world *world, const struct uuid *parent, Anlan__Organisations__V1__UnitKind kind,
                       const char *sector)
{
    struct directory_unit unit = {.id = uuid_make(clock_now()), .kind = kind};
    const struct directory_unit *above = parent ? directory_find(world->directory, parent) : NULL;
    int level = level_of(kind);
    CHECK(!parent || above);
    if (above) {
        unit.parent_id = above->id;
        unit.place = above->place;
        unit.tenant_id = above->tenant_id;
    }
    if (level >= 0)
        unit.place.levels[level] = unit.id;
    unit.is_tenant = level >= 0 && level < DIRECTORY_TOWNSHIP;
    if (unit.is_tenant)
        unit.tenant_id = unit.id;
    put_unit(world, &unit, sector);
    return unit.id;
}

void world_retire(struct world *world, const struct uuid *unit)
{
    struct directory_unit retired = *directory_find(world->directory, unit);
    retired.retired = true;
    put_unit(world, &retired, retired.sector_count ? retired.sectors[0] : NULL);
}

void world_role(struct world *world, const char *name, const char *permissions)
{
    struct arena arena;
    char *list[64];
    arena_init(&arena, 1 << 20);
    Anlan__Organisations__V1__Role record = ANLAN__ORGANISATIONS__V1__ROLE__INIT;
    struct uuid id = uuid_make(clock_now());
    record.id = text(&id, &arena);
    record.version = 1;
    record.name = (char *)name;
    record.n_permissions = split(permissions, list, &arena);
    record.permissions = list;
    apply(world, &record.base);
    arena_fini(&arena);
}

struct uuid world_post(struct world *world, const struct world_post *post)
{
    struct arena arena;
    char *sectors[1] = {(char *)post->sector};
    arena_init(&arena, 1 << 20);
    Anlan__Organisations__V1__Post record = ANLAN__ORGANISATIONS__V1__POST__INIT;
    struct uuid id = uuid_is_nil(&post->id) ? uuid_make(clock_now()) : post->id;
    record.id = text(&id, &arena);
    record.version = 1;
    record.person_id = text(&post->person, &arena);
    record.person_name = (char *)"王建国";
    record.unit_id = text(&post->unit, &arena);
    record.role = (char *)post->role;
    record.n_sectors = post->sector != NULL;
    record.sectors = sectors;
    record.starts_at = service_timestamp(post->from, &arena);
    record.ends_at = post->to ? service_timestamp(post->to, &arena) : NULL;
    apply(world, &record.base);
    arena_fini(&arena);
    return id;
}

struct uuid world_grant(struct world *world, const struct world_grant *grant)
{
    struct arena arena;
    char *sectors[64];
    char *permissions[64];
    arena_init(&arena, 1 << 20);
    Anlan__Organisations__V1__Grant record = ANLAN__ORGANISATIONS__V1__GRANT__INIT;
    struct uuid id = uuid_is_nil(&grant->id) ? uuid_make(clock_now()) : grant->id;
    record.id = text(&id, &arena);
    record.version = 1;
    record.state = (unsigned)(grant->state ? grant->state : WORLD_STATE(APPROVED));
    record.ground = (unsigned)(grant->ground ? grant->ground : WORLD_GROUND(AUTHORISED));
    record.grantor_post_id = text(&grant->post, &arena);
    record.grantor_person_id = text(&grant->grantor, &arena);
    record.parent_id = text(&grant->parent, &arena);
    record.grantee_kind = (unsigned)(grant->kind ? grant->kind : WORLD_GRANTEE(PERSON));
    record.grantee_id = text(&grant->grantee, &arena);
    record.unit_id = text(&grant->unit, &arena);
    record.depth = grant->depth;
    record.n_sectors = split(grant->sectors, sectors, &arena);
    record.sectors = sectors;
    record.n_permissions = split(grant->permissions, permissions, &arena);
    record.permissions = permissions;
    record.starts_at = service_timestamp(grant->from, &arena);
    record.ends_at = service_timestamp(grant->to ? grant->to : FOR_EVER, &arena);
    apply(world, &record.base);
    arena_fini(&arena);
    return id;
}
