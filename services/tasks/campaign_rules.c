// SPDX-License-Identifier: Apache-2.0
#include "campaign_rules.h"

#include <string.h>

#include "anlan/tasks/v1/campaigns.pb-c.h"
#include "campaign_checks.h"
#include "service/values.h"
#include "task_life.h"
#include "task_record.h"
#include "tasks/facts.pb-c.h"

// A campaign of a region goes to its cities and counties, one of a county to its townships, departments and teams.
#define CAMPAIGN_UNITS_MOST SERVICE_COMMANDS_MOST    // what is added goes on to each

typedef Anlan__Tasks__V1__CampaignDetail detail;
typedef Anlan__Tasks__Facts__SectorFacts sector_facts;

// A copy of what was, which may be changed.
static detail *copy_detail(const struct service_rule_input *input, const campaign *was)
{
    detail *copy = arena_alloc(input->arena, sizeof(*copy));
    if (!copy)
        return NULL;
    if (was && was->detail)
        *copy = *was->detail;
    else
        anlan__tasks__v1__campaign_detail__init(copy);
    return copy;
}

// Rounds from the request, each behind the one before.
static bool add_round(const struct service_rule_input *input, Anlan__Tasks__V1__NewRound *wanted, const char *field,
                      campaign *now, struct status *status)
{
    Anlan__Tasks__V1__Round *made = campaign_checks_round(input, wanted, now, field, status);
    Anlan__Tasks__V1__Round **rounds = made ? task_record_grown(input->arena, now->rounds, now->n_rounds, 1) : NULL;
    if (!rounds)
        return false;
    rounds[now->n_rounds++] = made;
    now->rounds = rounds;
    return true;
}

bool campaign_rules_issue(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__IssueCampaignRequest *request = (const void *)input->request;
    campaign *made = (campaign *)after;
    (void)before;
    if (input->unit->retired)
        return status_violate(status, input->arena, "unit_id", "is a unit that is retired");
    if (!campaign_checks_known(input, ((const sector_facts *)input->facts)->unknown_sector, status) ||
        !campaign_checks_period(input, request->starts_at, request->ends_at, "ends_at", status))
        return false;
    if (request->self_check_until && service_time(request->self_check_until) > service_time(request->ends_at))
        return status_violate(status, input->arena, "self_check_until", "is after the campaign ends");
    task_record_begin(input, after);
    made->name = request->name;
    made->document = request->document;
    made->starts_at = request->starts_at;
    made->ends_at = request->ends_at;
    made->self_check_until = request->self_check_until;
    made->sectors = task_record_joined(input->arena, NULL, &made->n_sectors, request->sectors, request->n_sectors);
    for (size_t i = 0; i < request->n_rounds; i++)
        if (!add_round(input, request->rounds[i], arena_printf(input->arena, "rounds[%zu]", i), made, status))
            return false;
    made->detail = copy_detail(input, NULL);
    if (!made->detail)
        return false;
    made->detail->requirements = request->requirements;
    made->detail->issued = task_record_sign(input);
    return task_life_move("campaigns", after, ACTION(ISSUE), STATE(OPEN));
}

static Anlan__Tasks__V1__Round *from_above(const struct service_rule_input *input, const Anlan__Tasks__V1__Round *round)
{
    Anlan__Tasks__V1__Round *copy = arena_alloc(input->arena, sizeof(*copy));
    if (!copy)
        return NULL;
    *copy = *round;
    copy->from_above = true;
    return copy;
}

// Everything from above; what it was broken down to for this unit stands in its deployment there.
static bool take_above(const struct service_rule_input *input, const campaign *above, campaign *made)
{
    made->name = above->name;
    made->document = above->document;
    made->starts_at = above->starts_at;
    made->ends_at = above->ends_at;
    made->self_check_until = above->self_check_until;
    made->sectors = above->sectors;
    made->n_sectors = above->n_sectors;
    made->above_tenant_id = above->tenant_id;
    made->above_id = above->id;
    made->above_version = above->version;
    made->rounds = task_record_grown(input->arena, NULL, 0, above->n_rounds);
    for (size_t i = 0; made->rounds && i < above->n_rounds; i++)
        made->rounds[made->n_rounds++] = from_above(input, above->rounds[i]);
    made->n_ancestor_ids = above->n_ancestor_ids;
    made->ancestor_ids =
        task_record_joined(input->arena, above->ancestor_ids, &made->n_ancestor_ids, (char *const[]){above->id}, 1);
    return made->rounds && made->ancestor_ids;
}

