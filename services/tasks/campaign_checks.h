// SPDX-License-Identifier: Apache-2.0
// What several rules of campaigns check. Pure; false with a status.
#pragma once

#include "anlan/tasks/v1/campaigns.pb-c.h"
#include "service/service.h"
#include "tasks/facts.pb-c.h"

typedef Anlan__Tasks__V1__Campaign campaign;
typedef Anlan__Tasks__Facts__CampaignFacts campaign_facts;

// A period ends after it begins. `ends` names the field.
bool campaign_checks_period(const struct service_rule_input *input, const Google__Protobuf__Timestamp *starts_at,
                            const Google__Protobuf__Timestamp *ends_at, const char *ends, struct status *status);

// The sectors of a part lie within the campaign's; none: all of them.
bool campaign_checks_sectors(const struct service_rule_input *input, const campaign *whole, char *const *sectors,
                             size_t count, struct status *status);

// Every sector is one of the list's.
bool campaign_checks_known(const struct service_rule_input *input, const char *unknown_sector, struct status *status);

// A round behind those that there are, within the campaign's period; NULL, with a status, where it does not fit.
// `field` names it: "rounds[0]".
Anlan__Tasks__V1__Round *campaign_checks_round(const struct service_rule_input *input,
                                               const Anlan__Tasks__V1__NewRound *wanted, const campaign *whole,
                                               const char *field, struct status *status);

// The campaign of the facts (NULL: none was found) if it is deployed to the unit and the caller acts for the unit; NULL
// with RECORD_NOT_FOUND or STEP_OF_OTHER_UNIT.
const campaign *campaign_checks_deployed(const struct service_rule_input *input, const campaign_facts *facts,
                                         struct status *status);
