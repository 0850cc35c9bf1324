// SPDX-License-Identifier: Apache-2.0
#include "anlan/tasks/v1/campaigns.pb-c.h"
#include "campaign_checks.h"
#include "campaign_rules.h"
#include "service/values.h"
#include "task_life.h"
#include "task_record.h"
#include "tasks/facts.pb-c.h"

typedef Anlan__Tasks__V1__Report report;

// By when a round is reported, and from when it may be; false where there is no such round.
static bool round_times(const campaign *of, int32_t number, clock_time *from, clock_time *by)
{
    *from = service_time(of->starts_at);
    if (number == 0 && of->self_check_until) {
        *by = service_time(of->self_check_until);
        return true;
    }
    for (size_t i = 0; number > 0 && i < of->n_rounds; i++)
        if (of->rounds[i]->number == number) {
            *from = service_time(of->rounds[i]->starts_at);
            *by = service_time(of->rounds[i]->report_by);
            return true;
        }
    return false;
}

bool campaign_rules_report(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__ReportRoundRequest *request = (const void *)input->request;
    const campaign_facts *facts = (const void *)input->facts;
    const campaign *above = campaign_checks_deployed(input, facts, status);
    report *made = (report *)after;
    clock_time from = 0;
    clock_time by = 0;
    (void)before;
    if (!above)
        return false;
    if (!round_times(above, request->round, &from, &by))
        return status_violate(status, input->arena, "round", "the campaign has no such round");
    if (input->now < from)
        return status_set(status, REASON(STATE_CONFLICT), "the round has not begun");
    if (facts->taken)
        return status_set(status, REASON(RECORD_EXISTS), "the unit has reported the round: correct it");
    task_record_begin(input, after);
    made->campaign_tenant_id = request->campaign_tenant_id;
    made->campaign_id = request->campaign_id;
    made->round = request->round;
    made->checked = request->checked;
    made->found = request->found;
    made->late = input->now > by;    // by when it was entered: what one says of it does not make it timely
    made->reported_by = (char *)input->caller->subject_name;
    made->detail = arena_alloc(input->arena, sizeof(*made->detail));
    if (!made->detail)
        return false;
    anlan__tasks__v1__report_detail__init(made->detail);
    made->detail->reported = task_record_sign(input);
    made->detail->note = request->note;
    return task_life_move("reports", after, ACTION(REPORT), STATE(REPORTED));
}

bool campaign_rules_correct(const struct service_rule_input *input, const ProtobufCMessage *before,
                            ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__CorrectReportRequest *request = (const void *)input->request;
    const report *was = (const report *)before;
    report *now = (report *)after;
    struct uuid unit;
    if (!task_life_may(input, "reports", before, ACTION(CORRECT), status))
        return false;
    if (!uuid_parse(was->unit_id, &unit) || !task_record_acts_at(input, &unit))
        return status_set(status, REASON(STEP_OF_OTHER_UNIT), "this step belongs to unit %s", was->unit_id);
    now->detail = arena_alloc(input->arena, sizeof(*now->detail));
    if (!now->detail)
        return false;
    *now->detail = *was->detail;
    now->checked = request->checked;
    now->found = request->found;
    now->detail->corrected = task_record_sign(input);
    now->detail->reason = request->reason;
    return task_life_move("reports", after, ACTION(CORRECT), STATE(REPORTED));
}
