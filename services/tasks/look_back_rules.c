// SPDX-License-Identifier: Apache-2.0
#include "look_back_rules.h"

#include <stdio.h>
#include <string.h>

#include "anlan/tasks/v1/look_backs.pb-c.h"
#include "draw.h"
#include "service/values.h"
#include "task_life.h"
#include "task_record.h"
#include "tasks/facts.pb-c.h"

#define POOL_MOST 5000
#define MAJOR ANLAN__HAZARDS__V1__GRADE__GRADE_MAJOR
#define CLOSED ANLAN__HAZARDS__V1__STATE__STATE_CLOSED

typedef Anlan__Tasks__V1__DrawRule draw_rule;
typedef Anlan__Tasks__V1__Draw draw;
typedef Anlan__Tasks__V1__Recheck recheck;
typedef Anlan__Tasks__V1__DrawLookBacksRequest draw_request;
typedef Anlan__Tasks__Facts__DrawFacts draw_facts;

bool look_back_rules_set(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__SetDrawRuleRequest *request = (const void *)input->request;
    draw_rule *made = (draw_rule *)after;
    (void)before;
    if (!request->all_major && !request->share_permille && !request->at_least)
        return status_violate(status, input->arena, "share_permille", "or another of them: nothing would be drawn");
    task_record_begin(input, after);
    made->document = request->document;
    made->all_major = request->all_major;
    made->share_permille = request->share_permille;
    made->at_least = request->at_least;
    made->detail = arena_alloc(input->arena, sizeof(*made->detail));
    if (!made->detail)
        return false;
    anlan__tasks__v1__draw_rule_detail__init(made->detail);
    made->detail->set = task_record_sign(input);
    return task_life_move("draw_rules", after, ACTION(SET), STATE(IN_FORCE));
}

// The rule of the nearest unit up the tree; NULL where there is none.
static const draw_rule *nearest_rule(const struct service_rule_input *input, const draw_facts *facts)
{
    const draw_rule *nearest = NULL;
    const char *unit_id = service_uuid(&input->unit->id, input->arena);
    int most = -1;
    for (size_t i = 0; i < facts->n_rules; i++) {
        const draw_rule *rule =
            anlan__tasks__v1__draw_rule__unpack(&input->arena->protobuf, facts->rules[i].len, facts->rules[i].data);
        int depth = rule && unit_id ? task_record_above(input, rule->unit_id, unit_id, &input->unit->place) : -1;
        if (depth > most) {
            most = depth;
            nearest = rule;
        }
    }
    return nearest;
}

static char *seed_of(const struct service_rule_input *input)
{
    const draw_request *request = (const void *)input->request;
    char *text = arena_alloc(input->arena, 2 * sizeof(input->random) + 1);
    if (*request->seed || !text)
        return request->seed;
    for (size_t i = 0; i < sizeof(input->random); i++)
        snprintf(text + 2 * i, 3, "%02x", input->random[i]);
    return text;
}

// The pool as the record keeps it.
static bool keep_pool(const struct service_rule_input *input, const draw_facts *facts, draw *made, bool *major)
{
    struct arena *arena = input->arena;
    Anlan__Tasks__V1__PoolHazard *pool = arena_array(arena, facts->n_pool_id, sizeof(*pool));
    made->detail->pool = arena_array(arena, facts->n_pool_id, sizeof(Anlan__Tasks__V1__PoolHazard *));
    if (!pool || !made->detail->pool)
        return false;
    for (size_t i = 0; i < facts->n_pool_id; i++) {
        anlan__tasks__v1__pool_hazard__init(&pool[i]);
        pool[i].id = facts->pool_id[i];
        pool[i].grade = (Anlan__Hazards__V1__Grade)facts->pool_grade[i];
        major[i] = pool[i].grade == MAJOR;
        made->detail->pool[made->detail->n_pool++] = &pool[i];
    }
    made->pool_count = (int32_t)facts->n_pool_id;
    return true;
}

static bool draw_now(const struct service_rule_input *input, const draw_facts *facts, draw *made, struct status *status)
{
    bool *major = arena_array(input->arena, facts->n_pool_id, sizeof(bool));
    made->detail = arena_alloc(input->arena, sizeof(*made->detail));
    if (!major || !made->detail)
        return false;
    anlan__tasks__v1__draw_detail__init(made->detail);
    if (!keep_pool(input, facts, made, major))
        return false;
    const struct draw_pool pool = {.ids = facts->pool_id,
                                   .major = major,
                                   .count = facts->n_pool_id,
                                   .seed = made->seed,
                                   .all_major = made->all_major,
                                   .share_permille = made->share_permille,
                                   .at_least = made->at_least};
    made->detail->drawn_ids = draw_from(&pool, input->arena, &made->detail->n_drawn_ids);
    if (!made->detail->drawn_ids)
        return false;
    if (made->detail->n_drawn_ids > SERVICE_COMMANDS_MOST)
        return status_violate(status, input->arena, "closed_until", "%zu would be drawn, at most %d at a time are",
                              made->detail->n_drawn_ids, SERVICE_COMMANDS_MOST);
    made->drawn_count = (int32_t)made->detail->n_drawn_ids;
    made->detail->drawn = task_record_sign(input);
    return true;
}

