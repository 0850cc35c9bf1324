// SPDX-License-Identifier: Apache-2.0
// A directory made by hand, entry by entry, for what decides in memory.
#pragma once

#include "access/decide.h"
#include "access/directory.h"
#include "anlan/organisations/v1/grants.pb-c.h"
#include "anlan/organisations/v1/people.pb-c.h"
#include "anlan/organisations/v1/roles.pb-c.h"

#define WORLD_KIND(name) ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_##name
#define WORLD_GROUND(name) ANLAN__ORGANISATIONS__V1__GRANT_GROUND__GRANT_GROUND_##name
#define WORLD_STATE(name) ANLAN__ORGANISATIONS__V1__GRANT_STATE__GRANT_STATE_##name
#define WORLD_GRANTEE(name) ANLAN__ORGANISATIONS__V1__GRANTEE_KIND__GRANTEE_KIND_##name

struct world {
    struct uuid instance;
    struct directory *directory;
    struct arena arena;    // of the records; emptied with world_fini alone
};

void world_init(struct world *world);
void world_fini(struct world *world);

// A unit below another (NULL: a top), with one sector or none (NULL); its place, tenant and id are made.
struct uuid world_unit(struct world *world, const struct uuid *parent, Anlan__Organisations__V1__UnitKind kind,
                       const char *sector);
// Retires it.
void world_retire(struct world *world, const struct uuid *unit);

// A role with permissions, separated by spaces.
void world_role(struct world *world, const char *name, const char *permissions);

// A post; times 0: for ever.
struct world_post {
    struct uuid id;    // nil: made, and to change one: its id
    struct uuid person;
    struct uuid unit;
    const char *role;
    const char *sector;
    clock_time from;
    clock_time to;
};
struct uuid world_post(struct world *world, const struct world_post *post);

// A grant; what is not given: approved, to a person, authorised, from 0 until for ever. sectors and permissions are
// separated by spaces.
struct world_grant {
    struct uuid id;
    struct uuid post;
    struct uuid grantor;
    struct uuid parent;
    struct uuid grantee;
    struct uuid unit;
    int kind;
    int ground;
    int state;
    int depth;
    const char *sectors;
    const char *permissions;
    clock_time from;
    clock_time to;
};
struct uuid world_grant(struct world *world, const struct world_grant *grant);
