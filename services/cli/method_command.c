// SPDX-License-Identifier: Apache-2.0
#include "method_command.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "json.h"
#include "service/values.h"
#include "words.h"

bool method_command_time(const char *text, clock_time *time)
{
    char full[64];
    if (strlen(text) != strlen("2026-11-30"))
        return clock_parse(text, time);
    snprintf(full, sizeof(full), "%sT23:59:59+08:00", text);
    return clock_parse(full, time);
}

static bool told_bad_value(const struct cli *cli, const char *option, const char *value)
{
    fprintf(stderr, cli_say(cli, (struct cli_text){"anlan: --%s=%s is not valid\n", "anlan：--%s=%s 不是有效取值\n"}),
            option, value);
    return false;
}

// The field that a path names, from a request; its message on the way is made in `json`, which becomes its parent.
static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *descriptor, const char *path,
                                                  json_t **json)
{
    char part[64];
    for (;;) {
        size_t length = strcspn(path, ".");
        snprintf(part, sizeof(part), "%.*s", (int)length, path);
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(descriptor, part);
        CHECK(field);    // a row of the table of commands
        if (path[length] == '\0')
            return field;
        json_t *inner = json_object_get(*json, part);
        if (!inner) {
            inner = json_object();
            json_object_set_new(*json, part, inner);
        }
        *json = inner;
        descriptor = field->descriptor;
        path += length + 1;
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

// A date from which something is, means its beginning.
static bool read_time(const ProtobufCFieldDescriptor *field, const char *value, clock_time *time)
{
    char full[64];
    bool begins = strcmp(field->name, "starts_at") == 0 || strncmp(field->name, "closed_", 7) == 0;
    if (!begins || strlen(value) != strlen("2026-11-30"))
        return method_command_time(value, time);
    snprintf(full, sizeof(full), "%sT00:00:00+08:00", value);
    return clock_parse(full, time);
}

static json_t *read_value(struct cli *cli, const ProtobufCFieldDescriptor *field, const char *option, const char *value,
                          int *exit_status);

// A message as "name=value,name=value". NULL, told, where it is none.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the message
static json_t *read_message(struct cli *cli, const ProtobufCFieldDescriptor *field, const char *option,
                            const char *value, int *exit_status)
{
    json_t *made = json_object();
    char *text = arena_text(&cli->arena, value, strlen(value));
    char *next = NULL;
    for (char *part = text ? strtok_r(text, ",", &next) : NULL; part; part = strtok_r(NULL, ",", &next)) {
        char *equals = strchr(part, '=');
        const ProtobufCFieldDescriptor *inner = NULL;
        if (equals) {
            *equals = '\0';
            inner = protobuf_c_message_descriptor_get_field_by_name(field->descriptor, part);
        }
        json_t *read = inner ? read_value(cli, inner, option, equals + 1, exit_status) : NULL;
        if (!read) {
            if (!inner)
                told_bad_value(cli, option, value);
            *exit_status = CLI_USAGE;
            json_decref(made);
            return NULL;
        }
        json_object_set_new(made, inner->name, read);
    }
    return made;
}

// A value as JSON, by the type of its field. NULL, told, where it is none of that type.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the message
static json_t *read_value(struct cli *cli, const ProtobufCFieldDescriptor *field, const char *option, const char *value,
                          int *exit_status)
{
    int number = 0;
    clock_time time = 0;
    char text[CLOCK_TEXT_SIZE];
    bool names_unit = ends_with(field->name, "unit_id") || ends_with(field->name, "unit_ids") ||
                      ends_with(field->name, "tenant_id") || ends_with(field->name, "site_id") ||
                      strcmp(field->name, "parent_id") == 0;
    if (field->type == PROTOBUF_C_TYPE_STRING && names_unit)
        return (value = cli_unit(cli, value, exit_status)) ? json_string(value) : NULL;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return json_string(value);
    if (field->type == PROTOBUF_C_TYPE_BOOL)
        return json_true();
    if (field->type == PROTOBUF_C_TYPE_ENUM && words_parse(field->descriptor, value, &number))
        return json_integer(number);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && field->descriptor != &google__protobuf__timestamp__descriptor)
        return read_message(cli, field, option, value, exit_status);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && read_time(field, value, &time)) {
        clock_format(time, text);
        return json_string(text);
    }
    char *end = NULL;
    long long integer = strtoll(value, &end, 10);
    if (field->type != PROTOBUF_C_TYPE_ENUM && field->type != PROTOBUF_C_TYPE_MESSAGE && end != value && *end == '\0')
        return json_integer(integer);
    told_bad_value(cli, option, value);
    *exit_status = CLI_USAGE;
    return NULL;
}

