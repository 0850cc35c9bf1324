// SPDX-License-Identifier: Apache-2.0
#include "record_commands.h"

#include <stdlib.h>
#include <string.h>

#include "access/conditions.h"
#include "base/check.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "json.h"
#include "table.h"
#include "units.h"

#define NAME_MOST 64

#define CONDITION_WORD(name, en, zh) {#name, {(en), (zh)}},

// Words of enums as people say them; others are shown as their last word.
static const struct {
    const char *name;
    struct cli_text text;
} words[] = {
    {"UNIT_KIND_REGION", {"region", "自治区 / 省"}},
    {"UNIT_KIND_CITY", {"city", "盟 / 市"}},
    {"UNIT_KIND_COUNTY", {"county", "旗 / 县 / 区"}},
    {"UNIT_KIND_TOWNSHIP", {"township", "苏木 / 乡 / 镇 / 街道"}},
    {"UNIT_KIND_DEPARTMENT", {"department", "应急管理局"}},
    {"UNIT_KIND_OFFICE", {"office", "安委办"}},
    {"UNIT_KIND_REGULATOR", {"regulator", "行业主管部门"}},
    {"UNIT_KIND_PARK", {"park", "开发区 / 园区"}},
    {"UNIT_KIND_TEAM", {"team", "专项检查组"}},
    {"UNIT_KIND_ENTERPRISE", {"enterprise", "生产经营单位"}},
    {"UNIT_KIND_PLACE", {"place", "场所"}},
    {"UNIT_KIND_VILLAGE", {"village", "村 / 社区"}},
    {"GRANT_STATE_REQUESTED", {"requested", "待批"}},
    {"GRANT_STATE_APPROVED", {"approved", "已批准"}},
    {"GRANT_STATE_REFUSED", {"refused", "已驳回"}},
    {"GRANT_STATE_REVOKED", {"revoked", "已撤销"}},
    {"GRANT_GROUND_AUTHORISED", {"authorised", "按照授权"}},
    {"GRANT_GROUND_ASSISTING", {"assisting", "协助"}},
    {"GRANT_GROUND_LENDING", {"lending", "代理"}},
    {"GRANT_GROUND_INSPECTION", {"inspection", "延伸检查"}},
    {"GRANT_GROUND_AGENCY_DATA", {"agency data", "部门数据共享"}},
    {"GRANT_GROUND_BREAK_GLASS", {"break glass", "应急提权"}},
    {"GRANT_VERDICT_JUSTIFIED", {"justified", "属实"}},
    {"GRANT_VERDICT_UNJUSTIFIED", {"unjustified", "不当"}},
    {"INSTANCE_KIND_ABOVE", {"above", "上级"}},
    {"INSTANCE_KIND_BELOW", {"below", "下级"}},
    {"INSTANCE_STATE_ENROLLED", {"enrolled", "已接入"}},
    {"INSTANCE_STATE_SUSPENDED", {"suspended", "已暂停"}},
    {"INSTANCE_STATE_ENDED", {"ended", "已终止"}},
    {"ACCOUNT_STATE_ACTIVE", {"active", "有效"}},
    {"ACCOUNT_STATE_DISABLED", {"disabled", "已停用"}},
    ACCESS_CONDITIONS(CONDITION_WORD){"RISK_LEVEL_RED", {"red", "红"}},
    {"RISK_LEVEL_ORANGE", {"orange", "橙"}},
    {"RISK_LEVEL_YELLOW", {"yellow", "黄"}},
    {"RISK_LEVEL_BLUE", {"blue", "蓝"}},
};

// Options that are not named like their field; the first path that the request has is meant.
static const struct {
    const char *option;
    const char *path;
} paths[] = {
    {"unit", "unit_id"},
    {"parent", "parent_id"},
    {"successor", "successor_id"},
    {"merged", "merged_ids"},
    {"sector", "sectors"},
    {"page", "page_token"},
    {"date", "occurred_at"},
    {"retired", "include_retired"},
    {"past", "include_past"},
    {"person", "person_id"},
    {"overseer", "overseer_unit_id"},
    {"leader", "leader_person_id"},
    {"position", "leader_position"},
    {"post", "grantor_post_id"},
    {"to-person", "grantee_person_id"},
    {"to-unit", "grantee_unit_id"},
    {"to-client", "grantee_client_id"},
    {"grantee", "grantee_id"},
    {"grantor", "grantor_person_id"},
    {"permission", "permissions"},
    {"grant", "grant_ids"},
    {"client", "client_id"},
    {"in-sector", "sector"},
    {"from", "starts_at"},
    {"to", "ends_at"},
    {"industry", "profile.industry"},
    {"address", "profile.address"},
    {"regulator", "profile.regulator_ids"},
    {"responsible-person", "profile.responsible_person"},
    {"responsible-phone", "profile.responsible_phone"},
    {"safety-officer", "profile.safety_officer"},
    {"safety-phone", "profile.safety_phone"},
    {"risk", "profile.risk"},
};

