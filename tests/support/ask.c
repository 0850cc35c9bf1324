// SPDX-License-Identifier: Apache-2.0
#include "support/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anlan_hazards_v1.policy.h"
#include "anlan_notifications_v1.policy.h"
#include "anlan_organisations_v1.policy.h"
#include "anlan_tasks_v1.policy.h"
#include "base/check.h"
#include "json.h"

#define CALL_MS 20000

static const struct rpc_policy *find_method(const struct rpc_contract *contract, const char *name)
{
    for (size_t i = 0; i < contract->policy_count; i++)
        if (strcmp(contract->policies[i].name, name) == 0)
            return &contract->policies[i];
    return NULL;
}

// The method and the client that calls it; of those whose service runs the first that has it, where none is named
// ("tasks/GetReport").
static const struct rpc_policy *method_named(struct instance *instance, const char *name, struct rpc_client **client)
{
    const struct {
        const char *service;
        const struct rpc_contract *contract;
        struct rpc_client *client;
    } services[] = {{"organisations", &anlan_organisations_v1_contract, instance->units},
                    {"notifications", &anlan_notifications_v1_contract, instance->notices},
                    {"hazards", &anlan_hazards_v1_contract, instance->ledger},
                    {"tasks", &anlan_tasks_v1_contract, instance->work}};
    const char *slash = strchr(name, '/');
    const size_t length = slash ? (size_t)(slash - name) : 0;
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        if (slash && (strncmp(services[i].service, name, length) != 0 || services[i].service[length]))
            continue;
        const struct rpc_policy *policy = find_method(services[i].contract, slash ? slash + 1 : name);
        *client = services[i].client;
        if (policy && *client)
            return policy;
    }
    fail_msg("no method %s", name);
    return NULL;
}

static ProtobufCMessage *read_request(struct instance *instance, const struct rpc_policy *policy, char *text)
{
    struct status status = {0};
    json_error_t error;
    for (char *at = text; *at; at++)
        if (*at == '\'')
            *at = '"';
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        fail_msg("%s: %s", error.text, text);
    if (protobuf_c_message_descriptor_get_field_by_name(policy->request, "request_id") &&
        !json_object_get(json, "requestId"))
        json_object_set_new(json, "requestId", json_string(new_request_id(instance)));
    ProtobufCMessage *request = json_to_message(json, policy->request, &instance->arena, &status);
    json_decref(json);
    if (!request)
        fail_msg("%s: %s: %s", policy->name, status.message, text);
    return request;
}

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

struct bytes reply_bytes(struct instance *instance, const char *reply, const char *path)
{
    const char *text = reply_at(instance, reply, path);
    size_t length = strcspn(text, "=");
    uint8_t *bytes = arena_alloc(&instance->arena, length + 1);
    size_t used = 0;
    unsigned held = 0;
    CHECK(bytes);
    for (size_t i = 0; i < length; i++) {
        CHECK(base64_digit(text[i]) >= 0);
        held = held << 6 | (unsigned)base64_digit(text[i]);
        if (i % 4 != 0)
            bytes[used++] = (uint8_t)(held >> (6 - 2 * (i % 4)));
    }
    return (struct bytes){bytes, used};
}

const char *base64_of(struct instance *instance, struct bytes bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = arena_alloc(&instance->arena, bytes.length * 4 / 3 + 5);
    char *at = text;
    CHECK(text);
    for (size_t i = 0; i < bytes.length; i += 3) {
        size_t left = bytes.length - i < 3 ? bytes.length - i : 3;
        unsigned group = (unsigned)bytes.data[i] << 16 | (left > 1 ? (unsigned)bytes.data[i + 1] << 8 : 0) |
                         (left > 2 ? bytes.data[i + 2] : 0);
        for (size_t d = 0; d < 4; d++)
            *at++ = d <= left ? digits[group >> (18 - 6 * d) & 63] : '=';
    }
    return text;
}

static const char *call(struct instance *instance, struct person person, const char *method, struct status *status,
                        const char *format, va_list arguments)
{
    char text[8192];
    struct rpc_client *client = NULL;
    const struct rpc_policy *policy = method_named(instance, method, &client);
    CHECK(vsnprintf(text, sizeof(text), format, arguments) < (int)sizeof(text));
    *status = (struct status){0};
    const ProtobufCMessage *reply =
        rpc_client_call(client, policy->method, read_request(instance, policy, text), policy->response,
                        person.credential, CALL_MS, &instance->directory_position, &instance->arena, status);
    if (!reply)
        return NULL;
    json_t *json = json_from_message(reply, false);
    char *written = json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER);
    CHECK(written);
    const char *kept = arena_text(&instance->arena, written, strlen(written));
    free(written);
    json_decref(json);
    return kept;
}

const char *ask(struct instance *instance, struct person person, const char *method, struct status *status,
                const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *reply = call(instance, person, method, status, format, arguments);
    va_end(arguments);
    return reply;
}

const char *ask_well(struct instance *instance, struct person person, const char *method, const char *format, ...)
{
    struct status status = {0};
    va_list arguments;
    va_start(arguments, format);
    const char *reply = call(instance, person, method, &status, format, arguments);
    va_end(arguments);
    if (!reply && status.violation_count > 0)
        fail_msg("%s: %s %s", method, status.violations[0].field, status.violations[0].description);
    if (!reply)
        fail_msg("%s: %s: %s", method, status_reason_text(status.reason)->name, status.message);
    return reply;
}

static const json_t *step(const json_t *json, const char *name)
{
    return json_is_array(json) ? json_array_get(json, strtoul(name, NULL, 10)) : json_object_get(json, name);
}

static const char *text_of(struct instance *instance, const json_t *value)
{
    if (json_is_string(value))
        return arena_text(&instance->arena, json_string_value(value), json_string_length(value));
    if (json_is_array(value))
        return arena_printf(&instance->arena, "%zu", json_array_size(value));
    if (json_is_integer(value))
        return arena_printf(&instance->arena, "%lld", (long long)json_integer_value(value));
    return json_is_true(value) ? "true" : "";
}

const char *reply_at(struct instance *instance, const char *reply, const char *path)
{
    char name[64];
    json_t *json = json_loads(reply, 0, NULL);
    const json_t *value = json;
    CHECK(json);
    for (const char *at = path; value && *at;) {
        size_t length = strcspn(at, ".");
        snprintf(name, sizeof(name), "%.*s", (int)length, at);
        value = step(value, name);
        at += length + (at[length] == '.');
    }
    const char *text = value ? text_of(instance, value) : "";
    json_decref(json);
    return text;
}
