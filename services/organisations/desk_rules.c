// SPDX-License-Identifier: Apache-2.0
#include "desk_rules.h"

#include <string.h>

#include "anlan/organisations/v1/duty.pb-c.h"
#include "organisations/facts.pb-c.h"
#include "record_rules.h"
#include "service/values.h"

#define WARN_DAYS 3
#define GAPS_MOST 20    // that a warning names
#define DIGITS_FEWEST 3

typedef Anlan__Organisations__V1__DutyDesk desk;
typedef Anlan__Organisations__V1__DutyGap gap;
typedef Anlan__Organisations__V1__DutyWarning warning;
typedef Anlan__Organisations__Facts__DutyFacts duty_facts;

// Numbers of desks have extensions and alternatives: "0476-5551234 转 8001", "12350, 0476-5551234".
static bool check_telephone(const struct service_rule_input *input, const char *telephone, struct status *status)
{
    int digits = 0;
    for (const char *at = telephone; *at; at++)
        digits += *at >= '0' && *at <= '9';
    return digits >= DIGITS_FEWEST || status_violate(status, input->arena, "telephone", "must be a phone number");
}

bool desk_rules_open(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                     struct status *status)
{
    const Anlan__Organisations__V1__OpenDutyDeskRequest *request = (const void *)input->request;
    const duty_facts *facts = (const duty_facts *)input->facts;
    desk *made = (desk *)after;
    (void)before;
    if (facts->unit_retired)
        return status_set(status, REASON(STATE_CONFLICT), "the unit is retired");
    if (!check_telephone(input, request->telephone, status))
        return false;
    if (facts->taken)
        return status_set(status, REASON(RECORD_EXISTS), "the unit has a duty desk");
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->unit_id = request->unit_id;
    made->telephone = request->telephone;
    made->warn_days = request->warn_days ? request->warn_days : WARN_DAYS;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    return true;
}

bool desk_rules_update(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                       struct status *status)
{
    const Anlan__Organisations__V1__UpdateDutyDeskRequest *request = (const void *)input->request;
    const desk *was = (const desk *)before;
    desk *now = (desk *)after;
    if (!record_version_is(was->version, request->version, status) ||
        !check_telephone(input, request->telephone, status))
        return false;
    now->version = was->version + 1;
    now->telephone = request->telephone;
    now->closed = request->closed;
    now->warn_days = request->warn_days ? request->warn_days : WARN_DAYS;
    now->occurred_at = service_timestamp(input->occurred_at, input->arena);
    return true;
}

static bool warned_of(const desk *was, const char *key)
{
    for (size_t i = 0; i < was->n_warned; i++)
        if (strcmp(was->warned[i], key) == 0)
            return true;
    return false;
}

static gap *gap_of(const struct service_rule_input *input, const desk *was, size_t i)
{
    const duty_facts *facts = (const duty_facts *)input->facts;
    gap *made = arena_alloc(input->arena, sizeof(*made));
    if (!made)
        return NULL;
    anlan__organisations__v1__duty_gap__init(made);
    made->unit_id = was->unit_id;
    made->kind = (Anlan__Organisations__V1__DutyGapKind)facts->gap_kinds[i];
    made->starts_at = facts->gap_starts[i];
    made->ends_at = facts->gap_ends[i];
    made->person_id = facts->gap_person_ids[i];
    made->person_name = facts->gap_person_names[i];
    made->shift_id = facts->gap_shift_ids[i];
    return made;
}

bool desk_rules_warn(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                     struct status *status)
{
    const Anlan__Organisations__V1__WarnDutyDeskRequest *request = (const void *)input->request;
    const duty_facts *facts = (const duty_facts *)input->facts;
    const desk *was = (const desk *)before;
    desk *now = (desk *)after;
    if (!record_version_is(was->version, request->version, status))
        return false;
    warning *made = arena_alloc(input->arena, sizeof(*made));
    gap **gaps = arena_array(input->arena, GAPS_MOST, sizeof(*gaps));
    if (!made || !gaps)
        return false;
    anlan__organisations__v1__duty_warning__init(made);
    made->gaps = gaps;
    for (size_t i = 0; i < facts->n_gap_keys && made->n_gaps < GAPS_MOST; i++)
        if (!warned_of(was, facts->gap_keys[i]) && !(gaps[made->n_gaps++] = gap_of(input, was, i)))
            return false;
    if (was->closed)
        return status_set(status, REASON(STATE_CONFLICT), "the desk is closed");
    // None: what was due has been filled, or is over; the clock is wound anew all the same, though not again and again
    // where the database's clock is ahead.
    if (made->n_gaps == 0 && was->warning && input->now - service_time(was->warning->at) < 60 * CLOCK_SECOND)
        return status_set(status, REASON(STATE_CONFLICT), "there is no gap of which it has not been warned");
    now->version = was->version + 1;
    made->at = service_timestamp(input->now, input->arena);
    made->version = now->version;
    now->warning = made;
    now->warned = facts->gap_keys;
    now->n_warned = facts->n_gap_keys;
    return true;
}

bool desk_rules_due(const ProtobufCMessage *record, struct arena *arena, struct service_command *command)
{
    static const status_reason settled[] = {REASON(VERSION_CONFLICT), REASON(STATE_CONFLICT), REASON(UNSPECIFIED)};
    const Anlan__Organisations__Facts__DutyDue *due = (const void *)record;
    Anlan__Organisations__V1__WarnDutyDeskRequest *request = arena_alloc(arena, sizeof(*request));
    if (!request)
        return false;
    anlan__organisations__v1__warn_duty_desk_request__init(request);
    request->id = due->id;
    request->version = due->version;
    *command = (struct service_command){
        .method = "anlan.organisations.v1.DutyService/WarnDutyDesk", .request = &request->base, .settled = settled};
    return true;
}
