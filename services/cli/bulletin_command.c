// SPDX-License-Identifier: Apache-2.0
// The bulletin of a tier's quarter: accidents and deaths first, then hazards, who lags, what is major and open.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "anlan/organisations/v1/organisations.pb-c.h"
#include "anlan/tasks/v1/accidents.pb-c.h"
#include "anlan/tasks/v1/tracking.pb-c.h"
#include "base/check.h"
#include "base/clock.h"
#include "bulletin.h"
#include "commands.h"
#include "hazards_show.h"
#include "service/values.h"
#include "units.h"
#include "words.h"

#define ACCIDENTS "anlan.tasks.v1.AccidentsService/"
#define TRACKING "anlan.tasks.v1.TrackingService/"
#define LAGGING_MOST 20
#define PERIODS 3
#define SAY(en, zh) cli_say(cli, (struct cli_text){(en), (zh)})

typedef Anlan__Tasks__V1__Figure figure;
typedef Anlan__Tasks__V1__ListFiguresResponse figures;

struct period {
    clock_time from;
    clock_time until;
};

// What the bulletin is of.
struct quarter {
    struct cli *cli;
    const char *unit_id;
    struct period periods[PERIODS];    // this one, the one before, the same of the year before
    bool made_up;
    int exit_status;
};

static bool day_of(int year, int month, clock_time *time)
{
    char text[64];
    snprintf(text, sizeof(text), "%04d-%02d-01T00:00:00+08:00", year, month);
    return clock_parse(text, time);
}

static bool set_period(int year, int number, struct period *period)
{
    while (number < 1) {
        number += 4;
        year--;
    }
    int next = number % 4 + 1;
    return day_of(year, 3 * number - 2, &period->from) && day_of(year + (number == 4), 3 * next - 2, &period->until);
}

// "2026Q3".
static bool read_quarter(const char *text, struct quarter *quarter, int *year, int *number)
{
    char rest = '\0';
    return sscanf(text, "%4dQ%1d%c", year, number, &rest) == 2 && *year >= 2000 && *number >= 1 && *number <= 4 &&
           set_period(*year, *number, &quarter->periods[0]) && set_period(*year, *number - 1, &quarter->periods[1]) &&
           set_period(*year - 1, *number, &quarter->periods[2]);
}

// The figures of a period, line by line.
struct lines {
    figure **list;
    size_t count;
};

static bool take_page(struct cli *cli, const figures *page, struct lines *lines)
{
    figure **grown = arena_array(&cli->arena, lines->count + page->n_figures, sizeof(*grown));
    CHECK(grown);
    if (lines->count > 0)
        memcpy(grown, lines->list, lines->count * sizeof(*grown));
    if (page->n_figures > 0)
        memcpy(grown + lines->count, page->figures, page->n_figures * sizeof(*grown));
    lines->list = grown;
    lines->count += page->n_figures;
    return *page->next_page_token != '\0';
}

// All pages: who lags most may stand on the last one.
static bool ask(struct quarter *quarter, const struct period *period, Anlan__Tasks__V1__FiguresBy by,
                struct lines *lines)
{
    struct cli *cli = quarter->cli;
    const figures *page = NULL;
    Anlan__Tasks__V1__ListFiguresRequest request = ANLAN__TASKS__V1__LIST_FIGURES_REQUEST__INIT;
    request.unit_id = (char *)quarter->unit_id;
    request.period_from = service_timestamp(period->from, &cli->arena);
    request.period_until = service_timestamp(period->until, &cli->arena);
    request.by = by;
    *lines = (struct lines){.list = NULL};
    do {
        page = (const void *)cli_call(cli, CLI_TASKS, ACCIDENTS "ListFigures", &request.base, &quarter->exit_status);
        if (!page)
            return false;
        request.page_token = page->next_page_token;
    } while (take_page(cli, page, lines));
    for (size_t i = 0; i < lines->count; i++)
        quarter->made_up |= lines->list[i]->demonstration > 0;
    return true;
}