static const struct record_form *form_of(const struct cli *cli)
{
    for (size_t i = 0; i < organisations_form_count; i++)
        if (strcmp(organisations_forms[i].command, cli->command->name) == 0)
            return &organisations_forms[i];
    for (size_t i = 0; i < access_form_count; i++)
        if (strcmp(access_forms[i].command, cli->command->name) == 0)
            return &access_forms[i];
    for (size_t i = 0; i < sign_in_form_count; i++)
        if (strcmp(sign_in_forms[i].command, cli->command->name) == 0)
            return &sign_in_forms[i];
    for (size_t i = 0; i < instances_form_count; i++)
        if (strcmp(instances_forms[i].command, cli->command->name) == 0)
            return &instances_forms[i];
    CHECK(false);
    return NULL;
}

static const struct rpc_policy *policy_of(const char *method)
{
    for (const struct rpc_contract *const *contract = cli_contracts; *contract; contract++) {
        const struct rpc_policy *policy = rpc_contract_policy(*contract, method);
        if (policy)
            return policy;
    }
    return NULL;
}

static bool is_time(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->descriptor == &google__protobuf__timestamp__descriptor;
}

// The enum's value whose name ends in the word, whatever its case.
static const char *enum_named(const ProtobufCEnumDescriptor *descriptor, const char *word)
{
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        const char *name = descriptor->values[i].name;
        size_t length = strlen(name);
        size_t tail = strlen(word);
        if (length > tail && name[length - tail - 1] == '_' && strcasecmp(name + length - tail, word) == 0)
            return name;
    }
    return word;    // the reader says what is wrong with it
}

static bool names_unit(const struct cli *cli, const ProtobufCFieldDescriptor *field)
{
    const char *name = field->name;
    if (strcmp(name, "id") == 0)
        return strncmp(form_of(cli)->method, UNITS_SERVICE, strlen(UNITS_SERVICE)) == 0;
    size_t length = strlen(name);
    static const char *const tails[] = {"unit_id", "parent_id", "successor_id", "regulator_ids", "merged_ids"};
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        size_t tail = strlen(tails[i]);
        if (length >= tail && strcmp(name + length - tail, tails[i]) == 0)
            return true;
    }
    return false;
}

// The value of an option as JSON; NULL, told, where it cannot be.
static json_t *value_of(struct cli *cli, const ProtobufCFieldDescriptor *field, const char *text, int *exit_status)
{
    if (field->type == PROTOBUF_C_TYPE_BOOL)
        return json_true();
    if (field->type == PROTOBUF_C_TYPE_ENUM)
        return json_string(enum_named(field->descriptor, text));
    if (is_time(field) && strlen(text) == strlen("2026-11-30"))
        return json_string(arena_printf(&cli->arena, "%sT00:00:00+08:00", text));
    if (names_unit(cli, field) && !(text = cli_unit(cli, text, exit_status)))
        return NULL;
    return json_string(text);
}

// Sets the field of a path, through messages that are made where they are missing.
static bool set_field(struct cli *cli, json_t *json, const ProtobufCMessageDescriptor *message, const char *path,
                      const char *text, int *exit_status)
{
    char name[NAME_MOST];
    size_t length = strcspn(path, ".");
    snprintf(name, sizeof(name), "%.*s", (int)length, path);
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message, name);
    CHECK(field);
    if (path[length] == '.') {
        json_t *inner = json_object_get(json, name);
        if (!inner && json_object_set_new(json, name, inner = json_object()) != 0)
            return false;
        return set_field(cli, inner, field->descriptor, path + length + 1, text, exit_status);
    }
    json_t *value = value_of(cli, field, text, exit_status);
    if (!value)
        return false;
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return json_object_set_new(json, name, value) == 0;
    json_t *array = json_object_get(json, name);
    if (!array && json_object_set_new(json, name, array = json_array()) != 0)
        return false;
    return json_array_append_new(array, value) == 0;
}

static const ProtobufCFieldDescriptor *field_at(const ProtobufCMessageDescriptor *message, const char *path)
{
    char name[NAME_MOST];
    size_t length = strcspn(path, ".");
    snprintf(name, sizeof(name), "%.*s", (int)length, path);
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message, name);
    return field && path[length] == '.' ? field_at(field->descriptor, path + length + 1) : field;
}

