// SPDX-License-Identifier: Apache-2.0
// What the kinds of units are: one row each.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "anlan/organisations/v1/organisations.pb-c.h"

#define KIND(name) ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_##name

enum unit_trait {
    UNIT_NEEDS_CODE = 1,     // it cannot be without its division code
    UNIT_IS_TENANT = 2,      // it keeps a ledger of its own
    UNIT_HAS_PROFILE = 4,    // as an enterprise has
    UNIT_IS_OVERSEEN = 8,    // the responsibility list has lines for it
    UNIT_OVERSEES = 16,      // … by it
};

struct unit_kind {
    Anlan__Organisations__V1__UnitKind kind;
    int level;          // of the tree of tiers; -1: no tier
    size_t digits;      // of its division code; 0: it has none
    unsigned below;     // a bit for each kind that it may stand below
    unsigned traits;    // enum unit_trait
};

// The row of a kind; NULL for UNSPECIFIED and numbers that are none.
const struct unit_kind *unit_kind_of(Anlan__Organisations__V1__UnitKind kind);

// True if a unit of this kind may stand below one of the other.
bool unit_kind_fits(const struct unit_kind *kind, Anlan__Organisations__V1__UnitKind above);
