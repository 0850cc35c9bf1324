// SPDX-License-Identifier: Apache-2.0
// An agency's client and those who grant it access, for stories about what it pulls.
#pragma once

#include "support/acting.h"

struct agency {
    struct instance *region;
    struct actor city_officer;    // grants
    struct actor clerk;           // asks for it
    struct actor client;          // the fire brigade's
    struct person here, there;    // officers of 林西县 and 巴林右旗
};

void agency_open(struct agency *agency, struct instance *region);

// Grants the client a permission within a unit; sectors as "'public_places'", "" for all. Answers the grant's id.
const char *agency_grant(struct agency *agency, const char *unit_id, const char *sectors, const char *permission,
                         int seconds);
void agency_end_grant(struct agency *agency, const char *id);

// A hazard that somebody registers; it must succeed.
const Anlan__Hazards__V1__Hazard *agency_found(struct agency *agency, struct person who, const char *unit_id,
                                               const char *sector);

// So many in each county, half of them of public places.
void agency_found_many(struct agency *agency, int count);