// Where an option goes: the field of its own name, or what stands in the table.
static const char *path_of(struct cli *cli, const ProtobufCMessageDescriptor *message, const char *option)
{
    char *name = arena_text(&cli->arena, option, strlen(option));
    for (char *at = name; at && *at; at++)
        if (*at == '-')
            *at = '_';
    if (name && field_at(message, name))
        return name;
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        if (strcmp(paths[i].option, option) == 0 && field_at(message, paths[i].path))
            return paths[i].path;
    CHECK(false);    // an option of the table that goes nowhere
    return NULL;
}

static bool is_own(const struct cli *cli, const char *option)
{
    for (size_t i = 0; i < cli->command->option_count; i++)
        if (strcmp(cli->command->options[i].name, option) == 0)
            return strcmp(option, "all") != 0;
    return false;
}

// What is given of a repeated field replaces all of it.
static void drop_repeated(struct cli *cli, json_t *json, const ProtobufCMessageDescriptor *message)
{
    for (size_t i = 0; i < cli->given_count; i++) {
        if (!is_own(cli, cli->given[i].name))
            continue;
        const char *path = path_of(cli, message, cli->given[i].name);
        const char *dot = strchr(path, '.');
        json_t *holder = json;
        if (dot)
            holder = json_object_get(json, arena_text(&cli->arena, path, (size_t)(dot - path)));
        const ProtobufCFieldDescriptor *field = field_at(message, path);
        if (holder && field && field->label == PROTOBUF_C_LABEL_REPEATED)
            json_object_del(holder, dot ? dot + 1 : path);
    }
}

static bool set_fields(struct cli *cli, json_t *json, const ProtobufCMessageDescriptor *message, int *exit_status)
{
    drop_repeated(cli, json, message);
    for (size_t i = 0; i < cli->given_count; i++)
        if (is_own(cli, cli->given[i].name) &&
            !set_field(cli, json, message, path_of(cli, message, cli->given[i].name), cli->given[i].value, exit_status))
            return false;
    if (protobuf_c_message_descriptor_get_field_by_name(message, "request_id"))
        json_object_set_new(json, "request_id", json_string(cli_request_id(cli)));
    return true;
}

static const ProtobufCFieldDescriptor *record_field(const ProtobufCMessageDescriptor *reply)
{
    for (unsigned i = 0; i < reply->n_fields; i++)
        if (reply->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            return &reply->fields[i];
    return NULL;
}

// The names of fields in JSON, changed to those of the proto file, as options have them; messages likewise.
static json_t *renamed(const json_t *json, const ProtobufCMessageDescriptor *message)
{
    json_t *made = json_object();
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        char name[NAME_MOST];
        char *out = name;
        for (const char *at = field->name; *at && out < name + sizeof(name) - 1; at++) {
            bool join = *at == '_' && at[1];
            at += join;
            *out++ = (char)(join && *at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
        }
        *out = '\0';
        json_t *value = json_object_get(json, name);
        if (json_is_object(value) && !is_time(field))
            json_object_set_new(made, field->name, renamed(value, field->descriptor));
        else if (value)
            json_object_set(made, field->name, value);
    }
    return made;
}

// The record as it is, as far as the request has its fields; an empty request where the form reads none.
static json_t *begin_request(struct cli *cli, const struct rpc_policy *policy, int *exit_status)
{
    const struct record_form *form = form_of(cli);
    const char *id = form->before ? cli_required(cli, "id") : NULL;
    struct status status = {0};
    if (!form->before)
        return json_object();
    if (!id || !(id = cli_unit(cli, id, exit_status)))
        return NULL;
    const struct rpc_policy *read = policy_of(form->before);
    CHECK(read);
    json_t *which = json_pack("{s:s}", "id", id);
    ProtobufCMessage *request = json_to_message(which, read->request, &cli->arena, &status);
    json_decref(which);
    ProtobufCMessage *reply = request ? cli_call(cli, CLI_ORGANISATIONS, form->before, request, exit_status) : NULL;
    if (!reply)
        return NULL;
    json_t *whole = json_from_message(reply, false);
    json_t *record = json_object_get(whole, record_field(reply->descriptor)->name);
    json_t *begun = renamed(record, policy->request);
    json_object_del(begun, "occurred_at");    // when it came to be is not when it changes
    json_decref(whole);
    return begun;
}

static ProtobufCMessage *make_request(struct cli *cli, const struct rpc_policy *policy, int *exit_status)
{
    struct status status = {0};
    json_t *json = begin_request(cli, policy, exit_status);
    if (!json)
        return NULL;
    ProtobufCMessage *request = NULL;
    if (set_fields(cli, json, policy->request, exit_status))
        request = json_to_message(json, policy->request, &cli->arena, &status);
    json_decref(json);
    if (!request && !status_ok(&status)) {
        *exit_status = CLI_USAGE;
        cli_tell(cli, &status);
    }
    return request;
}

static const char *word_of(struct cli *cli, const char *text)
{
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(words[i].name, text) == 0)
            return cli_say(cli, words[i].text);
    return text;
}

