// SPDX-License-Identifier: Apache-2.0
#include "report_steps.h"

#include <string.h>

#include "base/check.h"
#include "notifications/facts.pb-c.h"
#include "service/values.h"

#define MINUTE (60 * CLOCK_SECOND)
#define DEPARTMENT ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_DEPARTMENT

typedef Anlan__Notifications__V1__ReportClocks report_clocks;
typedef Anlan__Notifications__V1__ReportSettings report_settings;

static const char *const tiers[] = {"region", "city", "county"};

int report_steps_level(const char *tier)
{
    for (size_t i = 0; i < COUNT_OF(tiers); i++)
        if (strcmp(tiers[i], tier) == 0)
            return (int)i;
    return -1;
}

const char *report_steps_tier(int level)
{
    return level >= 0 && level < (int)COUNT_OF(tiers) ? tiers[level] : "";
}

static int nearness(const report_settings *settings, const struct directory_place *place)
{
    struct uuid unit;
    if (!uuid_parse(settings->unit_id, &unit))
        return 0;
    for (int level = DIRECTORY_LEVELS - 1; level >= 0; level--)
        if (uuid_compare(&unit, &place->levels[level]) == 0)
            return level + 1;
    return 0;
}

const report_clocks *report_steps_clocks(const struct service_rule_input *input, const struct directory_place *place)
{
    const Anlan__Notifications__Facts__ReportFacts *facts = (const void *)input->facts;
    const report_settings *nearest = NULL;
    int near = 0;
    for (size_t i = 0; facts && i < facts->n_settings; i++) {
        const report_settings *candidate = anlan__notifications__v1__report_settings__unpack(
            &input->arena->protobuf, facts->settings[i].len, facts->settings[i].data);
        if (!candidate || nearness(candidate, place) <= near)
            continue;
        near = nearness(candidate, place);
        nearest = candidate;
    }
    return nearest ? nearest->clocks : NULL;
}

bool report_steps_copy(const struct service_rule_input *input, report *now)
{
    Anlan__Notifications__V1__ReportDetail *copy = arena_alloc(input->arena, sizeof(*copy));
    if (!copy)
        return false;
    *copy = *now->detail;
    copy->steps = arena_array(input->arena, copy->n_steps + 2 * COUNT_OF(tiers), sizeof(report_step *));
    report_step *steps = arena_array(input->arena, copy->n_steps, sizeof(*steps));
    if (!copy->steps || !steps)
        return false;
    for (size_t i = 0; i < copy->n_steps; i++) {
        steps[i] = *now->detail->steps[i];
        copy->steps[i] = &steps[i];
    }
    now->detail = copy;
    return true;
}

static const char *desk_of(const report_clocks *clocks, const char *unit_id)
{
    for (size_t i = 0; clocks && i < clocks->n_desks; i++)
        if (strcmp(clocks->desks[i]->unit_id, unit_id) == 0)
            return clocks->desks[i]->telephone;
    return "";
}

// The number of the unit's duty desk; where it keeps none, that of the settings.
static const char *number_of(const struct service_rule_input *input, const report_clocks *clocks,
                             const struct uuid *unit, const char *id)
{
    struct directory_duty duty;
    if (directory_duty(input->access->directory, unit, input->now, &duty))
        return arena_text(input->arena, duty.telephone, strlen(duty.telephone));
    return desk_of(clocks, id);
}

static bool has_step(const report *now, const char *unit_id)
{
    for (size_t i = 0; i < now->detail->n_steps; i++)
        if (strcmp(now->detail->steps[i]->unit_id, unit_id) == 0)
            return true;
    return strcmp(now->reporting_unit_id, unit_id) == 0;
}

static bool add_step(const struct service_rule_input *input, report *now, const report_clocks *clocks,
                     const struct uuid *unit, int level, Anlan__Notifications__V1__ReportLine line)
{
    char *id = service_uuid(unit, input->arena);
    report_step *step = arena_alloc(input->arena, sizeof(*step));
    if (!id || !step)
        return false;
    if (uuid_is_nil(unit) || has_step(now, id))
        return true;
    anlan__notifications__v1__report_step__init(step);
    step->telephone = (char *)number_of(input, clocks, unit, id);
    step->unit_id = id;
    step->tier = (char *)report_steps_tier(level);
    step->line = line;
    step->sent_at = service_timestamp(input->now, input->arena);
    step->position = input->position;
    now->detail->steps[now->detail->n_steps++] = step;
    return true;
}

