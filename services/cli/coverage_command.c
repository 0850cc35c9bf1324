// SPDX-License-Identifier: Apache-2.0
// Blind spots (死角): places that nobody has visited, or not within some days, and places for which no regulator
// answers; as a list and one figure. What there is organisations tell, who was there tasks.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anlan/organisations/v1/responsibilities.pb-c.h"
#include "anlan/tasks/v1/inspections.pb-c.h"
#include "base/check.h"
#include "commands.h"
#include "hazards_show.h"
#include "service/values.h"
#include "table.h"
#include "units.h"

#define INSPECTIONS "anlan.tasks.v1.InspectionsService/"
#define SITES_PER_CALL 100
#define DAYS_DEFAULT 365
#define DAY (86400 * CLOCK_SECOND)
#define SAY(en, zh) cli_say(cli, (struct cli_text){(en), (zh)})
#define KIND(name) ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_##name

typedef Anlan__Organisations__V1__Unit unit;

// A place, and what is known of it.
struct site {
    const unit *unit;
    const Google__Protobuf__Timestamp *visited_at;    // NULL: never
    int32_t visits;
    bool no_regulator;
};

struct coverage {
    struct cli *cli;
    struct site *sites;
    size_t count;
    size_t room;
    clock_time since;
    int exit_status;
};

static void add_site(struct coverage *coverage, const unit *found)
{
    if (coverage->count == coverage->room) {
        size_t room = coverage->room ? 2 * coverage->room : 256;
        struct site *grown = arena_array(&coverage->cli->arena, room, sizeof(*grown));
        CHECK(grown);
        if (coverage->count > 0)
            memcpy(grown, coverage->sites, coverage->count * sizeof(*grown));
        coverage->sites = grown;
        coverage->room = room;
    }
    coverage->sites[coverage->count++] = (struct site){.unit = found};
}

// The enterprises and places below a unit.
static bool find_sites(struct coverage *coverage, const char *top)
{
    Anlan__Organisations__V1__ListUnitsRequest request = ANLAN__ORGANISATIONS__V1__LIST_UNITS_REQUEST__INIT;
    request.unit_id = (char *)top;
    request.page_size = 1000;
    do {
        const Anlan__Organisations__V1__ListUnitsResponse *page = (const void *)cli_call(
            coverage->cli, CLI_ORGANISATIONS, UNITS_SERVICE "ListUnits", &request.base, &coverage->exit_status);
        if (!page)
            return false;
        for (size_t i = 0; i < page->n_units; i++)
            if (page->units[i]->kind == KIND(ENTERPRISE) || page->units[i]->kind == KIND(PLACE))
                add_site(coverage, page->units[i]);
        request.page_token = page->next_page_token;
    } while (*request.page_token);
    return true;
}

static bool find_visits(struct coverage *coverage)
{
    char *ids[SITES_PER_CALL];
    for (size_t first = 0; first < coverage->count; first += SITES_PER_CALL) {
        Anlan__Tasks__V1__ListVisitsRequest request = ANLAN__TASKS__V1__LIST_VISITS_REQUEST__INIT;
        request.site_ids = ids;
        for (; request.n_site_ids < SITES_PER_CALL && first + request.n_site_ids < coverage->count;
             request.n_site_ids++)
            ids[request.n_site_ids] = coverage->sites[first + request.n_site_ids].unit->id;
        const Anlan__Tasks__V1__ListVisitsResponse *reply = (const void *)cli_call(
            coverage->cli, CLI_TASKS, INSPECTIONS "ListVisits", &request.base, &coverage->exit_status);
        if (!reply)
            return false;
        for (size_t i = 0; i < reply->n_visits; i++)
            for (size_t s = first; s < first + request.n_site_ids; s++)
                if (strcmp(reply->visits[i]->site_id, coverage->sites[s].unit->id) == 0) {
                    coverage->sites[s].visited_at = reply->visits[i]->visited_at;
                    coverage->sites[s].visits = reply->visits[i]->visits;
                }
    }
    return true;
}

