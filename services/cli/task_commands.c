// SPDX-License-Identifier: Apache-2.0
#include "task_commands.h"

#include <string.h>

#include "base/check.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "hazards_show.h"
#include "method_command.h"
#include "service/values.h"
#include "table.h"
#include "words.h"

#define NAME_MOST 64

// What is shown to whom.
struct shown {
    struct cli *cli;
};

static const struct {
    const struct task_form *forms;
    const size_t *count;
} pages[] = {{campaign_forms, &campaign_form_count},   {inspection_forms, &inspection_form_count},
             {look_back_forms, &look_back_form_count}, {clock_forms, &clock_form_count},
             {accident_forms, &accident_form_count},   {listing_forms, &listing_form_count},
             {channel_forms, &channel_form_count},     {duty_forms, &duty_form_count}};

static const struct task_form *form_of(const struct cli *cli)
{
    for (size_t p = 0; p < COUNT_OF(pages); p++)
        for (size_t i = 0; i < *pages[p].count; i++)
            if (strcmp(pages[p].forms[i].command, cli->command->name) == 0)
                return &pages[p].forms[i];
    CHECK(false);    // a row of the table of commands
    return NULL;
}

static bool ends_with(const char *text, const char *tail)
{
    size_t length = strlen(text);
    return length >= strlen(tail) && strcmp(text + length - strlen(tail), tail) == 0;
}

// The name of what a field names: a unit, a sector; other texts as they are.
static const char *name_of(struct cli *cli, const char *field, const char *text)
{
    static const char *const units[] = {"unit_id", "unit_ids", "party_ids", "tenant_id", "site_id"};
    if (*text && (ends_with(field, "sector") || ends_with(field, "sectors")))
        return cli_sector_name(cli, text);
    for (size_t i = 0; *text && i < COUNT_OF(units); i++)
        if (ends_with(field, units[i]))
            return cli_unit_name(cli, text);
    return text;
}

static const char *text_of(struct shown *shown, const ProtobufCFieldDescriptor *field, const void *at, size_t length)
{
    struct cli *cli = shown->cli;
    char *text = field->type == PROTOBUF_C_TYPE_STRING ? *(char *const *)at : NULL;
    if (text)
        return name_of(cli, field->name, text);
    if (field->type == PROTOBUF_C_TYPE_ENUM)
        return *(const int *)at ? words_say(cli, field->descriptor, *(const int *)at) : "";
    if (field->type == PROTOBUF_C_TYPE_BOOL)
        return *(const protobuf_c_boolean *)at ? cli_say(cli, (struct cli_text){"yes", "是"}) : "";
    if (field->type == PROTOBUF_C_TYPE_INT32)
        return arena_printf(&cli->arena, "%d", *(const int32_t *)at);
    if (field->type == PROTOBUF_C_TYPE_INT64)
        return arena_printf(&cli->arena, "%lld", (long long)*(const int64_t *)at);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && field->descriptor == &google__protobuf__timestamp__descriptor)
        return hazards_show_time(cli, *(Google__Protobuf__Timestamp *const *)at, length ? length : 16);
    CHECK(false);    // a column of a form has one of these types
    return NULL;
}

static const char *texts_of(struct shown *shown, const ProtobufCMessage *record, const ProtobufCFieldDescriptor *field)
{
    struct arena *arena = &shown->cli->arena;
    size_t count = *(const size_t *)((const char *)record + field->quantifier_offset);
    char *const *texts = *(char *const *const *)((const char *)record + field->offset);
    const char *text = "";
    const int32_t *numbers = *(const int32_t *const *)((const char *)record + field->offset);
    for (size_t i = 0; field->type == PROTOBUF_C_TYPE_INT32 && i < count; i++)
        text = arena_printf(arena, "%s%s%d", text, i ? " " : "", (int)numbers[i]);
    if (field->type == PROTOBUF_C_TYPE_INT32)
        return text;
    if (field->type != PROTOBUF_C_TYPE_STRING)
        return arena_printf(arena, "%zu", count);
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? " " : "", name_of(shown->cli, field->name, texts[i]));
    return text;
}

// The text of a field by its path.
static const char *cell_of(struct shown *shown, const ProtobufCMessage *record, const struct task_column *column)
{
    char name[NAME_MOST];
    const char *path = column->path;
    for (; strchr(path, '.'); path = strchr(path, '.') + 1) {
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, "."), path);
        record = service_message_field(record, name);
        if (!record)
            return "";
    }
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(record->descriptor, path);
    CHECK(field);    // a column of a form
    return field->label == PROTOBUF_C_LABEL_REPEATED
               ? texts_of(shown, record, field)
               : text_of(shown, field, (const char *)record + field->offset, column->length);
}

