// SPDX-License-Identifier: Apache-2.0
// Which list answers ListHazards and ListHazardCounts.
#pragma once

#include "service/service.h"

// The lists of ListHazards, in the order of the table in hazard_methods.c.
enum {
    HAZARD_LISTS_NEWEST,
    HAZARD_LISTS_STATES_NEWEST,
    HAZARD_LISTS_STATES_OLDEST,
    HAZARD_LISTS_DUE,
    HAZARD_LISTS_PARTY,
    HAZARD_LISTS_LISTED,
};

service_list_pick hazard_lists_pick;
service_list_pick hazard_lists_pick_counts;
