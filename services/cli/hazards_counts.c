// SPDX-License-Identifier: Apache-2.0
// How many hazards there are. A line of the table is a unit, sector and grade; its columns are the states of hazards,
// their sum, and beside it what is none of this ledger's hazards: those handed over, which count where they go on, and
// leads, which are none yet. Whatever state the contract has is a column.
#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "base/check.h"
#include "commands.h"
#include "hazards_show.h"
#include "table.h"
#include "words.h"

#define METHOD "anlan.hazards.v1.HazardsService/ListHazardCounts"
#define STATES_MOST (TABLE_COLUMNS_MOST - 4)    // besides unit, sector, grade and sum

typedef Anlan__Hazards__V1__ListHazardCountsResponse reply;

static const ProtobufCEnumDescriptor *const states = &anlan__hazards__v1__state__descriptor;

struct line {
    const char *unit_id;    // NULL: there is no line yet
    const char *sector;
    int grade;
    long long counts[STATES_MOST];    // by the place of the state in its enum
};

struct counts {
    struct cli *cli;
    struct table table;
    bool by_unit;
    struct line line;    // the last, which may go on
    struct line sum;
};

static bool is_beside(size_t place)
{
    return states->values[place].value == ANLAN__HAZARDS__V1__STATE__STATE_HANDED_OVER ||
           states->values[place].value == ANLAN__HAZARDS__V1__STATE__STATE_LEAD;
}

// The places of the states in the order of their columns: those of the sum, then the others. Answers how many are in
// it.
static size_t order_states(size_t places[STATES_MOST], size_t *count)
{
    size_t summed = 0;
    *count = 0;
    CHECK(states->n_values <= STATES_MOST && states->values[0].value == 0);
    for (size_t i = 1; i < states->n_values; i++)
        if (!is_beside(i))
            places[(*count)++] = i;
    summed = *count;
    for (size_t i = 1; i < states->n_values; i++)
        if (is_beside(i))
            places[(*count)++] = i;
    return summed;
}

static void start_table(struct counts *counts)
{
    const struct cli *cli = counts->cli;
    const char *headings[TABLE_COLUMNS_MOST];
    size_t places[STATES_MOST];
    size_t used = 0;
    size_t count = 0;
    size_t summed = order_states(places, &count);
    if (counts->by_unit)
        headings[used++] = cli_say(cli, (struct cli_text){"unit", "单位"});
    headings[used++] = cli_say(cli, (struct cli_text){"sector", "行业"});
    headings[used++] = cli_say(cli, (struct cli_text){"grade", "级别"});
    for (size_t i = 0; i < count; i++) {
        headings[used++] = words_say(cli, states, states->values[places[i]].value);
        if (i + 1 == summed)
            headings[used++] = cli_say(cli, (struct cli_text){"all", "合计"});
    }
    table_init(&counts->table, used, headings);
}

static const char *number(struct counts *counts, long long value)
{
    return arena_printf(&counts->cli->arena, "%lld", value);
}

static void add_line(struct counts *counts, const struct line *line)
{
    const char *cells[TABLE_COLUMNS_MOST];
    size_t places[STATES_MOST];
    size_t used = 0;
    size_t count = 0;
    size_t summed = order_states(places, &count);
    long long sum = 0;
    if (counts->by_unit)
        cells[used++] = *line->unit_id ? cli_unit_name(counts->cli, line->unit_id) : "";
    cells[used++] = cli_sector_name(counts->cli, line->sector);
    cells[used++] = line->grade ? words_say(counts->cli, &anlan__hazards__v1__grade__descriptor, line->grade) : "";
    for (size_t i = 0; i < count; i++) {
        long long value = line->counts[places[i]];
        sum += value;
        cells[used++] = value ? number(counts, value) : "";
        if (i + 1 == summed)
            cells[used++] = number(counts, sum);
    }
    table_add(&counts->table, cells);
}

static void take_count(struct counts *counts, const Anlan__Hazards__V1__HazardCount *count)
{
    struct line *line = &counts->line;
    bool same = line->unit_id && strcmp(line->unit_id, count->unit_id) == 0 &&
                strcmp(line->sector, count->sector) == 0 && line->grade == (int)count->grade;
    if (line->unit_id && !same)
        add_line(counts, line);
    if (!same)
        *line = (struct line){.unit_id = count->unit_id, .sector = count->sector, .grade = (int)count->grade};
    for (size_t i = 1; i < states->n_values; i++)
        if (states->values[i].value == (int)count->state) {
            line->counts[i] += count->count;
            counts->sum.counts[i] += count->count;
        }
}

// Prints the table; counts come by unit, sector and grade.
static void print(struct counts *counts)
{
    if (counts->line.unit_id) {
        add_line(counts, &counts->line);
        add_line(counts, &counts->sum);
    }
    table_print_page(counts->cli, &counts->table, "",
                     (struct cli_text){"No hazard within your scope.", "您的权限范围内没有隐患。"});
}

int hazards_command_counts(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    int by = 0;
    struct counts counts = {.cli = cli};
    const char *unit = cli_option(cli, "unit");
    const char *sector = cli_option(cli, "sector");
    Anlan__Hazards__V1__ListHazardCountsRequest request = ANLAN__HAZARDS__V1__LIST_HAZARD_COUNTS_REQUEST__INIT;
    if (!hazards_read_word(cli, "by", &anlan__hazards__v1__count_by__descriptor, &by) ||
        (unit && !(request.unit_id = (char *)cli_unit(cli, unit, &exit_status))))
        return exit_status;
    request.by = (Anlan__Hazards__V1__CountBy)by;
    request.sector = (char *)(sector ? sector : "");
    counts.by_unit = by != 0;
    counts.sum = (struct line){.unit_id = "", .sector = cli_say(cli, (struct cli_text){"all", "合计"})};
    start_table(&counts);
    const reply *page = NULL;
    exit_status = CLI_OK;
    do {
        page = (const void *)cli_call(cli, CLI_HAZARDS, METHOD, &request.base, &exit_status);
        for (size_t i = 0; page && i < page->n_counts; i++) {
            if (cli->json)
                cli_print_json(&page->counts[i]->base, false);
            else
                take_count(&counts, page->counts[i]);
        }
        if (page)
            request.page_token = page->next_page_token;
    } while (page && *request.page_token);
    if (page && !cli->json)
        print(&counts);
    table_fini(&counts.table);
    return exit_status;
}
