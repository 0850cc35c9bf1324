// SPDX-License-Identifier: Apache-2.0
#include "inspection_rules.h"

#include <string.h>

#include "anlan/tasks/v1/inspections.pb-c.h"
#include "service/values.h"
#include "task_life.h"
#include "task_record.h"
#include "tasks/facts.pb-c.h"

#define FINDINGS_MOST 1000
#define ANSWER(name) ANLAN__TASKS__V1__ANSWER_KIND__ANSWER_KIND_##name
#define MAJOR ANLAN__HAZARDS__V1__GRADE__GRADE_MAJOR

typedef Anlan__Tasks__V1__Inspection inspection;
typedef Anlan__Tasks__V1__InspectionDetail detail;
typedef Anlan__Tasks__V1__PlanInspectionRequest plan_request;
typedef Anlan__Tasks__Facts__InspectionFacts inspection_facts;

// A checklist holds within the territory of the unit that published it.
static bool holds_at(const Anlan__Tasks__V1__Checklist *checklist, const struct directory_unit *site)
{
    struct directory_place place = service_place_field(&checklist->base);
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        if (!uuid_is_nil(&place.levels[i]) && uuid_compare(&place.levels[i], &site->place.levels[i]) != 0)
            return false;
    return true;
}

static bool check_checklist(const struct service_rule_input *input, const struct directory_unit *site,
                            struct status *status)
{
    const plan_request *request = (const void *)input->request;
    const Anlan__Tasks__V1__Checklist *checklist = ((const inspection_facts *)input->facts)->checklist;
    if (!*request->checklist_id && !*request->checklist_tenant_id)
        return true;
    if (!checklist || !holds_at(checklist, site))
        return status_violate(status, input->arena, "checklist_id", "is no checklist that holds at the place");
    if (checklist->state != STATE(IN_FORCE))
        return status_violate(status, input->arena, "checklist_id", "is withdrawn");
    return strcmp(checklist->sector, request->sector) == 0 ||
           status_violate(status, input->arena, "checklist_id", "is for the sector %s", checklist->sector);
}

static bool check_plan(const struct service_rule_input *input, struct status *status)
{
    const plan_request *request = (const void *)input->request;
    const inspection_facts *facts = (const inspection_facts *)input->facts;
    const struct directory_unit *site = service_named_unit(input, "site_id");
    if (*facts->unknown_sector)
        return status_violate(status, input->arena, "sector", "is not in the list of sectors");
    if (input->unit->retired)
        return status_violate(status, input->arena, "unit_id", "is retired");
    if (site->retired)
        return status_violate(status, input->arena, "site_id", "is retired");
    if (*request->campaign_id && !facts->campaign)
        return status_violate(status, input->arena, "campaign_id", "is no open campaign of the team's tenant");
    return check_checklist(input, site, status);
}

// The place, and the territories in which it lies, see the inspection from now on.
static bool let_site_see(const struct service_rule_input *input, inspection *now)
{
    struct directory_place place = service_place_of(now->site_place);
    char *units[DIRECTORY_LEVELS + 1] = {now->site_id};
    size_t count = 1;
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        if (!uuid_is_nil(&place.levels[i]))
            units[count++] = service_uuid(&place.levels[i], input->arena);
    if (input->arena->exhausted)
        return false;
    now->party_ids = task_record_joined(input->arena, now->party_ids, &now->n_party_ids, units, count);
    return now->party_ids != NULL;
}

bool inspection_rules_plan(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const plan_request *request = (const void *)input->request;
    const inspection_facts *facts = (const inspection_facts *)input->facts;
    inspection *made = (inspection *)after;
    (void)before;
    if (!check_plan(input, status))
        return false;
    task_record_begin(input, after);
    made->sector = request->sector;
    made->site_id = request->site_id;
    made->site_place = service_place(&service_named_unit(input, "site_id")->place, input->arena);
    made->planned_for = request->planned_for;
    made->announced = request->announced;
    made->checklist_tenant_id = request->checklist_tenant_id;
    made->checklist_id = request->checklist_id;
    made->campaign_id = request->campaign_id;
    made->members = request->members;
    made->n_members = request->n_members;
    made->detail = arena_alloc(input->arena, sizeof(*made->detail));
    if (!made->detail)
        return false;
    anlan__tasks__v1__inspection_detail__init(made->detail);
    made->detail->item_count = facts->checklist ? facts->checklist->item_count : 0;
    made->detail->planned = task_record_sign(input);
    made->detail->purpose = request->purpose;
    return (!made->announced || let_site_see(input, made)) &&
           task_life_move("inspections", after, ACTION(PLAN), STATE(PLANNED));
}

// A step of the team: *now has a detail that may be changed.
static bool begin(const struct service_rule_input *input, const inspection *was, inspection *now, task_action action,
                  struct status *status)
{
    struct uuid team;
    if (!task_life_may(input, "inspections", &was->base, action, status))
        return false;
    if (!uuid_parse(was->unit_id, &team) || !task_record_acts_at(input, &team))
        return status_set(status, REASON(STEP_OF_OTHER_UNIT), "this step belongs to unit %s", was->unit_id);
    now->detail = arena_alloc(input->arena, sizeof(*now->detail));
    if (!now->detail)
        return false;
    *now->detail = *was->detail;
    return true;
}

// The team is on site: whoever has the place knows it from now on.
static bool arrive(const struct service_rule_input *input, inspection *now)
{
    if (now->visited_at)
        return true;
    now->visited_at = service_timestamp(input->occurred_at, input->arena);
    return now->visited_at && let_site_see(input, now);
}

