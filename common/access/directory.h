// SPDX-License-Identifier: Apache-2.0
// The directory: the tree of units in memory, who has charge of them, and roles,
// posts and grants, mirrored from the log of organisations. One writer applies
// entries; any number of readers decide.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anlan/organisations/v1/grants.pb-c.h"
#include "anlan/organisations/v1/instances.pb-c.h"
#include "anlan/organisations/v1/organisations.pb-c.h"
#include "anlan/rpc/v1/feed.pb-c.h"
#include "base/clock.h"
#include "base/uuid.h"

struct directory;

// Levels of the tree of tiers.
enum { DIRECTORY_REGION, DIRECTORY_CITY, DIRECTORY_COUNTY, DIRECTORY_TOWNSHIP, DIRECTORY_LEVELS };

// Ids of the units of the four levels; nil where a level is missing.
struct directory_place {
    struct uuid levels[DIRECTORY_LEVELS];
};

// A unit as the directory knows it.
struct directory_unit {
    struct uuid id;
    struct uuid parent_id;    // nil for a top
    Anlan__Organisations__V1__UnitKind kind;
    struct directory_place place;
    bool is_tenant;
    bool retired;                // shown for ever, and nothing new is made at it
    struct uuid tenant_id;       // nil where there is none
    struct uuid successor_id;    // of a retired one; nil where none takes its place
    size_t sector_count;         // 0: all
    const char *const *sectors;
};

// A list of words that is kept once, however many have it: sectors, permissions.
struct directory_words {
    size_t count;
    const char *const *words;
};

// A role: what it permits. A retired one permits nothing.
struct directory_role {
    const char *name;
    const struct directory_words *permissions;
};

// A post.
struct directory_post {
    struct uuid id;
    struct uuid person_id;
    struct uuid unit_id;
    const char *role;
    const char *person_name;
    const struct directory_words *sectors;    // none: all
    clock_time starts_at;
    clock_time ends_at;    // not included; INT64_MAX for none
};

// A grant.
struct directory_grant {
    struct uuid id;
    struct uuid grantor_post_id;
    struct uuid grantor_person_id;
    struct uuid parent_id;    // nil for none
    struct uuid grantee_id;
    struct uuid unit_id;
    Anlan__Organisations__V1__GrantState state;
    Anlan__Organisations__V1__GrantGround ground;
    Anlan__Organisations__V1__GranteeKind grantee_kind;
    int32_t depth;
    const struct directory_words *sectors;    // none: all
    const struct directory_words *permissions;
    clock_time starts_at;
    clock_time ends_at;    // not included
};

// Where a service of another instance is.
struct directory_addresses {
    const char *service;
    const char *calls;    // one or several, separated by commas
    const char *feed;
};

#define DIRECTORY_SERVICES_MOST 8

// Another instance, above this one or below.
struct directory_peer {
    struct uuid id;
    int64_t version;
    bool above;
    struct uuid unit_id;    // at which the border runs
    Anlan__Organisations__V1__InstanceState state;
    const char *display_name;
    const char *certificate_authority;    // PEM
    size_t service_count;
    struct directory_addresses services[DIRECTORY_SERVICES_MOST];
};

// An empty directory of the instance at position 0. Never answers NULL.
struct directory *directory_new(const struct uuid *instance_id);

// Frees it; accepts NULL. Nobody may read it any more.
void directory_free(struct directory *directory);

// Applies the next entry of the instance's log. False if its position is not the
// next one or its record cannot be read: the mirror stays as it was. Only one
// thread may write.
bool directory_apply(struct directory *directory, const Anlan__Rpc__V1__Entry *entry);

// Notes that at `monotonic` (clock_monotonic) the mirror had everything.
void directory_caught_up(struct directory *directory, int64_t monotonic);

// Last position applied. Thread-safe.
int64_t directory_position(const struct directory *directory);

// When it was last caught up (clock_monotonic), or -1 if never. Thread-safe.
int64_t directory_caught_up_at(const struct directory *directory);

// The instance's id.
const struct uuid *directory_instance(const struct directory *directory);

// A top of the tree: a tier without a unit above it, and its level.
struct directory_top {
    struct uuid unit_id;
    int level;
};

// The tops, at most `most`; answers how many. Thread-safe.
size_t directory_tops(struct directory *directory, struct directory_top *tops, size_t most);

// Units known. Thread-safe.
size_t directory_units(struct directory *directory);

// The units that own records, retired ones too, in no particular order: at most `most`; answers how many. Looks at all
// units. Thread-safe.
size_t directory_tenants(struct directory *directory, struct uuid *tenants, size_t most);

// Readers hold the lock while they use units; it is shared and short.
void directory_lock(struct directory *directory);
void directory_unlock(struct directory *directory);

// A unit by its id, under the lock; NULL if there is none. The pointer is good
// until the lock is given back.
const struct directory_unit *directory_find(const struct directory *directory, const struct uuid *id);