bool campaign_rules_receive(const struct service_rule_input *input, const ProtobufCMessage *before,
                            ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__ReceiveCampaignRequest *request = (const void *)input->request;
    const campaign_facts *facts = (const campaign_facts *)input->facts;
    const campaign *above = campaign_checks_deployed(input, facts, status);
    campaign *made = (campaign *)after;
    (void)before;
    if (!above)
        return false;
    task_record_begin(input, after);
    if (strcmp(above->tenant_id, made->tenant_id) == 0)
        return status_violate(status, input->arena, "above_tenant_id", "is the unit's own tenant: confirm it");
    if (facts->taken)
        return status_set(status, REASON(RECORD_EXISTS), "the unit has received it");
    if (above->state != STATE(OPEN))
        return status_set(status, REASON(STATE_CONFLICT), "the campaign has ended");
    made->detail = copy_detail(input, NULL);
    if (!made->detail || !take_above(input, above, made))
        return false;
    made->received_by = (char *)input->caller->subject_name;
    made->detail->requirements = above->detail ? above->detail->requirements : (char *)"";
    made->detail->received = task_record_sign(input);
    made->detail->received_note = request->note;
    return task_life_move("campaigns", after, ACTION(RECEIVE), STATE(OPEN));
}

bool campaign_rules_confirm(const struct service_rule_input *input, const ProtobufCMessage *before,
                            ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__ConfirmCampaignRequest *request = (const void *)input->request;
    const campaign_facts *facts = (const campaign_facts *)input->facts;
    Anlan__Tasks__V1__Receipt *made = (Anlan__Tasks__V1__Receipt *)after;
    (void)before;
    if (!campaign_checks_deployed(input, facts, status))
        return false;
    if (facts->taken)
        return status_set(status, REASON(RECORD_EXISTS), "the unit has received it");
    task_record_begin(input, after);
    made->campaign_id = request->campaign_id;
    made->received_by = (char *)input->caller->subject_name;
    made->detail = arena_alloc(input->arena, sizeof(*made->detail));
    if (!made->detail)
        return false;
    anlan__tasks__v1__receipt_detail__init(made->detail);
    made->detail->received = task_record_sign(input);
    made->detail->note = request->note;
    return task_life_move("receipts", after, ACTION(RECEIVE), STATE(RECEIVED));
}

// A unit of the campaign's tenant, or of one below, that lies within its territory.
static bool may_be_given(const struct service_rule_input *input, const campaign *now, const struct directory_unit *unit)
{
    struct directory_place territory = service_place_field(&now->base);
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        if (!uuid_is_nil(&territory.levels[i]) && uuid_compare(&territory.levels[i], &unit->place.levels[i]) != 0)
            return false;
    return !uuid_is_nil(&unit->tenant_id) && !uuid_is_nil(&input->tenant_id);
}

static bool check_deployed_units(const struct service_rule_input *input, const campaign *now, struct status *status)
{
    const Anlan__Tasks__V1__DeployCampaignRequest *request = (const void *)input->request;
    for (size_t i = 0; i < request->n_unit_ids; i++) {
        const char *field = arena_printf(input->arena, "unit_ids[%zu]", i);
        const struct directory_unit *unit = field ? service_named_unit(input, field) : NULL;
        if (!unit || !may_be_given(input, now, unit))
            return status_violate(status, input->arena, field, "is not a unit within the campaign's territory");
        if (unit->retired)
            return status_violate(status, input->arena, field, "is retired");
        if (task_record_has(now->party_ids, now->n_party_ids, request->unit_ids[i]) ||
            task_record_has(request->unit_ids, i, request->unit_ids[i]))
            return status_violate(status, input->arena, field, "has the campaign already");
    }
    return true;
}

static bool check_part(const struct service_rule_input *input, const campaign *now, struct status *status)
{
    const Anlan__Tasks__V1__DeployCampaignRequest *request = (const void *)input->request;
    const Google__Protobuf__Timestamp *starts = request->starts_at ? request->starts_at : now->starts_at;
    const Google__Protobuf__Timestamp *ends = request->ends_at ? request->ends_at : now->ends_at;
    if (service_time(starts) < service_time(now->starts_at))
        return status_violate(status, input->arena, "starts_at", "is before the campaign begins");
    if (service_time(ends) > service_time(now->ends_at))
        return status_violate(status, input->arena, "ends_at", "is after the campaign ends");
    return campaign_checks_period(input, starts, ends, "ends_at", status) &&
           campaign_checks_sectors(input, now, request->sectors, request->n_sectors, status);
}

