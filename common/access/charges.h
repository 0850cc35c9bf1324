// SPDX-License-Identifier: Apache-2.0
// Charges: who has charge of a unit, in a sector or in all, for a time, and which
// leader answers for it. Part of the directory, which guards them by its lock.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/uuid.h"

struct charges;

// A charge as it is read from a record.
struct charge {
    struct uuid id;
    struct uuid unit_id;        // at which it stands, and below
    struct uuid overseer_id;    // who has it
    struct uuid leader_id;
    char *sector;    // "" for all
    char *leader_name;
    char *leader_position;
    clock_time starts_at;
    clock_time ends_at;    // not included; INT64_MAX for none
};

// An empty book. Never answers NULL.
struct charges *charges_new(void);

// Frees it; accepts NULL.
void charges_free(struct charges *charges);

// Reads a charge from a packed record; false where it cannot be read. The texts
// are its own: charges_keep takes them over.
bool charge_read(ProtobufCBinaryData packed, struct charge *charge);

// Puts a charge in the book, in place of the one with its id.
void charges_keep(struct charges *charges, const struct charge *charge);

// The charge that stands at a unit, in exactly this sector, at a time; NULL if
// there is none. Good until the book changes.
const struct charge *charges_at(const struct charges *charges, const struct uuid *unit_id, const char *sector,
                                clock_time at);