// The next unit that came to a territory from elsewhere (it moved there, or was
// merged into something there), under the lock: its records of before stay where they
// were registered. `level` is that of the territory; *at begins with 0. False at the
// end.
bool directory_next_arrival(const struct directory *directory, int level, const struct uuid *territory, size_t *at,
                            struct uuid *unit_id);

// The next unit that ended and in whose place this one is, under the lock; *at
// begins with 0. False at the end.
bool directory_next_former(const struct directory *directory, const struct uuid *unit_id, size_t *at,
                           struct uuid *former_id);

// Steps up or down the tree, more than it has.
#define DIRECTORY_STEPS_MOST 64

// The units below one, at all depths, under the lock. False where there are more
// than `most`: `units` has some of them then.
bool directory_below(const struct directory *directory, const struct uuid *id, const struct directory_unit **units,
                     size_t most, size_t *count);

// The first active unit of a kind directly below one, under the lock; NULL if there is
// none.
const struct directory_unit *directory_child(const struct directory *directory, const struct uuid *id,
                                             Anlan__Organisations__V1__UnitKind kind);

// Roles by name, posts and grants by id; under the lock, likewise.
const struct directory_role *directory_role(const struct directory *directory, const char *name);
const struct directory_post *directory_post(const struct directory *directory, const struct uuid *id);
const struct directory_grant *directory_grant(const struct directory *directory, const struct uuid *id);

// The posts of a person, and the grants to a person, unit or client, past ones too:
// at most `most`; answers how many. Under the lock, likewise.
size_t directory_posts_of(const struct directory *directory, const struct uuid *person_id,
                          const struct directory_post **posts, size_t most);
size_t directory_grants_to(const struct directory *directory, const struct uuid *grantee_id,
                           const struct directory_grant **grants, size_t most);

// Calls `see` for every post, or every grant, until it answers false; under the lock.
void directory_each_post(const struct directory *directory, bool (*see)(void *user, const struct directory_post *post),
                         void *user);
void directory_each_grant(const struct directory *directory,
                          bool (*see)(void *user, const struct directory_grant *grant), void *user);

// Another instance by its id, under the lock; NULL if it was never enrolled. It may be suspended or have ended.
const struct directory_peer *directory_peer(const struct directory *directory, const struct uuid *id);

// All of them, at most `most`; answers how many. Under the lock.
size_t directory_peers(const struct directory *directory, const struct directory_peer **peers, size_t most);

// Counts what changes about them. Thread-safe.
int64_t directory_peer_changes(const struct directory *directory);

// The other instance that owns a unit's records, whatever its state, so that they are only read here; NULL where they
// are this instance's own. The nearest border on the way up the tree counts: at or below that of an instance below they
// are that instance's, at or below that of the instance above they are ours, elsewhere they are that of the one above.
// Under the lock.
const struct directory_peer *directory_owner(const struct directory *directory, const struct uuid *unit_id);

#define DIRECTORY_NAME_SIZE 256
#define DIRECTORY_POSITION_SIZE 512

// Who has charge of a unit in a sector. Ids are nil where nobody has.
struct directory_overseers {
    struct uuid all_id;              // who oversees all sectors there
    struct uuid all_charge_id;       // … by which record
    struct uuid sector_id;           // who oversees the sector
    struct uuid sector_charge_id;    // … by which record
    struct uuid leader_id;           // the person who answers for it
    struct uuid leader_charge_id;    // … by which record
    char leader_name[DIRECTORY_NAME_SIZE];
    char leader_position[DIRECTORY_POSITION_SIZE];
};

// Finds who has charge of a unit in a sector ("": all sectors alone) at a time: the
// nearest charge up the tree, of each kind; the leader is that of the nearest of
// both, of the sector's where both stand at one unit. False where the unit is not
// known. Takes the lock itself; does not block otherwise.
bool directory_overseers(struct directory *directory, const struct uuid *unit_id, const char *sector, clock_time at,
                         struct directory_overseers *overseers);

// Who is on duty at a unit: leaders first, then officers.
#define DIRECTORY_DUTY_MOST 24
#define DIRECTORY_TELEPHONE_SIZE 168
struct directory_duty {
    char telephone[DIRECTORY_TELEPHONE_SIZE];
    size_t leader_count;
    size_t count;
    struct uuid people[DIRECTORY_DUTY_MOST];
};

// Has the directory keep duty rosters, as far as they lie ahead; before the first entry. Others hold no memory for
// them.
void directory_keep_duties(struct directory *directory);

// Who is on duty at the unit's own desk at a time, now or later; nobody where nobody is. False where the unit is
// retired or not known, keeps no desk, or the directory keeps no rosters. Takes the lock itself; does not block
// otherwise.
bool directory_duty(struct directory *directory, const struct uuid *unit_id, clock_time at,
                    struct directory_duty *duty);