static const char *number(struct cli *cli, int64_t value)
{
    return arena_printf(&cli->arena, "%lld", (long long)value);
}

static const char *difference(struct cli *cli, int64_t now, int64_t then)
{
    return arena_printf(&cli->arena, "%+lld", (long long)(now - then));
}

static const char *rate(struct cli *cli, int64_t part, int64_t whole)
{
    return whole > 0 ? arena_printf(&cli->arena, "%.1f%%", 100.0 * (double)part / (double)whole) : "—";
}

// A line against the quarter before and the year before.
static void compare(struct cli *cli, struct bulletin_section *section, const char *name, const int64_t values[PERIODS])
{
    bulletin_add(cli, section,
                 (const char *const[]){name, number(cli, values[0]), number(cli, values[1]),
                                       difference(cli, values[0], values[1]), number(cli, values[2]),
                                       difference(cli, values[0], values[2])});
}

#define COMPARE(field, en, zh)                                                                                         \
    compare(cli, section, SAY(en, zh), (const int64_t[PERIODS]){sums[0].field, sums[1].field, sums[2].field})

static struct bulletin_section *begin_comparison(struct cli *cli, struct bulletin *bulletin, const char *title)
{
    const char *const headings[] = {SAY("figure", "指标"),
                                    SAY("this quarter", "本季度"),
                                    SAY("last quarter", "上季度"),
                                    SAY("change", "环比增减"),
                                    SAY("last year", "去年同期"),
                                    SAY("change", "同比增减"),
                                    NULL};
    return bulletin_begin(bulletin, title, headings, "");
}

static void add_accident_figures(struct cli *cli, struct bulletin *bulletin, const figure sums[PERIODS])
{
    struct bulletin_section *section =
        begin_comparison(cli, bulletin, SAY("1. Accidents and deaths", "一、事故和死亡"));
    COMPARE(accidents, "accidents", "事故起数");
    COMPARE(deaths, "dead", "死亡人数");
    COMPARE(hurt, "seriously hurt", "重伤人数");
    COMPARE(loss, "direct loss, yuan", "直接经济损失（元）");
}

static void add_hazard_figures(struct cli *cli, struct bulletin *bulletin, const figure sums[PERIODS])
{
    struct bulletin_section *section = begin_comparison(cli, bulletin, SAY("3. Hazards", "三、隐患排查治理"));
    COMPARE(found, "entered", "登记隐患");
    COMPARE(major, "of them major", "其中重大隐患");
    COMPARE(found_closed, "of them closed by now", "其中已销号");
    COMPARE(closed, "closed in the quarter", "本期销号");
    COMPARE(open, "open now", "目前未销号");
    COMPARE(overdue, "overdue now", "目前逾期");
    COMPARE(rebounds, "come back", "反弹");
    bulletin_add(cli, section,
                 (const char *const[]){SAY("closed of what was entered", "整改率"),
                                       rate(cli, sums[0].found_closed, sums[0].found),
                                       rate(cli, sums[1].found_closed, sums[1].found), "",
                                       rate(cli, sums[2].found_closed, sums[2].found), ""});
}

