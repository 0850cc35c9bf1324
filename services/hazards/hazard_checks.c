// SPDX-License-Identifier: Apache-2.0
#include "hazard_checks.h"

#include <string.h>

#include "hazard_life.h"
#include "service/values.h"

// The step belongs to one of the units, of which "" is none.
bool hazard_checks_unit(const struct service_rule_input *input, const char *unit, const char *or_unit,
                        struct status *status)
{
    struct uuid id;
    if ((uuid_parse(unit, &id) && service_acts_for(input, &id)) ||
        (uuid_parse(or_unit, &id) && service_acts_for(input, &id)))
        return true;
    return status_set(status, REASON(STEP_OF_OTHER_UNIT), "this step belongs to unit %s", *unit ? unit : or_unit);
}

// The caller is another person than who signed.
bool hazard_checks_other_person(const struct service_rule_input *input, const Anlan__Hazards__V1__Signature *signed_by,
                                const char *what, struct status *status)
{
    struct uuid id;
    if (!signed_by || !uuid_parse(signed_by->person_id, &id) || uuid_compare(&id, &input->caller->subject_id) != 0)
        return true;
    return status_set(status, REASON(SAME_PERSON), "%s %s it", signed_by->person, what);
}

const Anlan__Hazards__V1__Signature *hazard_checks_rectifier(const hazard *was)
{
    return was->life && was->life->rectification ? was->life->rectification->reported : NULL;
}

bool hazard_checks_not_listed(const hazard *was, struct status *status)
{
    if (was->listing != LISTING(LISTED) && was->listing != LISTING(CLOSING_ASKED))
        return true;
    return status_set(status, REASON(STATE_CONFLICT), "it is listed for supervision; unit %s withdraws that first",
                      was->listing_unit_id);
}

// Whoever passes a hazard on keeps a view of it.
void hazard_checks_keep_view(const struct service_rule_input *input, hazard *now, char *unit_id)
{
    if (!*unit_id)
        return;
    for (size_t i = 0; i < now->n_former_unit_ids; i++)
        if (strcmp(now->former_unit_ids[i], unit_id) == 0)
            return;
    char **units = arena_array(input->arena, now->n_former_unit_ids + 1, sizeof(char *));
    if (!units)
        return;
    if (now->n_former_unit_ids > 0)
        memcpy(units, now->former_unit_ids, now->n_former_unit_ids * sizeof(char *));
    units[now->n_former_unit_ids++] = unit_id;
    now->former_unit_ids = units;
}

// Who is responsible from now on, and by when.
bool hazard_checks_assign(const struct service_rule_input *input, const Anlan__Hazards__V1__Assignment *to, hazard *now,
                          struct status *status)
{
    const struct directory_unit *unit = service_named_unit(input, "assignment.responsible_unit_id");
    if (uuid_compare(&unit->tenant_id, &input->tenant_id) != 0)
        return status_violate(status, input->arena, "assignment.responsible_unit_id", "is not a unit of this tenant");
    if (unit->retired)
        return status_violate(status, input->arena, "assignment.responsible_unit_id", "is retired");
    if (service_time(to->deadline) < input->occurred_at)
        return status_violate(status, input->arena, "assignment.deadline", "must not be before the assignment");
    if (to->five_items)
        now->life->five_items = to->five_items;
    if (now->grade == GRADE(MAJOR) && !now->life->five_items)
        return status_violate(status, input->arena, "assignment.five_items", "are required for a major hazard");
    now->responsible_unit_id = to->responsible_unit_id;
    now->responsible_person = to->responsible_person;
    now->life->responsible_person_id = to->responsible_person_id;
    now->deadline = to->deadline;
    now->sending_unit_id = service_uuid(&input->caller->unit_id, input->arena);
    return true;
}

// When it was fixed: by default when it was found.
static bool fixed_at(const struct service_rule_input *input, const Anlan__Hazards__V1__Fix *done, const hazard *now,
                     clock_time *at, struct status *status)
{
    clock_time found = service_time(now->occurred_at);
    *at = done->fixed_at ? service_time(done->fixed_at) : input->occurred_at;
    if (*at < found)
        return status_violate(status, input->arena, "fix.fixed_at", "is before the finding");
    return *at <= input->now || status_violate(status, input->arena, "fix.fixed_at", "must not be in the future");
}

// Fixed at once: its unit answered for it, and that was its deadline.
bool hazard_checks_fix(const struct service_rule_input *input, const Anlan__Hazards__V1__Fix *done, hazard *now,
                       clock_time *at, struct status *status)
{
    if (now->grade != GRADE(GENERAL))
        return status_violate(status, input->arena, "fix", "is for general hazards only");
    if (!fixed_at(input, done, now, at, status))
        return false;
    Anlan__Hazards__V1__Rectification *made = arena_alloc(input->arena, sizeof(*made));
    if (!made)
        return false;
    anlan__hazards__v1__rectification__init(made);
    made->measures = done->measures;
    made->evidence = done->evidence;
    made->n_evidence = done->n_evidence;
    made->reported = hazard_life_sign(input, *at);
    now->life->rectification = made;
    now->life->closed = made->reported;
    now->responsible_unit_id = now->unit_id;
    now->responsible_person = done->fixed_by;
    now->deadline = service_timestamp(*at, input->arena);
    now->sending_unit_id = service_uuid(&input->caller->unit_id, input->arena);
    return true;
}

// A major hazard is judged by a criterion that was in force when it was found.
bool hazard_checks_grade(const struct service_rule_input *input, Anlan__Hazards__V1__Grade grade,
                         Anlan__Hazards__V1__Criterion *criterion, hazard *now, struct status *status)
{
    now->grade = grade;
    if (grade != GRADE(MAJOR)) {
        now->life->criterion = NULL;
        return !criterion || status_violate(status, input->arena, "criterion", "is for major hazards only");
    }
    if (!criterion)
        return status_violate(status, input->arena, "criterion", "is required for a major hazard");
    clock_time found = service_time(now->occurred_at);
    if (service_time(criterion->in_force_from) > found ||
        (criterion->in_force_until && service_time(criterion->in_force_until) <= found))
        return status_violate(status, input->arena, "criterion", "was not in force when the hazard was found");
    now->life->criterion = criterion;
    return true;
}