// A place has a regulator where its profile names one, or the responsibility list does for each of its sectors. Where
// nobody has said what sector it is of, nobody can say whose it is.
static bool find_regulator(struct coverage *coverage, struct site *site)
{
    const unit *u = site->unit;
    site->no_regulator = u->n_sectors == 0;
    if (u->profile && u->profile->n_regulator_ids > 0) {
        site->no_regulator = false;
        return true;
    }
    for (size_t i = 0; i < u->n_sectors && !site->no_regulator; i++) {
        Anlan__Organisations__V1__ResolveResponsibilityRequest request =
            ANLAN__ORGANISATIONS__V1__RESOLVE_RESPONSIBILITY_REQUEST__INIT;
        request.unit_id = u->id;
        request.sector = u->sectors[i];
        const Anlan__Organisations__V1__ResolveResponsibilityResponse *reply =
            (const void *)cli_call(coverage->cli, CLI_ORGANISATIONS, RESPONSIBILITIES_SERVICE "ResolveResponsibility",
                                   &request.base, &coverage->exit_status);
        if (!reply)
            return false;
        site->no_regulator = !reply->resolution || !reply->resolution->sector_overseer;
    }
    return true;
}

static bool is_late(const struct coverage *coverage, const struct site *site)
{
    return !site->visited_at || service_time(site->visited_at) < coverage->since;
}

static const char *regulator_of(const struct cli *cli, const struct site *site)
{
    if (!site->no_regulator)
        return "";
    return site->unit->n_sectors == 0 ? SAY("no sector, so none", "行业未确定") : SAY("none named", "未明确");
}

static void show_sites(struct coverage *coverage)
{
    struct cli *cli = coverage->cli;
    const char *const headings[] = {SAY("place", "单位"), SAY("last visit", "最近检查"), SAY("visits", "检查次数"),
                                    SAY("regulator", "主管部门")};
    struct table table;
    table_init(&table, COUNT_OF(headings), headings);
    for (size_t i = 0; i < coverage->count; i++) {
        const struct site *site = &coverage->sites[i];
        if (!is_late(coverage, site) && !site->no_regulator && !cli_option(cli, "all"))
            continue;
        table_add(&table,
                  (const char *const[]){site->unit->name,
                                        site->visited_at ? hazards_show_time(cli, site->visited_at, 10)
                                                         : SAY("never", "从未检查"),
                                        arena_printf(&cli->arena, "%d", (int)site->visits), regulator_of(cli, site)});
    }
    table_print_page(cli, &table, "", (struct cli_text){"No blind spot.", "没有死角。"});
    table_fini(&table);
}

// One figure: the share of places that were visited in time and have a regulator.
static void show_figure(const struct coverage *coverage, long days)
{
    struct cli *cli = coverage->cli;
    size_t never = 0;
    size_t late = 0;
    size_t nobody = 0;
    size_t covered = 0;
    for (size_t i = 0; i < coverage->count; i++) {
        const struct site *site = &coverage->sites[i];
        never += !site->visited_at;
        late += site->visited_at && is_late(coverage, site);
        nobody += site->no_regulator;
        covered += !is_late(coverage, site) && !site->no_regulator;
    }
    double share = coverage->count ? 100.0 * (double)covered / (double)coverage->count : 100.0;
    if (cli->json)
        printf("{\"places\": %zu, \"never\": %zu, \"late\": %zu, \"noRegulator\": %zu, \"covered\": %zu, \"percent\": "
               "%.1f}\n",
               coverage->count, never, late, nobody, covered, share);
    else
        printf(SAY("%zu places: %zu never visited, %zu not within %ld days, %zu without a regulator; covered %.1f%%\n",
                   "共 %zu 处：从未检查 %zu，超过期限未检查 %zu（%ld 日），未明确主管部门 %zu；覆盖率 %.1f%%\n"),
               coverage->count, never, late, days, nobody, share);
}

int coverage_command_show(struct cli *cli)
{
    struct coverage coverage = {.cli = cli, .exit_status = CLI_USAGE};
    const char *given = cli_option(cli, "days");
    const char *top = cli_required(cli, "unit");
    long days = given ? strtol(given, NULL, 10) : DAYS_DEFAULT;
    if (!top)
        return CLI_USAGE;
    if (days < 1 || days > 36500) {
        fprintf(stderr, "anlan: --days: 1 - 36500\n");
        return CLI_USAGE;
    }
    if (!cli_credential(cli) || !(top = cli_unit(cli, top, &coverage.exit_status)))
        return coverage.exit_status;
    coverage.exit_status = CLI_OK;
    coverage.since = clock_now() - days * DAY;
    if (!find_sites(&coverage, top) || !find_visits(&coverage))
        return coverage.exit_status;
    for (size_t i = 0; i < coverage.count; i++)
        if (!find_regulator(&coverage, &coverage.sites[i]))
            return coverage.exit_status;
    if (!cli->json)
        show_sites(&coverage);
    show_figure(&coverage, days);
    return CLI_OK;
}