static bool add_accidents(struct quarter *quarter, struct bulletin *bulletin)
{
    struct cli *cli = quarter->cli;
    const char *const headings[] = {SAY("when", "时间"),       SAY("unit", "单位"),
                                    SAY("sector", "行业领域"), SAY("grade", "事故等级"),
                                    SAY("dead", "死亡"),       SAY("hurt", "重伤"),
                                    SAY("loss", "损失（元）"), SAY("what", "简要情况"),
                                    SAY("source", "信息来源"), NULL};
    struct bulletin_section *section =
        bulletin_begin(bulletin, SAY("2. The accidents", "二、事故情况"), headings, SAY("None.", "本季度无事故。"));
    Anlan__Tasks__V1__ListAccidentsRequest request = ANLAN__TASKS__V1__LIST_ACCIDENTS_REQUEST__INIT;
    request.unit_id = (char *)quarter->unit_id;
    request.page_size = 200;
    request.happened_from = service_timestamp(quarter->periods[0].from, &cli->arena);
    request.happened_until = service_timestamp(quarter->periods[0].until, &cli->arena);
    do {
        const Anlan__Tasks__V1__ListAccidentsResponse *page =
            (const void *)cli_call(cli, CLI_TASKS, ACCIDENTS "ListAccidents", &request.base, &quarter->exit_status);
        if (!page)
            return false;
        for (size_t i = 0; i < page->n_accidents; i++) {
            const Anlan__Tasks__V1__Accident *a = page->accidents[i];
            bulletin_add(
                cli, section,
                (const char *const[]){hazards_show_time(cli, a->occurred_at, 16), cli_unit_name(cli, a->unit_id),
                                      cli_sector_name(cli, a->sector),
                                      words_say(cli, &anlan__tasks__v1__accident_grade__descriptor, (int)a->grade),
                                      number(cli, a->deaths), number(cli, a->hurt), number(cli, a->loss),
                                      a->description, a->source});
        }
        request.page_token = page->next_page_token;
    } while (*request.page_token);
    return true;
}

// Who lags comes first: by what is overdue, then by what is open.
static int compare_lag(const void *left, const void *right)
{
    const figure *l = *(figure *const *)left;
    const figure *r = *(figure *const *)right;
    if (l->overdue != r->overdue)
        return l->overdue < r->overdue ? 1 : -1;
    if (l->open != r->open)
        return l->open < r->open ? 1 : -1;
    return strcmp(l->unit_id, r->unit_id);
}

static bool add_lines(struct quarter *quarter, struct bulletin *bulletin, const char *title, const char *heading,
                      Anlan__Tasks__V1__FiguresBy by, size_t most)
{
    struct cli *cli = quarter->cli;
    const char *const headings[] = {heading,
                                    SAY("entered", "登记"),
                                    SAY("major", "重大"),
                                    SAY("closed", "已销号"),
                                    SAY("rate", "整改率"),
                                    SAY("open now", "未销号"),
                                    SAY("overdue now", "逾期"),
                                    SAY("come back", "反弹"),
                                    SAY("accidents", "事故"),
                                    SAY("dead", "死亡"),
                                    NULL};
    struct lines lines;
    if (!ask(quarter, &quarter->periods[0], by, &lines))
        return false;
    struct bulletin_section *section = bulletin_begin(bulletin, title, headings, SAY("Nothing.", "无。"));
    if (lines.count > 0)
        qsort(lines.list, lines.count, sizeof(*lines.list), compare_lag);
    for (size_t i = 0; i < lines.count && i < most; i++) {
        const figure *f = lines.list[i];
        const char *name = *f->sector ? cli_sector_name(cli, f->sector) : SAY("none named", "（未指明）");
        if (*f->unit_id)
            name = cli_unit_name(cli, f->unit_id);
        bulletin_add(cli, section,
                     (const char *const[]){name, number(cli, f->found), number(cli, f->major),
                                           number(cli, f->found_closed), rate(cli, f->found_closed, f->found),
                                           number(cli, f->open), number(cli, f->overdue), number(cli, f->rebounds),
                                           number(cli, f->accidents), number(cli, f->deaths)});
    }
    return true;
}

