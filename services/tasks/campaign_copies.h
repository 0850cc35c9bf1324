// SPDX-License-Identifier: Apache-2.0
// Rules by which a campaign of the instance above is entered here as that instance shows it. Pure.
#pragma once

#include "service/service.h"

// The first time: RECORD_EXISTS where it is here.
service_rule campaign_copies_make;

// Later: VERSION_CONFLICT where it has come so far.
service_rule campaign_copies_renew;
