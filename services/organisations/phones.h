// SPDX-License-Identifier: Apache-2.0
// Phone numbers of persons: a record shows them masked and holds a salted digest; in full they stand beside it.
#pragma once

#include "anlan/organisations/v1/organisations.pb-c.h"
#include "service/service.h"

// A number as a record holds it.
struct phone {
    char *shown;                   // 138****1234; "" for none
    ProtobufCBinaryData digest;    // SHA-256 of salt and number
};

// Takes a number of a request: "" is none, the masked form that `before` shows leaves it as it is, anything else is new
// and goes into *withheld under `field`. FIELD_INVALID where it is no phone number.
bool phone_take(const struct service_rule_input *input, const char *field, const char *given,
                const struct phone *before, struct phone *now, Anlan__Organisations__V1__Withheld **withheld,
                struct status *status);

// Writes the masked form of a number: the first three and the last four of it, as far as four stay hidden.
void phone_mask(const char *number, char *shown, size_t size);