static const Anlan__Tasks__V1__Answer *answer_to(const detail *d, int32_t item)
{
    for (size_t i = 0; i < d->n_answers; i++)
        if (d->answers[i]->item == item)
            return d->answers[i];
    return NULL;
}

// An answer takes the place of an earlier one; answers stand by their items.
static void put_answer(detail *d, Anlan__Tasks__V1__Answer *answer)
{
    size_t at = d->n_answers;
    while (at > 0 && d->answers[at - 1]->item >= answer->item)
        at--;
    if (at < d->n_answers && d->answers[at]->item == answer->item) {
        d->answers[at] = answer;
        return;
    }
    memmove(d->answers + at + 1, d->answers + at, (d->n_answers - at) * sizeof(*d->answers));
    d->answers[at] = answer;
    d->n_answers++;
}

bool inspection_rules_answer(const struct service_rule_input *input, const ProtobufCMessage *before,
                             ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__AnswerInspectionRequest *request = (const void *)input->request;
    const inspection *was = (const inspection *)before;
    inspection *now = (inspection *)after;
    if (!begin(input, was, now, ACTION(ANSWER), status))
        return false;
    detail *d = now->detail;
    d->answers = task_record_grown(input->arena, d->answers, d->n_answers, request->n_answers);
    if (!d->answers)
        return false;
    for (size_t i = 0; i < request->n_answers; i++) {
        if (request->answers[i]->item > d->item_count)
            return status_violate(status, input->arena, arena_printf(input->arena, "answers[%zu].item", i),
                                  "the checklist has %d items", (int)d->item_count);
        put_answer(d, request->answers[i]);
    }
    return arrive(input, now) && task_life_move("inspections", after, ACTION(ANSWER), STATE(UNDER_WAY));
}

static bool check_finding(const struct service_rule_input *input, const detail *d, struct status *status)
{
    const Anlan__Tasks__V1__RecordFindingRequest *request = (const void *)input->request;
    const Anlan__Hazards__V1__Criterion *criterion = request->criterion;
    if (d->n_findings >= FINDINGS_MOST)
        return status_set(status, REASON(TOO_MANY_RECORDS), "an inspection has at most %d findings", FINDINGS_MOST);
    if (request->item > d->item_count)
        return status_violate(status, input->arena, "item", "the checklist has %d items", (int)d->item_count);
    if ((request->grade == MAJOR) != (criterion != NULL))
        return status_violate(status, input->arena, "criterion", "is required for a major hazard, and for no other");
    if (criterion && (service_time(criterion->in_force_from) > input->occurred_at ||
                      (criterion->in_force_until && service_time(criterion->in_force_until) <= input->occurred_at)))
        return status_violate(status, input->arena, "criterion", "was not in force when the hazard was found");
    return true;
}

bool inspection_rules_find(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__RecordFindingRequest *request = (const void *)input->request;
    const inspection *was = (const inspection *)before;
    inspection *now = (inspection *)after;
    if (!begin(input, was, now, ACTION(FIND), status) || !check_finding(input, now->detail, status))
        return false;
    detail *d = now->detail;
    Anlan__Tasks__V1__Finding *made = arena_alloc(input->arena, sizeof(*made));
    d->findings = task_record_grown(input->arena, d->findings, d->n_findings, 1);
    if (!made || !d->findings)
        return false;
    anlan__tasks__v1__finding__init(made);
    made->number = ++now->finding_count;
    made->item = request->item;
    made->grade = request->grade;
    made->criterion = request->criterion;
    made->location = request->location;
    made->description = request->description;
    made->found = task_record_sign(input);
    made->position = input->position;
    d->findings[d->n_findings++] = made;
    return arrive(input, now) && task_life_move("inspections", after, ACTION(FIND), STATE(UNDER_WAY));
}

static bool has_finding(const detail *d, int32_t item)
{
    for (size_t i = 0; i < d->n_findings; i++)
        if (d->findings[i]->item == item)
            return true;
    return false;
}

bool inspection_rules_conclude(const struct service_rule_input *input, const ProtobufCMessage *before,
                               ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__ConcludeInspectionRequest *request = (const void *)input->request;
    const inspection *was = (const inspection *)before;
    inspection *now = (inspection *)after;
    if (!begin(input, was, now, ACTION(CONCLUDE), status))
        return false;
    detail *d = now->detail;
    for (int32_t item = 1; item <= d->item_count; item++) {
        const Anlan__Tasks__V1__Answer *answer = answer_to(d, item);
        if (!answer)
            return status_set(status, REASON(STATE_CONFLICT), "item %d has no answer", (int)item);
        if (answer->kind == ANSWER(NO) && !has_finding(d, item))
            return status_set(status, REASON(STATE_CONFLICT), "item %d is not as it must be, and has no finding",
                              (int)item);
    }
    d->ended = task_record_sign(input);
    d->note = request->note;
    return arrive(input, now) && task_life_move("inspections", after, ACTION(CONCLUDE), STATE(DONE));
}

bool inspection_rules_cancel(const struct service_rule_input *input, const ProtobufCMessage *before,
                             ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__CancelInspectionRequest *request = (const void *)input->request;
    inspection *now = (inspection *)after;
    if (!begin(input, (const inspection *)before, now, ACTION(CANCEL), status))
        return false;
    now->detail->ended = task_record_sign(input);
    now->detail->note = request->reason;
    return task_life_move("inspections", after, ACTION(CANCEL), STATE(CANCELLED));
}
