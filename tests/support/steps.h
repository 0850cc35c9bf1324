// SPDX-License-Identifier: Apache-2.0
// The steps of a hazard's life for tests: each done by whom it belongs to.
#pragma once

#include "hazard_life.h"
#include "support/instance.h"

// Who plays in the tests: each step has a person of its own, at the county or, where the step belongs to the
// responsible unit, at the township 林西镇. May be changed by a test.
struct cast {
    struct person finder;
    struct person assigner;
    struct person responsible;
    struct person acceptor;
    struct person closer;
    struct person looker;
    struct person enforcer;
    struct person asker;
    struct person decider;
};
struct cast cast_of(struct instance *instance);

// Registers a hazard at 林西镇, of this grade.
const hazard *register_hazard(struct instance *instance, const struct cast *cast, Anlan__Hazards__V1__Grade grade,
                              struct status *status);

// Does one step of a hazard's life with what it needs; NULL with *status where it is refused. `was` is the version that
// is named.
const hazard *step(struct instance *instance, const struct cast *cast, const hazard *was,
                   Anlan__Hazards__V1__Action action, struct status *status);

// The same, which must succeed.
const hazard *must(struct instance *instance, const struct cast *cast, const hazard *was,
                   Anlan__Hazards__V1__Action action);

// A new hazard of this grade in this state, by the shortest way.
const hazard *hazard_in(struct instance *instance, const struct cast *cast, Anlan__Hazards__V1__State state,
                        Anlan__Hazards__V1__Grade grade);

// Hands a hazard over to another tenant's unit; takes over what was handed over to a unit. NULL with *status where it
// is refused.
const hazard *hand_over(struct instance *instance, struct person person, const hazard *was, const char *to_unit_id,
                        struct status *status);
const hazard *take_over(struct instance *instance, struct person person, const hazard *origin, const char *unit_id,
                        const char *sector, struct status *status);