static bool add_option(struct cli *cli, const ProtobufCMessageDescriptor *descriptor, json_t *request,
                       const struct cli_option *option, const char *given, int *exit_status)
{
    json_t *parent = request;
    const ProtobufCFieldDescriptor *field = find_field(descriptor, option->field, &parent);
    json_t *value = read_value(cli, field, option->name, given, exit_status);
    if (!value)
        return false;
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return json_object_set_new(parent, field->name, value) == 0;
    json_t *list = json_object_get(parent, field->name);
    if (!list) {
        list = json_array();
        json_object_set_new(parent, field->name, list);
    }
    return json_array_append_new(list, value) == 0;
}

// Options of the command that were given, each time, or stand in the environment.
static bool read_options(struct cli *cli, const ProtobufCMessageDescriptor *descriptor, json_t *request,
                         int *exit_status)
{
    for (size_t o = 0; o < cli->command->option_count; o++) {
        const struct cli_option *option = &cli->command->options[o];
        bool given = false;
        for (size_t i = 0; option->field && i < cli->given_count; i++)
            if (strcmp(cli->given[i].name, option->name) == 0) {
                given = true;
                if (!add_option(cli, descriptor, request, option, cli->given[i].value, exit_status))
                    return false;
            }
        const char *value = option->field && !given ? cli_option(cli, option->name) : NULL;
        if (value && !add_option(cli, descriptor, request, option, value, exit_status))
            return false;
        if (option->required && !given && !value && !cli_required(cli, option->name))
            return false;
    }
    return true;
}

static const ProtobufCMessage *record_of(const ProtobufCMessage *reply)
{
    return service_message_field(reply, reply->descriptor->fields[0].name);
}

// The version that the record has now.
static bool read_version(struct cli *cli, json_t *request, int *exit_status)
{
    struct status status = {0};
    const struct rpc_policy *policy = cli_policy(cli->command->get);
    json_t *question = json_object();
    for (unsigned i = 0; i < policy->request->n_fields; i++) {
        const char *name = policy->request->fields[i].name;
        if (json_object_get(request, name))
            json_object_set(question, name, json_object_get(request, name));
    }
    const ProtobufCMessage *message = json_to_message(question, policy->request, &cli->arena, &status);
    json_decref(question);
    if (!message) {
        *exit_status = cli_tell(cli, &status);
        return false;
    }
    const ProtobufCMessage *reply = cli_call(cli, cli->command->service, cli->command->get, message, exit_status);
    if (!reply)
        return false;
    json_object_set_new(request, "version", json_integer(service_integer(record_of(reply), "version")));
    return true;
}

ProtobufCMessage *method_command_request(struct cli *cli, int *exit_status)
{
    struct status status = {0};
    const ProtobufCMessageDescriptor *descriptor = cli_policy(cli->command->method)->request;
    json_t *json = json_object();
    bool good = read_options(cli, descriptor, json, exit_status);
    if (good && protobuf_c_message_descriptor_get_field_by_name(descriptor, "request_id"))
        json_object_set_new(json, "request_id", json_string(cli_request_id(cli)));
    if (good && cli->command->get && !json_object_get(json, "version"))
        good = read_version(cli, json, exit_status);
    ProtobufCMessage *request = good ? json_to_message(json, descriptor, &cli->arena, &status) : NULL;
    json_decref(json);
    if (good && !request)
        *exit_status = cli_tell(cli, &status);
    return request;
}

int method_command_run(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    const ProtobufCMessage *request = method_command_request(cli, &exit_status);
    const ProtobufCMessage *reply =
        request ? cli_call(cli, cli->command->service, cli->command->method, request, &exit_status) : NULL;
    const ProtobufCMessage *record = reply ? record_of(reply) : NULL;
    if (!record)
        return exit_status;
    if (cli->json)
        cli_print_json(record, true);
    else
        cli->command->show(cli, record);
    return CLI_OK;
}
