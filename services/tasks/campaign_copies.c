// SPDX-License-Identifier: Apache-2.0
#include "campaign_copies.h"

#include <string.h>

#include "anlan/tasks/v1/campaigns.pb-c.h"
#include "service/values.h"
#include "task_life.h"
#include "tasks/facts.pb-c.h"

typedef Anlan__Tasks__V1__Campaign campaign;

// What is shown becomes the record; its version and its moves are the copy's own, since not every version is shown.
static bool take(const campaign *shown, campaign *now, struct status *status)
{
    const ProtobufCMessage base = now->base;
    task_state before = now->state;
    int64_t version = now->version;
    task_state to = shown->state;
    if (!task_life_allows("campaigns", before, ACTION(COPY), to))
        return status_set(status, REASON(STATE_CONFLICT), "it has ended");
    *now = *shown;
    now->base = base;
    now->source_version = shown->version;
    now->version = version;
    now->state = before;
    return task_life_move("campaigns", &now->base, ACTION(COPY), to);
}

static bool check(const char *tenant_id, const char *id, const campaign *shown, struct status *status)
{
    return (strcmp(shown->tenant_id, tenant_id) == 0 && strcmp(shown->id, id) == 0 && shown->place && shown->detail &&
            shown->entered_at) ||
           status_set(status, REASON(DATA_CORRUPT), "what is shown is no whole campaign of that tenant");
}

bool campaign_copies_make(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__CopyCampaignRequest *request = (const void *)input->request;
    const Anlan__Tasks__Facts__CampaignFacts *facts = (const void *)input->facts;
    (void)before;
    if (facts->taken)
        return status_set(status, REASON(RECORD_EXISTS), "it is here");
    return check(request->tenant_id, request->id, request->campaign, status) &&
           take(request->campaign, (campaign *)after, status);
}

bool campaign_copies_renew(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__RenewCampaignCopyRequest *request = (const void *)input->request;
    const campaign *was = (const campaign *)before;
    if (request->campaign->version <= was->source_version)
        return status_set(status, REASON(VERSION_CONFLICT), "the copy is of version %lld",
                          (long long)was->source_version);
    return check(request->tenant_id, request->id, request->campaign, status) &&
           take(request->campaign, (campaign *)after, status);
}
