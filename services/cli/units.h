// SPDX-License-Identifier: Apache-2.0
// What the commands about units share.
#pragma once

#include <stdbool.h>

#include "anlan/organisations/v1/organisations.pb-c.h"
#include "cli.h"

#define UNITS_SERVICE "anlan.organisations.v1.OrganisationsService/"
#define PEOPLE_SERVICE "anlan.organisations.v1.PeopleService/"
#define RESPONSIBILITIES_SERVICE "anlan.organisations.v1.ResponsibilitiesService/"

// The kind by its English word: "county". False if there is none such.
bool units_kind(const char *text, Anlan__Organisations__V1__UnitKind *kind);
