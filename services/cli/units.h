// SPDX-License-Identifier: Apache-2.0
// What the commands about units share.
#pragma once

#include <stdbool.h>

#include "anlan/organisations/v1/organisations.pb-c.h"
#include "cli.h"

#define UNITS_SERVICE "anlan.organisations.v1.OrganisationsService/"
#define PEOPLE_SERVICE "anlan.organisations.v1.PeopleService/"
#define RESPONSIBILITIES_SERVICE "anlan.organisations.v1.ResponsibilitiesService/"

struct rpc_result;

// Takes the reply to CreateUnit for a row of an import (`user`, a struct sheet_row): its id, or why it is rejected.
void units_take_created(void *user, const struct rpc_result *result);
