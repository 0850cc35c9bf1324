// SPDX-License-Identifier: Apache-2.0
#include "unit_kinds.h"

#include "access/directory.h"
#include "base/check.h"

#define BIT(name) (1u << KIND(name))
#define TIERS (BIT(REGION) | BIT(CITY) | BIT(COUNTY) | BIT(TOWNSHIP))
#define OFFICES (BIT(DEPARTMENT) | BIT(OFFICE) | BIT(REGULATOR))
#define TIER (UNIT_NEEDS_CODE | UNIT_IS_OVERSEEN | UNIT_OVERSEES)
#define SITE (UNIT_HAS_PROFILE | UNIT_IS_OVERSEEN)
#define SITES (TIERS | BIT(PARK) | BIT(VILLAGE) | BIT(ENTERPRISE))

// A tier stands directly below a higher tier: a township of a city without counties below the city. The digits are
// those of GB/T 2260 and GB/T 10114.
static const struct unit_kind kinds[] = {
    {KIND(REGION), DIRECTORY_REGION, 2, 0, TIER | UNIT_IS_TENANT},
    {KIND(CITY), DIRECTORY_CITY, 4, BIT(REGION), TIER | UNIT_IS_TENANT},
    {KIND(COUNTY), DIRECTORY_COUNTY, 6, BIT(REGION) | BIT(CITY), TIER | UNIT_IS_TENANT},
    {KIND(TOWNSHIP), DIRECTORY_TOWNSHIP, 9, BIT(REGION) | BIT(CITY) | BIT(COUNTY), TIER},
    {KIND(DEPARTMENT), -1, 0, TIERS | BIT(PARK), UNIT_OVERSEES},
    {KIND(OFFICE), -1, 0, TIERS | BIT(PARK), UNIT_OVERSEES},
    {KIND(REGULATOR), -1, 0, TIERS | BIT(PARK), UNIT_OVERSEES},
    {KIND(PARK), -1, 0, TIERS, UNIT_OVERSEES | UNIT_IS_OVERSEEN},
    {KIND(TEAM), -1, 0, TIERS | OFFICES | BIT(PARK), 0},
    {KIND(ENTERPRISE), -1, 0, SITES, SITE},
    {KIND(PLACE), -1, 0, SITES, SITE},
    {KIND(VILLAGE), -1, 12, BIT(TOWNSHIP), UNIT_IS_OVERSEEN},
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