static bool add_major(struct quarter *quarter, struct bulletin *bulletin)
{
    struct cli *cli = quarter->cli;
    const char *const headings[] = {SAY("place", "单位"),
                                    SAY("sector", "行业领域"),
                                    SAY("what is wrong", "隐患"),
                                    SAY("responsible", "责任单位"),
                                    SAY("to be done by", "整改期限"),
                                    SAY("state", "状态"),
                                    NULL};
    struct bulletin_section *section = bulletin_begin(
        bulletin, SAY("7. Major hazards that are open", "七、未销号的重大隐患"), headings, SAY("None.", "无。"));
    Anlan__Tasks__V1__ListTrackedHazardsRequest request = ANLAN__TASKS__V1__LIST_TRACKED_HAZARDS_REQUEST__INIT;
    request.unit_id = (char *)quarter->unit_id;
    request.page_size = 200;
    request.major_open = true;
    do {
        const Anlan__Tasks__V1__ListTrackedHazardsResponse *page =
            (const void *)cli_call(cli, CLI_TASKS, TRACKING "ListTrackedHazards", &request.base, &quarter->exit_status);
        if (!page)
            return false;
        for (size_t i = 0; i < page->n_hazards; i++) {
            const Anlan__Tasks__V1__TrackedHazard *h = page->hazards[i];
            bulletin_add(
                cli, section,
                (const char *const[]){cli_unit_name(cli, h->unit_id), cli_sector_name(cli, h->sector), h->description,
                                      *h->responsible_unit_id ? cli_unit_name(cli, h->responsible_unit_id) : "",
                                      hazards_show_time(cli, h->deadline, 10),
                                      words_say(cli, &anlan__hazards__v1__state__descriptor, (int)h->hazard_state)});
        }
        request.page_token = page->next_page_token;
    } while (*request.page_token);
    return true;
}

static bool add_listed(struct quarter *quarter, struct bulletin *bulletin)
{
    struct cli *cli = quarter->cli;
    const char *const headings[] = {SAY("place", "单位"),
                                    SAY("what is wrong", "隐患"),
                                    SAY("listed by", "挂牌单位"),
                                    SAY("until", "督办期限"),
                                    SAY("state", "状态"),
                                    SAY("supervision", "督办情况"),
                                    NULL};
    struct bulletin_section *section = bulletin_begin(
        bulletin, SAY("8. Hazards listed for supervision", "八、挂牌督办的隐患"), headings, SAY("None.", "无。"));
    Anlan__Hazards__V1__ListHazardsRequest request = ANLAN__HAZARDS__V1__LIST_HAZARDS_REQUEST__INIT;
    request.unit_id = (char *)quarter->unit_id;
    request.page_size = 200;
    request.listed = true;
    do {
        const Anlan__Hazards__V1__ListHazardsResponse *page = (const void *)cli_call(
            cli, CLI_HAZARDS, "anlan.hazards.v1.HazardsService/ListHazards", &request.base, &quarter->exit_status);
        if (!page)
            return false;
        for (size_t i = 0; i < page->n_hazards; i++) {
            const Anlan__Hazards__V1__Hazard *h = page->hazards[i];
            bulletin_add(
                cli, section,
                (const char *const[]){cli_unit_name(cli, h->unit_id), hazards_show_description(cli, h), h->listed_by,
                                      hazards_show_time(cli, h->listed_until, 10),
                                      words_say(cli, &anlan__hazards__v1__state__descriptor, (int)h->state),
                                      words_say(cli, &anlan__hazards__v1__listing_state__descriptor, (int)h->listing)});
        }
        request.page_token = page->next_page_token;
    } while (*request.page_token);
    return true;
}

static bool gather(struct quarter *quarter, struct bulletin *bulletin)
{
    struct cli *cli = quarter->cli;
    figure sums[PERIODS];
    for (size_t p = 0; p < PERIODS; p++) {
        struct lines lines;
        if (!ask(quarter, &quarter->periods[p], ANLAN__TASKS__V1__FIGURES_BY__FIGURES_BY_UNSPECIFIED, &lines))
            return false;
        anlan__tasks__v1__figure__init(&sums[p]);
        if (lines.count > 0)
            sums[p] = *lines.list[0];
    }
    add_accident_figures(cli, bulletin, sums);
    if (!add_accidents(quarter, bulletin))
        return false;
    add_hazard_figures(cli, bulletin, sums);
    return add_lines(quarter, bulletin, SAY("4. Townships, who lags first", "四、各乡镇（滞后在前）"),
                     SAY("township", "乡镇"), ANLAN__TASKS__V1__FIGURES_BY__FIGURES_BY_TOWNSHIP, 500) &&
           add_lines(quarter, bulletin, SAY("5. Responsible units that lag", "五、整改滞后的责任单位"),
                     SAY("unit", "责任单位"), ANLAN__TASKS__V1__FIGURES_BY__FIGURES_BY_RESPONSIBLE_UNIT,
                     LAGGING_MOST) &&
           add_lines(quarter, bulletin, SAY("6. Sectors", "六、行业领域"), SAY("sector", "行业领域"),
                     ANLAN__TASKS__V1__FIGURES_BY__FIGURES_BY_SECTOR, 500) &&
           add_major(quarter, bulletin) && add_listed(quarter, bulletin);
}

