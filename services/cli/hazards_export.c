// SPDX-License-Identifier: Apache-2.0
// Export of the ledger as CSV, in the eleven columns of the form that offices keep (隐患台账), for spreadsheets: UTF-8
// with a byte order mark, lines that end in CR LF. The service enters each page in the access log. A file that could
// not be finished is removed: half a ledger looks like a whole one.
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "base/check.h"
#include "commands.h"
#include "csv.h"
#include "hazards_show.h"
#include "words.h"

#define METHOD "anlan.hazards.v1.HazardsService/ExportHazards"

#define STATE(name) ANLAN__HAZARDS__V1__STATE__STATE_##name
#define ACTION(name) ANLAN__HAZARDS__V1__ACTION__ACTION_##name

typedef Anlan__Hazards__V1__Hazard hazard;
typedef Anlan__Hazards__V1__Step hazard_step;

static const struct cli_text headings[] = {
    {"no.", "序号"},
    {"found", "检查时间"},
    {"found by", "检查人"},
    {"grade", "隐患类别"},
    {"what is wrong", "存在的问题或隐患"},
    {"measures", "整改措施"},
    {"rectified", "整改完成时间"},
    {"responsible", "责任人"},
    {"re-checked", "复查时间"},
    {"re-checked by", "复查人"},
    {"result", "复查结果"},
};

struct export_run {
    struct cli *cli;
    FILE *file;
    size_t rows;
    bool failed;    // the file cannot be written
};

// A text that a spreadsheet would take for a formula is marked as text.
static void write_cell(FILE *file, const char *text, bool first)
{
    char marked[8192];
    if (!first)
        fputc(',', file);
    if (*text && strchr("=+-@\t\r", *text) && snprintf(marked, sizeof(marked), "'%s", text) < (int)sizeof(marked))
        text = marked;
    csv_write_field(file, text);
}

static void write_row(struct export_run *run, const char *const cells[])
{
    for (size_t i = 0; i < COUNT_OF(headings); i++)
        write_cell(run->file, cells[i], i == 0);
    fputs("\r\n", run->file);
}

// The last re-check (复查): an acceptance or look-back, however it ended. NULL where there was none.
static const hazard_step *last_check(const hazard *h)
{
    for (size_t i = h->life ? h->life->n_steps : 0; i-- > 0;) {
        const hazard_step *step = h->life->steps[i];
        if (step->action == ACTION(ACCEPT) || step->action == ACTION(REFUSE) || step->action == ACTION(CONFIRM) ||
            step->action == ACTION(REBOUND))
            return step;
    }
    return NULL;
}

static const char *measures_of(const hazard *h)
{
    if (h->life && h->life->rectification)
        return h->life->rectification->measures;
    return h->life && h->life->five_items ? h->life->five_items->measures : "";
}

static const char *rectified_at(struct cli *cli, const hazard *h)
{
    const Anlan__Hazards__V1__Rectification *done = h->life ? h->life->rectification : NULL;
    return done && done->reported ? hazards_show_time(cli, done->reported->occurred_at, 16) : "";
}

// What is no hazard, or none of this tenant's any more, says so.
static const char *result_of(const struct cli *cli, const hazard *h, const hazard_step *check)
{
    if (h->state == STATE(LEAD) || h->state == STATE(VOIDED) || h->state == STATE(HANDED_OVER))
        return words_say(cli, &anlan__hazards__v1__state__descriptor, (int)h->state);
    return check ? words_say(cli, &anlan__hazards__v1__action__descriptor, (int)check->action) : "";
}