bool look_back_rules_draw(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const draw_request *request = (const void *)input->request;
    const draw_facts *facts = (const draw_facts *)input->facts;
    const draw_rule *rule = nearest_rule(input, facts);
    draw *made = (draw *)after;
    (void)before;
    if (service_time(request->closed_until) <= service_time(request->closed_from))
        return status_violate(status, input->arena, "closed_until", "must be after closed_from");
    if (!rule)
        return status_set(status, REASON(STATE_CONFLICT), "no rule says how to draw here: set one");
    if (facts->n_pool_id > POOL_MOST)
        return status_set(status, REASON(TOO_MANY_RECORDS), "more than %d hazards would be drawn from", POOL_MOST);
    if (facts->n_pool_id == 0)
        return status_set(status, REASON(STATE_CONFLICT), "nothing was closed in that time and awaits a re-check");
    task_record_begin(input, after);
    made->seed = seed_of(input);
    made->closed_from = request->closed_from;
    made->closed_until = request->closed_until;
    made->rule_id = rule->id;
    made->all_major = rule->all_major;
    made->share_permille = rule->share_permille;
    made->at_least = rule->at_least;
    return draw_now(input, facts, made, status) && task_life_move("draws", after, ACTION(DRAW), STATE(DRAWN));
}

bool look_back_rules_open(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__OpenRecheckRequest *request = (const void *)input->request;
    const Anlan__Tasks__Facts__RecheckFacts *facts = (const void *)input->facts;
    recheck *made = (recheck *)after;
    (void)before;
    if (!facts || !facts->hazard)
        return status_set(status, REASON(RECORD_NOT_FOUND), "nothing is known of this hazard");
    if (facts->hazard->hazard_state != CLOSED)    // the verdict was faster: nobody would ever close the re-check
        return status_set(status, REASON(STATE_CONFLICT), "it is not closed any more: there has been a verdict");
    if (facts->taken)
        return status_set(status, REASON(RECORD_EXISTS), "it is about to be re-checked");
    task_record_begin(input, after);
    made->place = facts->hazard->place;
    made->sector = facts->hazard->sector;
    made->hazard_id = request->hazard_id;
    made->draw_id = request->draw_id;
    made->grade = facts->hazard->grade;
    made->site_id = facts->hazard->unit_id;
    made->description = facts->hazard->description;
    return task_life_move("rechecks", after, ACTION(OPEN), STATE(OPEN));
}

static Anlan__Tasks__V1__RecheckDetail *copy_detail(const struct service_rule_input *input, const recheck *was)
{
    Anlan__Tasks__V1__RecheckDetail *copy = arena_alloc(input->arena, sizeof(*copy));
    if (copy && was->detail)
        *copy = *was->detail;
    else if (copy)
        anlan__tasks__v1__recheck_detail__init(copy);
    return copy;
}

bool look_back_rules_assign(const struct service_rule_input *input, const ProtobufCMessage *before,
                            ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__AssignRecheckRequest *request = (const void *)input->request;
    const struct directory_unit *unit = service_named_unit(input, "assigned_unit_id");
    recheck *now = (recheck *)after;
    if (!task_life_may(input, "rechecks", before, ACTION(ASSIGN), status))
        return false;
    if (uuid_compare(&unit->tenant_id, &input->tenant_id) != 0 || unit->retired)
        return status_violate(status, input->arena, "assigned_unit_id", "is no active unit of this tenant");
    if (service_time(request->due_at) < input->occurred_at)
        return status_violate(status, input->arena, "due_at", "must not be before the assignment");
    now->assigned_unit_id = request->assigned_unit_id;
    now->assigned_person = request->assigned_person;
    now->due_at = request->due_at;
    now->party_ids = task_record_joined(input->arena, now->party_ids, &now->n_party_ids,
                                        (char *const[]){request->assigned_unit_id}, 1);
    now->detail = copy_detail(input, (const recheck *)before);
    if (!now->detail)
        return false;
    now->detail->assigned = task_record_sign(input);
    return task_life_move("rechecks", after, ACTION(ASSIGN), STATE(ASSIGNED));
}

bool look_back_rules_close(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__CloseRecheckRequest *request = (const void *)input->request;
    recheck *now = (recheck *)after;
    (void)status;
    now->verdict = request->verdict;
    now->checked_at = request->checked_at;
    now->checked_by = request->checked_by;
    now->detail = copy_detail(input, (const recheck *)before);
    if (!now->detail)
        return false;
    now->detail->note = request->note;
    now->detail->position = request->position;
    return task_life_move("rechecks", after, ACTION(CHECK), STATE(CHECKED));
}
