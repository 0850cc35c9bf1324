// SPDX-License-Identifier: Apache-2.0
#include "unit_moves.h"

#include <string.h>

#include "base/limits.h"
#include "organisations/facts.pb-c.h"
#include "record_rules.h"
#include "service/values.h"
#include "unit_kinds.h"

typedef Anlan__Organisations__V1__Unit unit;
typedef Anlan__Organisations__V1__Moves moves;
typedef Anlan__Organisations__V1__Move move;
typedef Anlan__Organisations__V1__Merger merger;
typedef Anlan__Organisations__Facts__UnitFacts unit_facts;

// Where those that follow come to be: levels above `first` are those of `place`, the others stay their own.
struct target {
    struct directory_place place;
    size_t first;
    const char *tenant_id;
};

// The unit's moves and mergers as those that may be added to; NULL where the arena is full.
static moves *own_moves(const struct service_rule_input *input, unit *now)
{
    moves *made = arena_alloc(input->arena, sizeof(*made));
    if (!made)
        return NULL;
    anlan__organisations__v1__moves__init(made);
    if (now->moves)
        *made = *now->moves;
    now->moves = made;
    return made;
}

// A copy of an array of pointers with room for one more; NULL where the arena is full.
static void *with_room(const struct service_rule_input *input, const void *array, size_t count, size_t more)
{
    void **made = arena_array(input->arena, count + more, sizeof(*made));
    if (made && count > 0)
        memcpy(made, array, count * sizeof(*made));
    return made;
}

// Where it stood until now.
static void note_move(const struct service_rule_input *input, const unit *was, unit *now, char *document)
{
    moves *history = own_moves(input, now);
    move *left = arena_alloc(input->arena, sizeof(*left));
    move **all = history ? with_room(input, history->moves, history->n_moves, 1) : NULL;
    if (!left || !all)
        return;
    anlan__organisations__v1__move__init(left);
    left->parent_id = was->parent_id;
    left->place = was->place;
    left->tenant_id = was->tenant_id;
    left->until = service_timestamp(input->occurred_at, input->arena);
    left->entered_at = service_timestamp(input->now, input->arena);
    left->document = document;
    all[history->n_moves++] = left;
    history->moves = all;
}

static bool same_place(const struct directory_place *left, const struct directory_place *right)
{
    return memcmp(left, right, sizeof(*left)) == 0;
}

// Brings a unit to where it belongs now; false where it is there already.
static bool follow(const struct service_rule_input *input, const unit *was, unit *now, const struct target *target)
{
    struct directory_place before = service_place_of(was->place);
    struct directory_place place = before;
    for (size_t i = 0; i < target->first; i++)
        place.levels[i] = target->place.levels[i];
    bool moves_tenant = target->tenant_id && !was->is_tenant && strcmp(was->tenant_id, target->tenant_id) != 0;
    if (same_place(&place, &before) && !moves_tenant)
        return false;
    now->place = service_place(&place, input->arena);
    if (moves_tenant)
        now->tenant_id = (char *)target->tenant_id;
    return true;
}

// Levels above a unit of this kind: those that a move changes.
static size_t levels_above(const struct unit_kind *kind)
{
    return kind->level >= 0 ? (size_t)kind->level : DIRECTORY_LEVELS;
}

static bool check_move(const struct service_rule_input *input, const unit *was, const char *parent_id, int64_t version,
                       struct status *status)
{
    const unit_facts *facts = (const unit_facts *)input->facts;
    if (!record_version_is(was->version, version, status))
        return false;
    if (was->retired_at || facts->parent_retired)
        return status_set(status, REASON(STATE_CONFLICT),
                          was->retired_at ? "the unit is retired" : "the unit above is retired");
    if (facts->nested)
        return status_set(status, REASON(STATE_CONFLICT), "the parent stands below the unit, or is it");
    if (!unit_kind_fits(unit_kind_of(was->kind), (Anlan__Organisations__V1__UnitKind)facts->parent_kind))
        return status_set(status, REASON(TIER_CONFLICT), "a unit of this kind cannot stand below that one");
    return strcmp(was->parent_id, parent_id) != 0 || facts->behind > 0 ||
           status_set(status, REASON(STATE_CONFLICT), "it stands there already, and so does all below it");
}

// Those below; answers how many follow now. An enterprise or department takes no territory along, so what each of
// these was is noted with each.
static int64_t move_below(const struct service_rule_input *input, const unit *const *before, size_t count,
                          ProtobufCMessage **after, const struct target *target, char *document)
{
    int64_t moved = 0;
    for (size_t i = 1; i < count; i++) {
        unit *now = (unit *)after[i];
        if (!follow(input, before[i], now, target)) {
            after[i] = NULL;
            continue;
        }
        if (target->first == DIRECTORY_LEVELS)
            note_move(input, before[i], now, document);
        now->version++;
        moved++;
    }
    return moved;
}

bool unit_moves_move(const struct service_rule_input *input, const ProtobufCMessage *const *before, size_t count,
                     ProtobufCMessage **after, struct status *status)
{
    const Anlan__Organisations__V1__MoveUnitRequest *request = (const void *)input->request;
    const unit_facts *facts = (const unit_facts *)input->facts;
    const unit *was = (const unit *)before[0];
    unit *now = (unit *)after[0];
    if (!check_move(input, was, request->parent_id, request->version, status))
        return false;
    struct target target = {
        .place = service_place_of(facts->parent_place),
        .first = levels_above(unit_kind_of(was->kind)),
        .tenant_id = was->is_tenant ? NULL : facts->parent_tenant_id,
    };
    follow(input, was, now, &target);
    if (strcmp(was->parent_id, request->parent_id) != 0)
        note_move(input, was, now, request->document);
    now->parent_id = request->parent_id;
    now->version = was->version + 1;
    now->following =
        facts->behind - move_below(input, (const unit *const *)before, count, after, &target, request->document);
    return true;
}