static void write_hazard(struct export_run *run, const hazard *h)
{
    struct cli *cli = run->cli;
    const hazard_step *check = last_check(h);
    const Anlan__Hazards__V1__Signature *by = check ? check->by : NULL;
    const char *wrong = hazards_show_description(cli, h);
    if (*h->location)
        wrong = arena_printf(&cli->arena, "%s：%s", h->location, wrong);
    const char *const cells[COUNT_OF(headings)] = {
        arena_printf(&cli->arena, "%zu", ++run->rows),
        hazards_show_time(cli, h->occurred_at, 16),
        *h->restricted_to_unit_id ? cli_say(cli, (struct cli_text){"[restricted]", "〔限制查看〕"}) : h->found_by,
        words_say(cli, &anlan__hazards__v1__grade__descriptor, (int)h->grade),
        wrong,
        measures_of(h),
        rectified_at(cli, h),
        h->responsible_person,
        by ? hazards_show_time(cli, by->occurred_at, 16) : "",
        by ? by->person : "",
        result_of(cli, h, check),
    };
    write_row(run, cells);
}

static void show_progress(const struct export_run *run, bool end)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, cli_say(run->cli, (struct cli_text){"\r%zu rows%s", "\r%zu 行%s"}), run->rows, end ? "\n" : "");
}

// All pages, each in memory of its own. False where a call failed, told, or the file cannot be written.
static bool write_pages(struct export_run *run, Anlan__Hazards__V1__ExportHazardsRequest *request, int *exit_status)
{
    char token[513] = "";
    do {
        struct arena kept = run->cli->arena;
        arena_init(&run->cli->arena, 64 * 1024 * 1024);
        request->page_token = token;
        const Anlan__Hazards__V1__ExportHazardsResponse *page =
            (const void *)cli_call(run->cli, CLI_HAZARDS, METHOD, &request->base, exit_status);
        for (size_t i = 0; page && i < page->n_hazards; i++)
            write_hazard(run, page->hazards[i]);
        bool good = page && fflush(run->file) == 0;
        run->failed = page && !good;
        snprintf(token, sizeof(token), "%s", page ? page->next_page_token : "");
        arena_fini(&run->cli->arena);
        run->cli->arena = kept;
        if (!good)
            return false;
        show_progress(run, !*token);
    } while (*token);
    return true;
}

static int told_file(const struct cli *cli, const char *path)
{
    fprintf(stderr, cli_say(cli, (struct cli_text){"anlan: %s: %s\n", "anlan：%s：%s\n"}), path, strerror(errno));
    return CLI_FAILED;
}

// Writes all of it beside the path, and there at last.
static int run_export(struct export_run *run, Anlan__Hazards__V1__ExportHazardsRequest *request, const char *path)
{
    int exit_status = CLI_FAILED;
    const char *texts[COUNT_OF(headings)];
    const char *partial = arena_printf(&run->cli->arena, "%s.partial", path);
    run->file = fopen(partial, "wb");
    if (!run->file)
        return told_file(run->cli, partial);
    for (size_t i = 0; i < COUNT_OF(headings); i++)
        texts[i] = headings[i].zh;    // the form's own, in every language
    fputs("\xef\xbb\xbf", run->file);
    write_row(run, texts);
    bool good = write_pages(run, request, &exit_status);
    bool written = fclose(run->file) == 0 && !run->failed && (!good || rename(partial, path) == 0);
    if (!written)
        exit_status = told_file(run->cli, path);
    if (!good || !written) {
        remove(partial);
        return exit_status;
    }
    printf(cli_say(run->cli, (struct cli_text){"%zu hazards exported to %s\n", "已导出隐患 %zu 条：%s\n"}), run->rows,
           path);
    return CLI_OK;
}

int hazards_command_export(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    struct export_run run = {.cli = cli};
    struct hazards_filters filters;
    Anlan__Hazards__V1__ExportHazardsRequest request = ANLAN__HAZARDS__V1__EXPORT_HAZARDS_REQUEST__INIT;
    request.purpose = (char *)cli_required(cli, "purpose");
    if (!request.purpose || !hazards_filters_read(cli, &filters, &exit_status) || !cli_credential(cli))
        return exit_status;
    if (access(cli->arguments[0], F_OK) == 0) {
        errno = EEXIST;
        return told_file(cli, cli->arguments[0]);
    }
    request.unit_id = filters.unit_id;
    request.sector = filters.sector;
    request.grade = filters.grade;
    request.states = filters.states;
    request.n_states = filters.state_count;
    return run_export(&run, &request, cli->arguments[0]);
}
