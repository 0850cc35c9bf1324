// SPDX-License-Identifier: Apache-2.0
#include "access/charges.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "access/read.h"
#include "anlan/organisations/v1/responsibilities.pb-c.h"
#include "base/check.h"

// A charge in the book: by its id, and in the list of its unit.
struct kept {
    struct charge charge;
    struct kept *next;
    UT_hash_handle hh;
};

struct charged_unit {
    struct uuid id;
    struct kept *first;
    UT_hash_handle hh;
};

struct charges {
    struct kept *kept;
    struct charged_unit *units;
};

struct charges *charges_new(void)
{
    struct charges *charges = calloc(1, sizeof(*charges));
    CHECK(charges);
    return charges;
}

static void free_texts(struct charge *charge)
{
    free(charge->sector);
    free(charge->leader_name);
    free(charge->leader_position);
}

void charges_free(struct charges *charges)
{
    if (!charges)
        return;
    struct kept *kept = NULL;
    struct kept *next = NULL;
    HASH_ITER(hh, charges->kept, kept, next)
    {
        HASH_DEL(charges->kept, kept);
        free_texts(&kept->charge);
        free(kept);
    }
    struct charged_unit *unit = NULL;
    struct charged_unit *next_unit = NULL;
    HASH_ITER(hh, charges->units, unit, next_unit)
    {
        HASH_DEL(charges->units, unit);
        free(unit);
    }
    free(charges);
}

bool charge_read(ProtobufCBinaryData packed, struct charge *charge)
{
    Anlan__Organisations__V1__Responsibility *record =
        anlan__organisations__v1__responsibility__unpack(NULL, packed.len, packed.data);
    memset(charge, 0, sizeof(*charge));
    bool good = record && uuid_parse(record->id, &charge->id) && uuid_parse(record->unit_id, &charge->unit_id) &&
                uuid_parse(record->overseer_unit_id, &charge->overseer_id) &&
                uuid_parse(record->leader_person_id, &charge->leader_id);
    if (good) {
        charge->sector = read_text(record->sector);
        charge->leader_name = read_text(record->leader_name);
        charge->leader_position = read_text(record->leader_position);
        charge->starts_at = read_time(record->starts_at, 0);
        charge->ends_at = read_time(record->ends_at, INT64_MAX);
    }
    if (record)
        anlan__organisations__v1__responsibility__free_unpacked(record, NULL);
    return good;
}

static struct charged_unit *unit_of(const struct charges *charges, const struct uuid *id)
{
    struct charged_unit *unit = NULL;
    HASH_FIND(hh, charges->units, id->bytes, sizeof(id->bytes), unit);
    return unit;
}

static void link_to_unit(struct charges *charges, struct kept *kept)
{
    struct charged_unit *unit = unit_of(charges, &kept->charge.unit_id);
    if (!unit) {
        unit = calloc(1, sizeof(*unit));
        CHECK(unit);
        unit->id = kept->charge.unit_id;
        HASH_ADD(hh, charges->units, id.bytes, sizeof(unit->id.bytes), unit);
    }
    kept->next = unit->first;
    unit->first = kept;
}

static void unlink_from_unit(struct charges *charges, struct kept *kept)
{
    struct charged_unit *unit = unit_of(charges, &kept->charge.unit_id);
    struct kept **at = &unit->first;
    while (*at != kept)
        at = &(*at)->next;
    *at = kept->next;
}

void charges_keep(struct charges *charges, const struct charge *charge)
{
    struct kept *kept = NULL;
    HASH_FIND(hh, charges->kept, charge->id.bytes, sizeof(charge->id.bytes), kept);
    if (kept) {
        unlink_from_unit(charges, kept);
        free_texts(&kept->charge);
        kept->charge = *charge;
    } else {
        kept = calloc(1, sizeof(*kept));
        CHECK(kept);
        kept->charge = *charge;
        HASH_ADD(hh, charges->kept, charge.id.bytes, sizeof(kept->charge.id.bytes), kept);
    }
    link_to_unit(charges, kept);
}

const struct charge *charges_at(const struct charges *charges, const struct uuid *unit_id, const char *sector,
                                clock_time at)
{
    const struct charged_unit *unit = unit_of(charges, unit_id);
    for (const struct kept *kept = unit ? unit->first : NULL; kept; kept = kept->next)
        if (kept->charge.starts_at <= at && at < kept->charge.ends_at && strcmp(kept->charge.sector, sector) == 0)
            return &kept->charge;
    return NULL;
}
