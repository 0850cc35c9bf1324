// SPDX-License-Identifier: Apache-2.0
#include "unit_kinds.h"

#include "access/directory.h"
#include "base/check.h"

#define BIT(name) (1u << KIND(name))
#define TIERS (BIT(REGION) | BIT(CITY) | BIT(COUNTY) | BIT(TOWNSHIP))
#define OFFICES (BIT(DEPARTMENT) | BIT(OFFICE) | BIT(REGULATOR))
#define SITES (TIERS | BIT(PARK) | BIT(VILLAGE) | BIT(ENTERPRISE))

// A tier stands directly below a higher tier: a township of a city without counties below the city. The digits are
// those of GB/T 2260 and GB/T 10114.
static const struct unit_kind kinds[] = {
    {KIND(REGION), DIRECTORY_REGION, 2, true, true, false, 0},
    {KIND(CITY), DIRECTORY_CITY, 4, true, true, false, BIT(REGION)},
    {KIND(COUNTY), DIRECTORY_COUNTY, 6, true, true, false, BIT(REGION) | BIT(CITY)},
    {KIND(TOWNSHIP), DIRECTORY_TOWNSHIP, 9, true, false, false, BIT(REGION) | BIT(CITY) | BIT(COUNTY)},
    {KIND(DEPARTMENT), -1, 0, false, false, false, TIERS | BIT(PARK)},
    {KIND(OFFICE), -1, 0, false, false, false, TIERS | BIT(PARK)},
    {KIND(REGULATOR), -1, 0, false, false, false, TIERS | BIT(PARK)},
    {KIND(PARK), -1, 0, false, false, false, TIERS},
    {KIND(TEAM), -1, 0, false, false, false, TIERS | OFFICES | BIT(PARK)},
    {KIND(ENTERPRISE), -1, 0, false, false, true, SITES},
    {KIND(PLACE), -1, 0, false, false, true, SITES},
    {KIND(VILLAGE), -1, 12, false, false, false, BIT(TOWNSHIP)},
};

const struct unit_kind *unit_kind_of(Anlan__Organisations__V1__UnitKind kind)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (kinds[i].kind == kind)
            return &kinds[i];
    return NULL;
}

bool unit_kind_fits(const struct unit_kind *kind, Anlan__Organisations__V1__UnitKind above)
{
    return (kind->below & 1u << above) != 0;
}