static Anlan__Tasks__V1__Deployment *make_deployment(const struct service_rule_input *input, char *unit_id)
{
    const Anlan__Tasks__V1__DeployCampaignRequest *request = (const void *)input->request;
    Anlan__Tasks__V1__Deployment *made = arena_alloc(input->arena, sizeof(*made));
    if (!made)
        return NULL;
    anlan__tasks__v1__deployment__init(made);
    made->unit_id = unit_id;
    made->sectors = task_record_joined(input->arena, NULL, &made->n_sectors, request->sectors, request->n_sectors);
    made->starts_at = request->starts_at;
    made->ends_at = request->ends_at;
    made->requirements = request->requirements;
    made->deployed = task_record_sign(input);
    return made;
}

bool campaign_rules_deploy(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__DeployCampaignRequest *request = (const void *)input->request;
    campaign *now = (campaign *)after;
    if (!task_life_may(input, "campaigns", before, ACTION(DEPLOY), status) ||
        !check_deployed_units(input, now, status) || !check_part(input, now, status))
        return false;
    if (now->n_party_ids + request->n_unit_ids > CAMPAIGN_UNITS_MOST)
        return status_set(status, REASON(TOO_MANY_RECORDS), "a campaign goes to at most %d units", CAMPAIGN_UNITS_MOST);
    detail *d = now->detail = copy_detail(input, (const campaign *)before);
    if (!d ||
        !(d->deployments = task_record_grown(input->arena, d->deployments, d->n_deployments, request->n_unit_ids)))
        return false;
    for (size_t i = 0; i < request->n_unit_ids; i++)
        d->deployments[d->n_deployments++] = make_deployment(input, request->unit_ids[i]);
    now->party_ids =
        task_record_joined(input->arena, now->party_ids, &now->n_party_ids, request->unit_ids, request->n_unit_ids);
    return task_life_move("campaigns", after, ACTION(DEPLOY), STATE(OPEN));
}

// Enters what was added.
static Anlan__Tasks__V1__Extension *note_extension(const struct service_rule_input *input, const campaign *was,
                                                   campaign *now, char *document)
{
    detail *d = now->detail = copy_detail(input, was);
    Anlan__Tasks__V1__Extension *made = arena_alloc(input->arena, sizeof(*made));
    Anlan__Tasks__V1__Extension **grown = d ? task_record_grown(input->arena, d->extensions, d->n_extensions, 1) : NULL;
    if (!made || !grown)
        return NULL;
    anlan__tasks__v1__extension__init(made);
    made->document = document;
    made->by = task_record_sign(input);
    grown[d->n_extensions++] = made;
    d->extensions = grown;
    return made;
}

static bool later(const Google__Protobuf__Timestamp *than, const Google__Protobuf__Timestamp *time)
{
    return time && service_time(time) > service_time(than);
}

bool campaign_rules_extend(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__ExtendCampaignRequest *request = (const void *)input->request;
    const campaign *was = (const campaign *)before;
    campaign *now = (campaign *)after;
    if (!task_life_may(input, "campaigns", before, ACTION(EXTEND), status) ||
        !campaign_checks_known(input, ((const sector_facts *)input->facts)->unknown_sector, status))
        return false;
    if (!request->round && !request->n_sectors && !request->ends_at)
        return status_violate(status, input->arena, "round", "or sectors, or a later end: nothing is added");
    if (request->ends_at && !later(was->ends_at, request->ends_at))
        return status_violate(status, input->arena, "ends_at", "must be later than it is: nothing is taken away");
    if (request->n_sectors && !was->n_sectors)
        return status_violate(status, input->arena, "sectors", "the campaign has all sectors already");
    if (request->round && later(was->ends_at, request->round->ends_at))
        now->ends_at = request->round->ends_at;
    if (later(now->ends_at, request->ends_at))
        now->ends_at = request->ends_at;
    if (request->round && !add_round(input, request->round, "round", now, status))
        return false;
    now->sectors =
        task_record_joined(input->arena, now->sectors, &now->n_sectors, request->sectors, request->n_sectors);
    Anlan__Tasks__V1__Extension *made = note_extension(input, was, now, request->document);
    if (!made)
        return false;
    made->round = request->round ? now->rounds[now->n_rounds - 1]->number : 0;
    made->sectors = request->sectors;
    made->n_sectors = request->n_sectors;
    made->ends_at = now->ends_at != was->ends_at ? now->ends_at : NULL;
    return task_life_move("campaigns", after, ACTION(EXTEND), STATE(OPEN));
}