static void name_bulletin(struct quarter *quarter, struct bulletin *bulletin, int year, int of)
{
    struct cli *cli = quarter->cli;
    char now[CLOCK_TEXT_SIZE];
    const char *unit = cli_unit_name(cli, quarter->unit_id);
    clock_format(clock_now() + 8 * 3600 * CLOCK_SECOND, now);
    bulletin->title = cli->chinese ? arena_printf(&cli->arena, "%s%d年第%d季度安全生产情况通报", unit, year, of)
                                   : arena_printf(&cli->arena, "%s: work safety, quarter %d of %d", unit, of, year);
    bulletin->subtitle =
        arena_printf(&cli->arena, SAY("first form, figures as of %.10s", "（初稿）数据截至 %.10s"), now);
    if (quarter->made_up || cli_option(cli, "demonstration"))
        bulletin->mark = SAY("DEMONSTRATION DATA — not a real bulletin", "演示数据，非正式通报");
}

int bulletin_command_write(struct cli *cli)
{
    struct quarter quarter = {.cli = cli, .exit_status = CLI_USAGE};
    struct bulletin bulletin = {0};
    int year = 0;
    int of = 0;
    const char *html = cli_option(cli, "html");
    const char *xlsx = cli_option(cli, "xlsx");
    const char *unit = cli_required(cli, "unit");
    const char *text = unit ? cli_required(cli, "quarter") : NULL;
    if (!text)
        return CLI_USAGE;
    if (!read_quarter(text, &quarter, &year, &of) || (!html && !xlsx)) {
        fputs(SAY("anlan: --quarter is as 2026Q3, and --html or --xlsx is needed\n",
                  "anlan：--quarter 形如 2026Q3，且须给出 --html 或 --xlsx\n"),
              stderr);
        return CLI_USAGE;
    }
    if (!cli_credential(cli) || !(quarter.unit_id = cli_unit(cli, unit, &quarter.exit_status)))
        return quarter.exit_status;
    quarter.exit_status = CLI_OK;
    if (!gather(&quarter, &bulletin))
        return quarter.exit_status;
    name_bulletin(&quarter, &bulletin, year, of);
    bool written =
        (!html || bulletin_write_html(cli, &bulletin, html)) && (!xlsx || bulletin_write_xlsx(cli, &bulletin, xlsx));
    for (size_t i = 0; written && i < bulletin.count; i++)
        printf("%s: %zu\n", bulletin.sections[i].title, bulletin.sections[i].rows);
    return written ? CLI_OK : CLI_FAILED;
}

struct bulletin_section *bulletin_begin(struct bulletin *bulletin, const char *title, const char *const *headings,
                                        const char *none)
{
    CHECK(bulletin->count < BULLETIN_SECTIONS_MOST);
    struct bulletin_section *section = &bulletin->sections[bulletin->count++];
    *section = (struct bulletin_section){.title = title, .none = none};
    for (; headings[section->columns]; section->columns++) {
        CHECK(section->columns < BULLETIN_COLUMNS_MOST);
        section->headings[section->columns] = headings[section->columns];
    }
    return section;
}

void bulletin_add(struct cli *cli, struct bulletin_section *section, const char *const *cells)
{
    if (section->rows == section->room) {
        size_t room = section->room ? 2 * section->room : 16;
        const char **grown = arena_array(&cli->arena, room * section->columns, sizeof(char *));
        CHECK(grown);
        if (section->rows > 0)
            memcpy(grown, section->cells, section->rows * section->columns * sizeof(char *));
        section->cells = grown;
        section->room = room;
    }
    memcpy(&section->cells[section->rows++ * section->columns], cells, section->columns * sizeof(char *));
}