static bool is_merged(const Anlan__Organisations__V1__MergeUnitsRequest *request, const char *id)
{
    for (size_t i = 0; i < request->n_merged_ids; i++)
        if (strcmp(request->merged_ids[i], id) == 0)
            return true;
    return false;
}

static bool check_merged(const struct service_rule_input *input, const unit *const *units, size_t merged,
                         struct status *status)
{
    for (size_t i = 0; i <= merged; i++) {
        if (units[i]->retired_at)
            return status_set(status, REASON(STATE_CONFLICT), "%.100s is retired", units[i]->name);
        if (units[i]->following > 0)
            return status_set(status, REASON(STATE_CONFLICT), "units below %.100s still follow its move",
                              units[i]->name);
        if (units[i]->kind != units[0]->kind)
            return status_set(status, REASON(TIER_CONFLICT), "%.100s is of another kind", units[i]->name);
    }
    const unit_facts *facts = (const unit_facts *)input->facts;
    return !facts->oversees ||
           status_set(status, REASON(STATE_CONFLICT), "one of the units oversees by the responsibility list");
}

static bool check_merge(const struct service_rule_input *input, const unit *const *units, struct status *status)
{
    const Anlan__Organisations__V1__MergeUnitsRequest *request = (const void *)input->request;
    const unit_facts *facts = (const unit_facts *)input->facts;
    if (!record_version_is(units[0]->version, request->version, status))
        return false;
    if ((size_t)facts->merged != request->n_merged_ids)
        return status_violate(status, input->arena, "merged_ids",
                              "must be different units, and not the one that remains");
    if (facts->nested)
        return status_set(status, REASON(STATE_CONFLICT), "one of the units stands below another");
    if (facts->behind > LIMIT_CHANGES)
        return status_set(status, REASON(TOO_MANY_RECORDS),
                          "%lld units would change, at most %d do at once: move units below them first",
                          (long long)facts->behind, (int)LIMIT_CHANGES);
    return check_merged(input, units, (size_t)facts->merged, status);
}

// The unit that remains remembers who came.
static void note_mergers(const struct service_rule_input *input, const unit *const *units, unit *kept, size_t merged,
                         char *document)
{
    moves *history = own_moves(input, kept);
    merger **all = history ? with_room(input, history->mergers, history->n_mergers, merged) : NULL;
    for (size_t i = 1; all && i <= merged; i++) {
        merger *made = arena_alloc(input->arena, sizeof(*made));
        if (!made)
            return;
        anlan__organisations__v1__merger__init(made);
        made->unit_id = units[i]->id;
        made->name = units[i]->name;
        made->since = service_timestamp(input->occurred_at, input->arena);
        made->entered_at = service_timestamp(input->now, input->arena);
        made->document = document;
        all[history->n_mergers++] = made;
        history->mergers = all;
    }
}

static void retire_merged(const struct service_rule_input *input, const unit *kept, unit *now, char *document)
{
    now->version++;
    now->retired_at = service_timestamp(input->occurred_at, input->arena);
    now->retired_reason = document;
    now->successor_id = kept->id;
}

// True if the record belongs to the tenant of a unit that is merged, and so to that of the one that remains.
static bool of_merged_tenant(const unit *const *units, size_t merged, const unit *was)
{
    for (size_t i = 1; i <= merged; i++)
        if (strcmp(units[i]->tenant_id, was->tenant_id) == 0)
            return true;
    return false;
}

bool unit_moves_merge(const struct service_rule_input *input, const ProtobufCMessage *const *before, size_t count,
                      ProtobufCMessage **after, struct status *status)
{
    const Anlan__Organisations__V1__MergeUnitsRequest *request = (const void *)input->request;
    const unit_facts *facts = (const unit_facts *)input->facts;
    const unit *const *units = (const unit *const *)before;
    unit *kept = (unit *)after[0];
    size_t merged = (size_t)facts->merged;
    if (!check_merge(input, units, status))
        return false;
    const struct unit_kind *kind = unit_kind_of(kept->kind);
    struct target target = {.place = service_place_of(kept->place),
                            .first = kind->level >= 0 ? (size_t)kind->level + 1 : DIRECTORY_LEVELS};
    kept->version++;
    note_mergers(input, units, kept, merged, request->document);
    for (size_t i = 1; i < count; i++) {
        unit *now = (unit *)after[i];
        if (i <= merged) {
            retire_merged(input, kept, now, request->document);
            continue;
        }
        bool child = is_merged(request, units[i]->parent_id);
        target.tenant_id = of_merged_tenant(units, merged, units[i]) ? kept->tenant_id : NULL;
        bool follows = follow(input, units[i], now, &target);
        if (child || (follows && kind->level < 0))
            note_move(input, units[i], now, request->document);
        if (child)
            now->parent_id = kept->id;
        now->version++;
        if (!child && !follows)
            after[i] = NULL;
    }
    return true;
}
