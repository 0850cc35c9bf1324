// SPDX-License-Identifier: Apache-2.0
// What several rules of a hazard check and set. Pure; false with a status.
#pragma once

#include "hazard_life.h"

// The step belongs to one of two units, of which "" is none: STEP_OF_OTHER_UNIT.
bool hazard_checks_unit(const struct service_rule_input *input, const char *unit, const char *or_unit,
                        struct status *status);

// The caller is another person than who signed, NULL for nobody: SAME_PERSON.
// `what` he did, for the message: "rectified".
bool hazard_checks_other_person(const struct service_rule_input *input, const Anlan__Hazards__V1__Signature *signed_by,
                                const char *what, struct status *status);

// Who reported the last rectification; NULL where there was none.
const Anlan__Hazards__V1__Signature *hazard_checks_rectifier(const hazard *was);

// A unit that passes the hazard on keeps a view of it. "" is none.
void hazard_checks_keep_view(const struct service_rule_input *input, hazard *now, char *unit_id);

// It is not listed for supervision (挂牌督办): STATE_CONFLICT. Whoever listed it withdraws that first.
bool hazard_checks_not_listed(const hazard *was, struct status *status);

// Sets who is responsible from now on, and by when. The request has it in its
// field `assignment`.
bool hazard_checks_assign(const struct service_rule_input *input, const Anlan__Hazards__V1__Assignment *to, hazard *now,
                          struct status *status);

// Sets what was fixed at once: a general hazard only. *at is when.
bool hazard_checks_fix(const struct service_rule_input *input, const Anlan__Hazards__V1__Fix *done, hazard *now,
                       clock_time *at, struct status *status);

// Sets grade and criterion: a major hazard needs one that was in force when it
// was found.
bool hazard_checks_grade(const struct service_rule_input *input, Anlan__Hazards__V1__Grade grade,
                         Anlan__Hazards__V1__Criterion *criterion, hazard *now, struct status *status);
