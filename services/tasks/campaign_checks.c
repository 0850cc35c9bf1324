// SPDX-License-Identifier: Apache-2.0
#include "campaign_checks.h"

#include "service/values.h"
#include "task_record.h"

bool campaign_checks_period(const struct service_rule_input *input, const Google__Protobuf__Timestamp *starts_at,
                            const Google__Protobuf__Timestamp *ends_at, const char *ends, struct status *status)
{
    return service_time(ends_at) > service_time(starts_at) ||
           status_violate(status, input->arena, ends, "must be after its beginning");
}

bool campaign_checks_known(const struct service_rule_input *input, const char *unknown_sector, struct status *status)
{
    return !*unknown_sector ||
           status_violate(status, input->arena, "sectors", "%s is not in the list of sectors", unknown_sector);
}

bool campaign_checks_sectors(const struct service_rule_input *input, const campaign *whole, char *const *sectors,
                             size_t count, struct status *status)
{
    for (size_t i = 0; whole->n_sectors > 0 && i < count; i++)
        if (!task_record_has(whole->sectors, whole->n_sectors, sectors[i]))
            return status_violate(status, input->arena, "sectors", "%s is not a sector of the campaign", sectors[i]);
    return true;
}

static bool fault(const struct service_rule_input *input, const char *field, const char *part, const char *text,
                  struct status *status)
{
    return status_violate(status, input->arena, arena_printf(input->arena, "%s.%s", field, part), "%s", text);
}

static bool round_fits(const struct service_rule_input *input, const Anlan__Tasks__V1__NewRound *wanted,
                       const campaign *whole, const char *field, struct status *status)
{
    const Anlan__Tasks__V1__Round *last = whole->n_rounds ? whole->rounds[whole->n_rounds - 1] : NULL;
    clock_time starts = service_time(wanted->starts_at);
    clock_time ends = service_time(wanted->ends_at);
    if (ends <= starts)
        return fault(input, field, "ends_at", "must be after its beginning", status);
    if (starts < service_time(whole->starts_at))
        return fault(input, field, "starts_at", "is before the campaign begins", status);
    if (ends > service_time(whole->ends_at))
        return fault(input, field, "ends_at", "is after the campaign ends", status);
    if (last && starts < service_time(last->ends_at))
        return fault(input, field, "starts_at", "is before the round before it ends", status);
    return !wanted->report_by || service_time(wanted->report_by) >= starts ||
           fault(input, field, "report_by", "is before the round begins", status);
}

Anlan__Tasks__V1__Round *campaign_checks_round(const struct service_rule_input *input,
                                               const Anlan__Tasks__V1__NewRound *wanted, const campaign *whole,
                                               const char *field, struct status *status)
{
    int32_t number = whole->n_rounds ? whole->rounds[whole->n_rounds - 1]->number + 1 : 1;
    Anlan__Tasks__V1__Round *made = arena_alloc(input->arena, sizeof(*made));
    if (!round_fits(input, wanted, whole, field, status) || !made)
        return NULL;
    anlan__tasks__v1__round__init(made);
    made->number = number;
    made->name = *wanted->name ? wanted->name : arena_printf(input->arena, "第%d轮", (int)number);
    made->starts_at = wanted->starts_at;
    made->ends_at = wanted->ends_at;
    made->report_by = wanted->report_by ? wanted->report_by : wanted->ends_at;
    return made;
}

const campaign *campaign_checks_deployed(const struct service_rule_input *input, const campaign_facts *facts,
                                         struct status *status)
{
    const campaign *deployed = facts ? facts->above : NULL;
    const char *unit = service_uuid(&input->unit->id, input->arena);
    if (!deployed || !unit || !task_record_has(deployed->party_ids, deployed->n_party_ids, unit)) {
        status_set(status, REASON(RECORD_NOT_FOUND), "no such campaign is deployed to this unit");
        return NULL;
    }
    if (!task_record_acts_at(input, &input->unit->id)) {
        status_set(status, REASON(STEP_OF_OTHER_UNIT), "this step belongs to unit %s", unit);
        return NULL;
    }
    return deployed;
}
