// SPDX-License-Identifier: Apache-2.0
#include "tracking_rules.h"

#include <string.h>

#include "anlan/tasks/v1/tracking.pb-c.h"
#include "service/values.h"
#include "task_clock.h"
#include "task_record.h"

#define CHINA (8 * 3600 * CLOCK_SECOND)
#define DAY (86400 * CLOCK_SECOND)
#define MAJOR ANLAN__HAZARDS__V1__GRADE__GRADE_MAJOR
#define STATES 10    // of the ledger: the counts of major hazards stand behind those of general ones
#define PARTS 3
#define HAZARD(name) ANLAN__HAZARDS__V1__STATE__STATE_##name

// The day of a deadline in China, counted from 1970; 0 of what is not to be rectified.
static int32_t day_of(const tracked *h)
{
    if (!h->deadline || (h->hazard_state != HAZARD(ASSIGNED) && h->hazard_state != HAZARD(RECTIFYING)))
        return 0;
    return (int32_t)((service_time(h->deadline) + CHINA) / DAY);
}

// What the ledger says of it; what this record has of its own stays.
static bool take(const struct service_rule_input *input, const tracked *known, const tracked *was, tracked *now)
{
    now->sector = known->sector;
    now->party_ids = known->party_ids;
    now->n_party_ids = known->n_party_ids;
    now->hazard_version = known->hazard_version;
    now->hazard_state = known->hazard_state;
    now->grade = known->grade;
    now->deadline = known->deadline;
    now->finding_unit_id = known->finding_unit_id;
    now->responsible_unit_id = known->responsible_unit_id;
    now->inspection_finding = known->inspection_finding;
    now->closed_at = known->closed_at;
    now->rebound_count = known->rebound_count;
    now->description = known->description;
    now->detail = arena_alloc(input->arena, sizeof(*now->detail));
    char **labels = arena_array(input->arena, PARTS, sizeof(char *));
    if (!now->detail || !labels)
        return false;
    anlan__tasks__v1__tracked_detail__init(now->detail);
    if (known->detail)
        *now->detail = *known->detail;
    const char *const names[PARTS] = {now->sector, now->finding_unit_id, now->responsible_unit_id};
    for (size_t i = 0; i < PARTS; i++)
        labels[i] = arena_printf(input->arena, "%s/%d", names[i], (int)day_of(now));
    now->detail->counted_as = labels;
    now->detail->n_counted_as = PARTS;
    struct task_clock_book book = {.facts = (const Anlan__Tasks__Facts__ClockFacts *)input->facts};
    return !input->arena->exhausted && task_clock_wind(input, &book, was, now);
}

bool tracking_rules_track(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__TrackHazardRequest *request = (const void *)input->request;
    tracked *made = (tracked *)after;
    (void)before;
    (void)status;
    task_record_begin(input, after);
    made->id = request->id;
    made->place = request->known->place;    // the hazard's, wherever its unit may be by now
    made->occurred_at = request->known->occurred_at;
    made->entered_at = request->known->entered_at;
    made->campaign_id = request->known->campaign_id;
    made->inspection_id = request->known->inspection_id;
    return take(input, request->known, NULL, made) &&
           task_life_move("tracked_hazards", after, ACTION(TRACK), STATE(TRACKED));
}

bool tracking_rules_note(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__NoteHazardRequest *request = (const void *)input->request;
    const tracked *was = (const tracked *)before;
    if (request->known->hazard_version <= was->hazard_version)
        return status_set(status, REASON(VERSION_CONFLICT), "version %lld of it is known",
                          (long long)was->hazard_version);
    return take(input, request->known, was, (tracked *)after) &&
           task_life_move("tracked_hazards", after, ACTION(NOTE), STATE(TRACKED));
}

// Levels down to the tenant's: who sees the tenant sees its counters.
static struct directory_place place_of_tenant(const tracked *h, const struct uuid *tenant)
{
    struct directory_place place = service_place_field(&h->base);
    size_t last = DIRECTORY_LEVELS;
    for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
        if (uuid_compare(&place.levels[i], tenant) == 0)
            last = i;
    for (size_t i = last + 1; i < DIRECTORY_LEVELS; i++)
        place.levels[i] = (struct uuid){{0}};
    return place;
}

size_t tracking_rules_count(const ProtobufCMessage *record, struct service_count counts[SERVICE_COUNTS_MOST])
{
    const tracked *h = (const tracked *)record;
    struct service_count count = {.slot = (int32_t)h->hazard_state + (h->grade == MAJOR ? STATES : 0)};
    struct uuid tenant;
    size_t used = 0;
    if (!h->detail || !uuid_parse(h->campaign_id, &count.unit_id) || !uuid_parse(h->tenant_id, &tenant))
        return 0;
    count.place = place_of_tenant(h, &tenant);
    for (size_t i = 0; i < h->detail->n_counted_as && i < PARTS; i++) {
        count.part = (int32_t)i + 1;
        count.label = h->detail->counted_as[i];
        if (*count.label != '/')
            counts[used++] = count;
    }
    return used;
}
