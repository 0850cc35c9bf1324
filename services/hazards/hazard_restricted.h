// SPDX-License-Identifier: Apache-2.0
// Restricted records (限制查看): an informant's report, of which the ledger, the log
// and whoever pulls it have state, grade, sector, parties and times, and no words.
// What is said of it goes into the record's field `withheld`, version by version,
// and a salted digest of it into the record.
#pragma once

#include "hazard_life.h"

// The caller may register a restricted record at the unit, and the request has
// nothing that would be shown: PERMISSION_MISSING, FIELD_INVALID.
bool hazard_restricted_checks(const struct service_rule_input *input, struct status *status);

// Takes the words of a step out of a restricted record: those of the step, those
// that it left in the record's life, and, of the first step here, what was found.
// The rest of the record is as it was.
void hazard_restricted_seal(const struct service_rule_input *input, hazard *now, Anlan__Hazards__V1__Step *step);
