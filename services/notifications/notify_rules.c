// SPDX-License-Identifier: Apache-2.0
#include "notify_rules.h"

#include <string.h>

#include "anlan/notifications/v1/notifications.pb-c.h"
#include "base/check.h"
#include "notifications/facts.pb-c.h"
#include "notify_plan.h"
#include "service/values.h"

typedef Anlan__Notifications__V1__Rule rule;

static bool among(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], text) == 0)
            return true;
    return false;
}

// What a rule names must be something that can happen: a word that is misspelt would be silent for ever.
static bool check(const struct service_rule_input *input, const rule *made, struct status *status)
{
    static const char *const grades[] = {"general", "larger", "major", "extraordinary"};
    static const char *const tiers[] = {"region", "city", "county"};
    struct arena *arena = input->arena;
    if (!notify_plan_knows(made->source, NULL))
        return status_violate(status, arena, "source", "is no service that is followed");
    for (size_t i = 0; i < made->n_actions; i++)
        if (!notify_plan_knows(made->source, made->actions[i]))
            status_violate(status, arena, arena_printf(arena, "actions[%zu]", i), "is nothing that happens there");
    for (size_t i = 0; i < made->n_grades; i++)
        if (!among(made->grades[i], grades, COUNT_OF(grades)))
            status_violate(status, arena, arena_printf(arena, "grades[%zu]", i),
                           "is general or major, of accidents also larger or extraordinary");
    for (size_t i = 0; i < made->n_tiers; i++)
        if (!among(made->tiers[i], tiers, COUNT_OF(tiers)))
            status_violate(status, arena, arena_printf(arena, "tiers[%zu]", i), "is region, city or county");
    if (made->recipient == ANLAN__NOTIFICATIONS__V1__RECIPIENT__RECIPIENT_RECEIVER)
        status_violate(status, arena, "recipient", "is for rungs of the ladder");
    for (size_t i = 0; i < made->n_channels; i++)
        if (made->channels[i] == ANLAN__NOTIFICATIONS__V1__CHANNEL__CHANNEL_UNSPECIFIED)
            status_violate(status, arena, arena_printf(arena, "channels[%zu]", i), "is WEBHOOK or EMAIL");
    const char *unknown = notify_plan_unknown_word(made->texts, arena);
    if (unknown)
        status_violate(status, arena, "texts", "has no word {%s}", unknown);
    return status_ok(status);
}

bool notify_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__CreateRuleRequest *request = (const void *)input->request;
    const Anlan__Notifications__Facts__RuleFacts *facts = (const void *)input->facts;
    rule *made = (rule *)after;
    (void)before;
    if (input->unit->retired)
        return status_violate(status, input->arena, "unit_id", "is retired");
    if (facts->code_taken)
        return status_set(status, REASON(RECORD_EXISTS), "the unit has a rule %s", request->code);
    made->tenant_id = service_uuid(&input->tenant_id, input->arena);
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->place = service_place(&input->unit->place, input->arena);
    made->unit_id = request->unit_id;
    made->code = request->code;
    made->rule_set = request->rule_set;
    made->document = request->document;
    made->source = request->source;
    made->n_actions = request->n_actions;
    made->actions = request->actions;
    made->n_grades = request->n_grades;
    made->grades = request->grades;
    made->n_sectors = request->n_sectors;
    made->sectors = request->sectors;
    made->n_tiers = request->n_tiers;
    made->tiers = request->tiers;
    made->recipient = request->recipient;
    made->role = request->role;
    made->urgency = request->urgency;
    made->n_ladder = request->n_ladder;
    made->ladder = request->ladder;
    made->n_channels = request->n_channels;
    made->channels = request->channels;
    made->texts = request->texts;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    return check(input, made, status);
}

bool notify_rules_update(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__UpdateRuleRequest *request = (const void *)input->request;
    const rule *was = (const rule *)before;
    rule *now = (rule *)after;
    if (was->version != request->version)
        return status_set(status, REASON(VERSION_CONFLICT), "its version is %lld, not %lld", (long long)was->version,
                          (long long)request->version);
    now->version = was->version + 1;
    now->rule_set = request->rule_set;
    now->document = request->document;
    now->n_actions = request->n_actions;
    now->actions = request->actions;
    now->n_grades = request->n_grades;
    now->grades = request->grades;
    now->n_sectors = request->n_sectors;
    now->sectors = request->sectors;
    now->n_tiers = request->n_tiers;
    now->tiers = request->tiers;
    now->recipient = request->recipient;
    now->role = request->role;
    now->urgency = request->urgency;
    now->retired = request->retired;
    now->n_ladder = request->n_ladder;
    now->ladder = request->ladder;
    now->n_channels = request->n_channels;
    now->channels = request->channels;
    now->texts = request->texts;
    return check(input, now, status);
}