static size_t rounds_from_above(const campaign *was)
{
    size_t known = 0;
    for (size_t i = 0; i < was->n_rounds; i++)
        known += was->rounds[i]->from_above;
    return known;
}

// The campaign above has a round, a sector or time that is not here yet.
static bool has_more(const campaign *above, const campaign *was)
{
    if (above->n_rounds > rounds_from_above(was) || later(was->ends_at, above->ends_at))
        return true;
    for (size_t i = 0; was->n_sectors > 0 && i < above->n_sectors; i++)
        if (!task_record_has(was->sectors, was->n_sectors, above->sectors[i]))
            return true;
    return false;
}

// The rounds of above, as they are there, and behind them those that were added here, by new numbers where theirs are
// taken: what was reported names a round from above, or is this tenant's own matter.
static bool adopt_rounds(const struct service_rule_input *input, const campaign *above, const campaign *was,
                         campaign *now)
{
    size_t known = rounds_from_above(was);
    int32_t last = was->n_rounds ? was->rounds[was->n_rounds - 1]->number : 0;
    size_t more = above->n_rounds > known ? above->n_rounds - known : 0;
    now->rounds = task_record_grown(input->arena, was->rounds, was->n_rounds, more);
    for (size_t i = 0; now->rounds && i < more; i++) {
        Anlan__Tasks__V1__Round *round = from_above(input, above->rounds[known + i]);
        if (!round)
            return false;
        if (round->number <= last)
            round->number = last + 1;
        last = round->number;
        now->rounds[now->n_rounds++] = round;
    }
    return now->rounds != NULL;
}

static bool adopt(const struct service_rule_input *input, const campaign *was, campaign *now, struct status *status)
{
    const campaign_facts *facts = (const campaign_facts *)input->facts;
    const campaign *above = facts ? facts->above : NULL;
    if (!above || !has_more(above, was))
        return status_set(status, REASON(STATE_CONFLICT), "nothing was added above since version %lld",
                          (long long)was->above_version);
    if (!adopt_rounds(input, above, was, now))
        return false;
    if (was->n_sectors > 0)
        now->sectors =
            task_record_joined(input->arena, now->sectors, &now->n_sectors, above->sectors, above->n_sectors);
    if (later(now->ends_at, above->ends_at))
        now->ends_at = above->ends_at;
    Anlan__Tasks__V1__Extension *made = note_extension(input, was, now, above->document);
    if (!made)
        return false;
    now->above_version = made->above_version = above->version;
    made->round = now->n_rounds > was->n_rounds ? now->rounds[now->n_rounds - 1]->number : 0;
    made->ends_at = now->ends_at != was->ends_at ? now->ends_at : NULL;
    return task_life_move("campaigns", &now->base, ACTION(ADOPT), STATE(OPEN));
}

bool campaign_rules_adopt(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    return task_life_may(input, "campaigns", before, ACTION(ADOPT), status) &&
           adopt(input, (const campaign *)before, (campaign *)after, status);
}

bool campaign_rules_adopt_received(const struct service_rule_input *input, const ProtobufCMessage *before,
                                   ProtobufCMessage *after, struct status *status)
{
    const campaign *was = (const campaign *)before;
    if (was->state != STATE(OPEN))
        return status_set(status, REASON(STATE_CONFLICT), "it has ended");
    return adopt(input, was, (campaign *)after, status);
}

bool campaign_rules_end(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                        struct status *status)
{
    const Anlan__Tasks__V1__EndCampaignRequest *request = (const void *)input->request;
    const campaign *was = (const campaign *)before;
    campaign *now = (campaign *)after;
    if (!task_life_may(input, "campaigns", before, ACTION(END), status))
        return false;
    if (*was->above_id && input->now < service_time(was->ends_at))
        return status_set(status, REASON(STATE_CONFLICT), "a campaign from above is not ended before its time");
    now->detail = copy_detail(input, was);
    if (!now->detail)
        return false;
    now->detail->ended = task_record_sign(input);
    now->detail->end_document = request->document;
    return task_life_move("campaigns", after, ACTION(END), STATE(ENDED));
}
