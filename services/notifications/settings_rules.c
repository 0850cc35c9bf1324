// SPDX-License-Identifier: Apache-2.0
// Rules of the settings of urgent reports.
#include "anlan/notifications/v1/report.pb-c.h"
#include "notifications/facts.pb-c.h"
#include "report_rules.h"
#include "report_steps.h"
#include "service/values.h"

typedef Anlan__Notifications__V1__ReportSettings report_settings;

static bool check(const struct service_rule_input *input, const Anlan__Notifications__V1__ReportClocks *clocks,
                  struct status *status)
{
    struct arena *arena = input->arena;
    for (size_t i = 0; i < clocks->n_grades; i++)
        if (report_steps_level(clocks->grades[i]->up_to) < 0)
            status_violate(status, arena, arena_printf(arena, "clocks.grades[%zu].up_to", i),
                           "is region, city or county");
    return status_ok(status);
}

bool settings_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__CreateReportSettingsRequest *request = (const void *)input->request;
    const Anlan__Notifications__Facts__ReportFacts *facts = (const void *)input->facts;
    report_settings *made = (report_settings *)after;
    (void)before;
    if (facts->settings_taken)
        return status_set(status, REASON(RECORD_EXISTS), "the unit has settings of urgent reports");
    made->tenant_id = service_uuid(&input->tenant_id, input->arena);
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->place = service_place(&input->unit->place, input->arena);
    made->unit_id = request->unit_id;
    made->document = request->document;
    made->clocks = request->clocks;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    return check(input, request->clocks, status);
}

bool settings_rules_update(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__UpdateReportSettingsRequest *request = (const void *)input->request;
    const report_settings *was = (const report_settings *)before;
    report_settings *now = (report_settings *)after;
    if (was->version != request->version)
        return status_set(status, REASON(VERSION_CONFLICT), "its version is %lld, not %lld", (long long)was->version,
                          (long long)request->version);
    now->version = was->version + 1;
    now->document = request->document;
    now->clocks = request->clocks;
    return check(input, request->clocks, status);
}