// The text of a value by its path; of a list, those of its elements behind one another.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the path
static const char *cell_of(struct cli *cli, const json_t *record, const char *path)
{
    char name[NAME_MOST];
    const json_t *value = record;
    const char *at = path;
    while (value && *at && !json_is_array(value)) {
        size_t length = strcspn(at, ".");
        snprintf(name, sizeof(name), "%.*s", (int)length, at);
        value = json_is_array(value) ? json_array_get(value, strtoul(name, NULL, 10)) : json_object_get(value, name);
        at += length + (at[length] == '.');
    }
    if (json_is_array(value)) {
        const char *text = "";
        for (size_t i = 0; i < json_array_size(value); i++)
            text = arena_printf(&cli->arena, "%s%s%s", text, i ? " " : "", cell_of(cli, json_array_get(value, i), at));
        return text;
    }
    const char *text = json_string_value(value);
    return text ? word_of(cli, arena_text(&cli->arena, text, strlen(text))) : "";
}

// Too much for a table: a record is shown in lines.
static bool is_tall(const struct record_form *form)
{
    return form->column_count > TABLE_COLUMNS_MOST;
}

static void print_lines(struct cli *cli, const struct record_form *form, const json_t *record)
{
    for (size_t i = 0; i < form->column_count; i++) {
        const char *cell = cell_of(cli, record, form->columns[i].path);
        if (*cell)
            printf("%s: %s\n", cli_say(cli, form->columns[i].heading), cell);
    }
}

static void add_record(struct cli *cli, struct table *table, const json_t *record)
{
    const struct record_form *form = form_of(cli);
    const char *cells[TABLE_COLUMNS_MOST];
    if (cli->json) {
        json_dumpf(record, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
        printf("\n");
        return;
    }
    if (is_tall(form)) {
        print_lines(cli, form, record);
        return;
    }
    for (size_t i = 0; i < form->column_count; i++)
        cells[i] = cell_of(cli, record, form->columns[i].path);
    table_add(table, cells);
}

// Shows the records of a reply; answers the token of the next page, "" for none.
static char *show_reply(struct cli *cli, struct table *table, const ProtobufCMessage *reply)
{
    const ProtobufCFieldDescriptor *field = record_field(reply->descriptor);
    json_t *json = json_from_message(reply, false);
    const json_t *records = json_object_get(json, field->name);
    if (field->label != PROTOBUF_C_LABEL_REPEATED && records)
        add_record(cli, table, records);
    for (size_t i = 0; i < json_array_size(records); i++)
        add_record(cli, table, json_array_get(records, i));
    const char *next = json_string_value(json_object_get(json, "nextPageToken"));
    char *token = arena_text(&cli->arena, next ? next : "", next ? strlen(next) : 0);
    json_decref(json);
    return token;
}

static void start_table(struct cli *cli, struct table *table)
{
    const struct record_form *form = form_of(cli);
    const char *headings[TABLE_COLUMNS_MOST];
    size_t count = is_tall(form) ? 1 : form->column_count;
    for (size_t i = 0; i < count; i++)
        headings[i] = cli_say(cli, form->columns[i].heading);
    table_init(table, count, headings);
}

static void set_page(ProtobufCMessage *request, char *token)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "page_token");
    if (field)
        *(char **)((char *)request + field->offset) = token;
}

int record_command_run(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    const struct rpc_policy *policy = policy_of(form_of(cli)->method);
    CHECK(policy);
    ProtobufCMessage *request = make_request(cli, policy, &exit_status);
    if (!request)
        return exit_status;
    struct table table;
    char *token = (char *)"";
    bool shown = false;
    exit_status = CLI_OK;
    start_table(cli, &table);
    do {
        const ProtobufCMessage *reply = cli_call(cli, CLI_ORGANISATIONS, policy->method, request, &exit_status);
        if (!reply)
            break;
        shown = true;
        token = show_reply(cli, &table, reply);
        set_page(request, token);
    } while (*token && cli_option(cli, "all"));
    if (shown && !cli->json && !is_tall(form_of(cli)))
        table_print_page(cli, &table, token,
                         (struct cli_text){"Nothing within your scope.", "您的权限范围内没有记录。"});
    table_fini(&table);
    return exit_status;
}