static struct uuid department_of(const struct service_rule_input *input, const struct uuid *government)
{
    struct directory *directory = input->access->directory;
    struct uuid id = {{0}};
    directory_lock(directory);
    const struct directory_unit *unit = directory_child(directory, government, DEPARTMENT);
    if (unit)
        id = unit->id;
    directory_unlock(directory);
    return id;
}

bool report_steps_send(const struct service_rule_input *input, report *now, const report_clocks *clocks, int level,
                       bool government, bool department)
{
    struct directory_place place = service_place_of(now->place);
    if (level < 0 || uuid_is_nil(&place.levels[level]))
        return true;
    const struct uuid *at = &place.levels[level];
    struct uuid line = department_of(input, at);
    return (!government || add_step(input, now, clocks, at, level, LINE(GOVERNMENT))) &&
           (!department || add_step(input, now, clocks, &line, level, LINE(DEPARTMENT)));
}

// The level at which a unit is the government, or, with *department, the department; -1: neither.
static int level_of(const struct service_rule_input *input, const struct directory_place *place,
                    const struct uuid *unit_id, bool *department)
{
    struct directory *directory = input->access->directory;
    struct uuid parent = {{0}};
    *department = false;
    directory_lock(directory);
    const struct directory_unit *unit = directory_find(directory, unit_id);
    if (unit && unit->kind == DEPARTMENT)
        parent = unit->parent_id;
    directory_unlock(directory);
    for (int level = 0; level < (int)COUNT_OF(tiers); level++) {
        if (uuid_compare(&place->levels[level], unit_id) == 0)
            return level;
        if (!uuid_is_nil(&parent) && uuid_compare(&place->levels[level], &parent) == 0) {
            *department = true;
            return level;
        }
    }
    return -1;
}

bool report_steps_begin(const struct service_rule_input *input, report *now, const report_clocks *clocks)
{
    struct directory_place place = service_place_of(now->place);
    bool department = false;
    int level = level_of(input, &place, &input->caller->unit_id, &department);
    int lowest = (int)COUNT_OF(tiers) - 1;
    while (lowest > 0 && uuid_is_nil(&place.levels[lowest]))
        lowest--;
    if (level < 0)    // an enterprise, a township: its county
        return report_steps_send(input, now, clocks, lowest, true, true);
    // A department: its own government, and the department above; a government: its department, and the tier above.
    return report_steps_send(input, now, clocks, level, department, !department) &&
           report_steps_send(input, now, clocks, level - 1, !department, true);
}

static bool tier_forwarded(const report *now, const char *tier)
{
    for (size_t i = 0; i < now->detail->n_steps; i++)
        if (strcmp(now->detail->steps[i]->tier, tier) == 0 && now->detail->steps[i]->forwarded)
            return true;
    return false;
}

bool report_steps_goes_on(const report *now, const report_step *step)
{
    return report_steps_level(step->tier) > report_steps_level(now->up_to) && !tier_forwarded(now, step->tier);
}

// By when a step must be answered, or go on; 0: no clock runs.
static clock_time due_of(const report *now, const report_step *step)
{
    const Anlan__Notifications__V1__ReportDetail *detail = now->detail;
    if (step->skipped_at || step->forwarded)
        return 0;
    if (!step->acknowledged)
        return detail->minutes_answer ? service_time(step->sent_at) + detail->minutes_answer * MINUTE : 0;
    if (!report_steps_goes_on(now, step) || !detail->minutes_next)
        return 0;
    return service_time(step->sent_at) + detail->minutes_next * MINUTE;
}

void report_steps_wind(const struct service_rule_input *input, report *now)
{
    clock_time first = 0;
    now->arrived = false;
    for (size_t i = 0; i < now->detail->n_steps; i++) {
        report_step *step = now->detail->steps[i];
        clock_time due = due_of(now, step);
        step->due_at = due ? service_timestamp(due, input->arena) : NULL;
        if (due && (!first || due < first))
            first = due;
        if (step->acknowledged && report_steps_level(step->tier) <= report_steps_level(now->up_to))
            now->arrived = true;
    }
    now->due_at = first ? service_timestamp(first, input->arena) : NULL;
}