static void start_table(struct cli *cli, struct table *table, const struct task_column *columns, size_t count)
{
    const char *headings[TABLE_COLUMNS_MOST];
    CHECK(count <= TABLE_COLUMNS_MOST);
    for (size_t i = 0; i < count; i++)
        headings[i] = cli_say(cli, columns[i].heading);
    table_init(table, count, headings);
}

static void add_row(struct shown *shown, struct table *table, const ProtobufCMessage *record,
                    const struct task_column *columns, size_t count)
{
    const char *cells[TABLE_COLUMNS_MOST];
    for (size_t i = 0; i < count; i++)
        cells[i] = cell_of(shown, record, &columns[i]);
    table_add(table, cells);
}

// The messages that a field repeats.
static size_t messages_of(const ProtobufCMessage *message, const char *name, ProtobufCMessage *const **list)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    CHECK(field && field->label == PROTOBUF_C_LABEL_REPEATED && field->type == PROTOBUF_C_TYPE_MESSAGE);
    *list = *(ProtobufCMessage *const *const *)((const char *)message + field->offset);
    return *(const size_t *)((const char *)message + field->quantifier_offset);
}

// The table behind a record.
static void show_part(struct shown *shown, const struct task_form *form, const ProtobufCMessage *record)
{
    struct table table;
    ProtobufCMessage *const *parts = NULL;
    const char *path = form->part;
    for (const char *dot = path ? strchr(path, '.') : NULL; record && dot; dot = strchr(path, '.')) {
        record = service_message_field(record, arena_printf(&shown->cli->arena, "%.*s", (int)(dot - path), path));
        path = dot + 1;
    }
    size_t count = path && record ? messages_of(record, path, &parts) : 0;
    if (count == 0)
        return;
    start_table(shown->cli, &table, form->part_columns, form->part_count);
    for (size_t i = 0; i < count; i++)
        add_row(shown, &table, parts[i], form->part_columns, form->part_count);
    table_write(&table, table_terminal_width(), stdout);
    table_fini(&table);
}

static void show_record(struct shown *shown, const ProtobufCMessage *record)
{
    const struct task_form *form = form_of(shown->cli);
    for (size_t i = 0; i < form->column_count; i++) {
        const char *cell = cell_of(shown, record, &form->columns[i]);
        if (*cell)
            printf("%s: %s\n", cli_say(shown->cli, form->columns[i].heading), cell);
    }
    show_part(shown, form, record);
}

static void set_page(ProtobufCMessage *request, const char *token)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "page_token");
    *(const char **)((char *)request + field->offset) = token;
}

// A list, page by page.
static int run_list(struct shown *shown, ProtobufCMessage *request)
{
    struct cli *cli = shown->cli;
    const struct task_form *form = form_of(cli);
    struct table table;
    int exit_status = CLI_OK;
    const char *token = "";
    const ProtobufCMessage *reply = NULL;
    start_table(cli, &table, form->columns, form->column_count);
    do {
        ProtobufCMessage *const *records = NULL;
        reply = cli_call(cli, cli->command->service, cli->command->method, request, &exit_status);
        if (!reply)
            break;
        size_t count = messages_of(reply, reply->descriptor->fields[0].name, &records);
        for (size_t i = 0; i < count; i++) {
            if (cli->json)
                cli_print_json(records[i], false);
            else
                add_row(shown, &table, records[i], form->columns, form->column_count);
        }
        token = service_text(reply, "next_page_token");
        set_page(request, token);
    } while (*token && cli_option(cli, "all"));
    if (reply && !cli->json)
        table_print_page(cli, &table, token, form->none);
    table_fini(&table);
    return exit_status;
}

int task_command_send(struct cli *cli, const ProtobufCMessage *request)
{
    struct shown shown = {.cli = cli};
    int exit_status = CLI_OK;
    const ProtobufCMessage *reply = cli_call(cli, cli->command->service, cli->command->method, request, &exit_status);
    const ProtobufCMessage *record = reply ? service_message_field(reply, reply->descriptor->fields[0].name) : NULL;
    if (!record)
        return exit_status;
    if (cli->json)
        cli_print_json(record, true);
    else
        show_record(&shown, record);
    return CLI_OK;
}

int task_command_run(struct cli *cli)
{
    struct shown shown = {.cli = cli};
    int exit_status = CLI_USAGE;
    ProtobufCMessage *request = method_command_request(cli, &exit_status);
    if (!request)
        return exit_status;
    if (cli_policy(cli->command->method)->response->fields[0].label == PROTOBUF_C_LABEL_REPEATED)
        return run_list(&shown, request);
    return task_command_send(cli, request);
}
