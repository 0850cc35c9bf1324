// SPDX-License-Identifier: Apache-2.0
// Import of checklists from CSV, a row for each item; rows of one list and edition stand together. An edition that is
// there stays as it is.
#include <stdlib.h>
#include <string.h>

#include "anlan/tasks/v1/checklists.pb-c.h"
#include "base/check.h"
#include "commands.h"
#include "sheet.h"

#define SERVICE "anlan.tasks.v1.ChecklistsService/"
#define ITEMS_MOST 200

enum { LIST, NAME, SECTOR, EDITION, ITEM, TEXT, BASIS, CHECKED, METHOD, COLUMNS };

static const struct cli_text headings[COLUMNS] = {
    {"list", "检查表"},   {"name", "名称"},      {"sector", "行业领域"}, {"edition", "版本"},    {"item", "序号"},
    {"text", "检查内容"}, {"basis", "检查依据"}, {"checked", "已核对"},  {"method", "检查方法"},
};

static bool same_list(const struct sheet_row *left, const struct sheet_row *right)
{
    return strcmp(sheet_cell(left, LIST), sheet_cell(right, LIST)) == 0 &&
           strcmp(sheet_cell(left, EDITION), sheet_cell(right, EDITION)) == 0;
}

static bool is_yes(const char *text)
{
    return strcmp(text, "yes") == 0 || strcmp(text, "是") == 0;
}

static bool is_no(const char *text)
{
    return strcmp(text, "no") == 0 || strcmp(text, "否") == 0;
}

// What is wrong with an item; its number is its place in the list.
static void check_row(struct sheet_row *row, size_t number)
{
    if (strtoul(sheet_cell(row, ITEM), NULL, 10) != number)
        sheet_reject(row, (struct cli_text){"items are numbered from 1 without a gap", "序号须从 1 起连续"},
                     sheet_cell(row, ITEM));
    if (!is_yes(sheet_cell(row, CHECKED)) && !is_no(sheet_cell(row, CHECKED)))
        sheet_reject(row, (struct cli_text){"checked is yes or no", "已核对须为“是”或“否”"}, sheet_cell(row, CHECKED));
    if (number > ITEMS_MOST)
        sheet_reject(row, (struct cli_text){"a list has at most 200 items", "检查表最多 200 项"}, "");
}

static Anlan__Tasks__V1__ChecklistItem *make_item(struct cli *cli, const struct sheet_row *row)
{
    Anlan__Tasks__V1__ChecklistItem *item = arena_alloc(&cli->arena, sizeof(*item));
    CHECK(item);
    anlan__tasks__v1__checklist_item__init(item);
    item->text = (char *)sheet_cell(row, TEXT);
    item->basis = (char *)sheet_cell(row, BASIS);
    item->basis_checked = is_yes(sheet_cell(row, CHECKED));
    item->method = (char *)sheet_cell(row, METHOD);
    return item;
}

// All rows of a list share its fate.
static void publish(struct cli *cli, const char *unit, struct sheet_row **rows, size_t count)
{
    struct status status = {0};
    Anlan__Tasks__V1__PublishChecklistRequest request = ANLAN__TASKS__V1__PUBLISH_CHECKLIST_REQUEST__INIT;
    request.request_id = cli_request_id(cli);
    request.unit_id = (char *)unit;
    request.sector = (char *)sheet_cell(rows[0], SECTOR);
    request.code = (char *)sheet_cell(rows[0], LIST);
    request.edition = (char *)sheet_cell(rows[0], EDITION);
    request.name = (char *)sheet_cell(rows[0], NAME);
    request.items = arena_array(&cli->arena, count, sizeof(Anlan__Tasks__V1__ChecklistItem *));
    CHECK(request.items);
    for (size_t i = 0; i < count; i++)
        request.items[request.n_items++] = make_item(cli, rows[i]);
    const ProtobufCMessage *reply =
        rpc_client_call(cli_client(cli, CLI_TASKS), SERVICE "PublishChecklist", &request.base,
                        &anlan__tasks__v1__publish_checklist_response__descriptor, cli->credential, cli->timeout_ms,
                        &cli->directory_position, &cli->arena, &status);
    for (size_t i = 0; i < count; i++) {
        rows[i]->created = reply != NULL;
        rows[i]->present = status.reason == REASON(RECORD_EXISTS);
        if (!reply && !rows[i]->present)
            sheet_reject_call(rows[i], &status);
    }
}

static void import_list(struct cli *cli, const char *unit, struct sheet_row **rows, size_t count)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        if (!rows[i]->fault[0])
            check_row(rows[i], i + 1);
        good &= !rows[i]->fault[0];
    }
    for (size_t i = 0; !good && i < count; i++)
        sheet_reject(rows[i], (struct cli_text){"another row of the list is not good", "同一检查表有错误行"}, "");
    if (good && !cli_option(cli, "dry-run"))
        publish(cli, unit, rows, count);
}

int checklists_command_import(struct cli *cli)
{
    static const struct sheet_form form = {headings, COLUMNS, COLUMNS, false};
    struct sheet sheet = {.cli = cli};
    int exit_status = CLI_USAGE;
    const char *unit = cli_required(cli, "unit");
    unit = unit && cli_client(cli, CLI_TASKS) && cli_credential(cli) ? cli_unit(cli, unit, &exit_status) : NULL;
    if (!unit)
        return exit_status;
    if (!sheet_read(&sheet, cli->arguments[0], &form)) {
        sheet_fini(&sheet);
        return CLI_FAILED;
    }
    for (size_t first = 0, next; first < sheet.count; first = next) {
        for (next = first + 1; next < sheet.count && same_list(sheet.rows[first], sheet.rows[next]); next++)
            ;
        import_list(cli, unit, &sheet.rows[first], next - first);
    }
    exit_status = sheet_close(cli, &sheet, cli->arguments[0]);
    sheet_fini(&sheet);
    return exit_status;
}
