// SPDX-License-Identifier: Apache-2.0
#include "access/duties.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "access/read.h"
#include "anlan/organisations/v1/duty.pb-c.h"
#include "base/check.h"

#define REMEMBERED CLOCK_DAY    // behind a shift's end

typedef Anlan__Organisations__V1__DutyPeople duty_people;

// A shift in the list of its unit. Leaders stand before officers.
struct shift {
    struct shift *next;
    struct uuid id;
    clock_time starts_at;
    clock_time ends_at;    // not included
    size_t leader_count;
    size_t count;
    struct uuid people[];
};

struct desk {
    struct uuid unit_id;
    char *telephone;    // NULL: there is no desk yet
    bool closed;
    struct shift *first;
    UT_hash_handle hh;
};

struct duties {
    struct desk *desks;
};

struct duties *duties_new(void)
{
    struct duties *duties = calloc(1, sizeof(*duties));
    CHECK(duties);
    return duties;
}

void duties_free(struct duties *duties)
{
    if (!duties)
        return;
    struct desk *desk = NULL;
    struct desk *next_desk = NULL;
    HASH_ITER(hh, duties->desks, desk, next_desk)
    {
        HASH_DEL(duties->desks, desk);
        for (struct shift *shift = desk->first; shift;) {
            struct shift *next = shift->next;
            free(shift);
            shift = next;
        }
        free(desk->telephone);
        free(desk);
    }
    free(duties);
}

static struct desk *find(const struct duties *duties, const struct uuid *unit_id)
{
    struct desk *desk = NULL;
    HASH_FIND(hh, duties->desks, unit_id->bytes, sizeof(unit_id->bytes), desk);
    return desk;
}

static struct desk *desk_of(struct duties *duties, const struct uuid *unit_id)
{
    struct desk *desk = find(duties, unit_id);
    if (desk)
        return desk;
    desk = calloc(1, sizeof(*desk));
    CHECK(desk);
    desk->unit_id = *unit_id;
    HASH_ADD(hh, duties->desks, unit_id.bytes, sizeof(desk->unit_id.bytes), desk);
    return desk;
}

bool duties_keep_desk(struct duties *duties, ProtobufCBinaryData packed)
{
    struct uuid unit_id;
    Anlan__Organisations__V1__DutyDesk *record =
        anlan__organisations__v1__duty_desk__unpack(NULL, packed.len, packed.data);
    bool good = record && uuid_parse(record->unit_id, &unit_id);
    if (good) {
        struct desk *desk = desk_of(duties, &unit_id);
        free(desk->telephone);
        desk->telephone = read_text(record->telephone);
        desk->closed = record->closed;
    }
    if (record)
        anlan__organisations__v1__duty_desk__free_unpacked(record, NULL);
    return good;
}

// Takes the shift of this id out of the list, and what was over long before `now`.
static void forget(struct desk *desk, const struct uuid *id, clock_time now)
{
    for (struct shift **at = &desk->first; *at;) {
        struct shift *shift = *at;
        if (uuid_compare(&shift->id, id) == 0 || shift->ends_at + REMEMBERED < now) {
            *at = shift->next;
            free(shift);
        } else {
            at = &shift->next;
        }
    }
}

static bool read_people(const duty_people *people, struct uuid *ids)
{
    for (size_t i = 0; people && i < people->n_person_ids; i++)
        if (!uuid_parse(people->person_ids[i], &ids[i]))
            return false;
    return true;
}

// NULL where it cannot be read.
static struct shift *read_shift(const Anlan__Organisations__V1__DutyShift *record)
{
    size_t leaders = record->leaders ? record->leaders->n_person_ids : 0;
    size_t officers = record->officers ? record->officers->n_person_ids : 0;
    struct shift *shift = calloc(1, sizeof(*shift) + (leaders + officers) * sizeof(struct uuid));
    CHECK(shift);
    shift->starts_at = read_time(record->starts_at, INT64_MAX);
    shift->ends_at = read_time(record->ends_at, 0);
    shift->leader_count = leaders;
    shift->count = leaders + officers;
    if (uuid_parse(record->id, &shift->id) && read_people(record->leaders, shift->people) &&
        read_people(record->officers, shift->people + leaders))
        return shift;
    free(shift);
    return NULL;
}

bool duties_keep_shift(struct duties *duties, ProtobufCBinaryData packed)
{
    struct uuid unit_id;
    Anlan__Organisations__V1__DutyShift *record =
        anlan__organisations__v1__duty_shift__unpack(NULL, packed.len, packed.data);
    bool good = record && record->change && uuid_parse(record->unit_id, &unit_id);
    struct shift *shift = good ? read_shift(record) : NULL;
    if (shift) {
        struct desk *desk = desk_of(duties, &unit_id);
        clock_time now = read_time(record->change->at, 0);
        forget(desk, &shift->id, now);
        if (record->cancelled || shift->ends_at + REMEMBERED < now) {
            free(shift);
        } else {
            shift->next = desk->first;
            desk->first = shift;
        }
    }
    good = shift != NULL;
    if (record)
        anlan__organisations__v1__duty_shift__free_unpacked(record, NULL);
    return good;
}

bool duties_at(const struct duties *duties, const struct uuid *unit_id, clock_time at, struct directory_duty *duty)
{
    const struct desk *desk = find(duties, unit_id);
    memset(duty, 0, sizeof(*duty));
    if (!desk || !desk->telephone || desk->closed)
        return false;
    snprintf(duty->telephone, sizeof(duty->telephone), "%s", desk->telephone);
    for (const struct shift *shift = desk->first; shift; shift = shift->next) {
        if (at < shift->starts_at || shift->ends_at <= at)
            continue;
        for (size_t i = 0; i < shift->count && duty->count < DIRECTORY_DUTY_MOST; i++)
            duty->people[duty->count++] = shift->people[i];
        duty->leader_count = shift->leader_count < duty->count ? shift->leader_count : duty->count;
        break;
    }
    return true;
}
