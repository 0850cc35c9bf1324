// SPDX-License-Identifier: Apache-2.0
// Any method by its name, with proto3 JSON.
#include <stdlib.h>
#include <string.h>

#include "anlan/rpc/v1/health.pb-c.h"
#include "base/check.h"
#include "commands.h"
#include "json.h"

// A method by "organisations/GetUnit", "hazards.v1.HazardsService/GetHazard" or its full name.
static const struct rpc_policy *find_method(const char *text, size_t *contract_number)
{
    const char *slash = strrchr(text, '/');
    for (size_t c = 0; slash && cli_contracts[c]; c++)
        for (size_t i = 0; i < cli_contracts[c]->policy_count; i++) {
            const struct rpc_policy *policy = &cli_contracts[c]->policies[i];
            size_t length = (size_t)(slash - text);
            bool whole = strcmp(policy->method, text) == 0;
            bool package = strncmp(policy->method + strlen("anlan."), text, length) == 0 &&
                           policy->method[strlen("anlan.") + length] == '.';
            if (whole || (package && strcmp(policy->name, slash + 1) == 0)) {
                *contract_number = c;
                return policy;
            }
        }
    return NULL;
}

static char *read_stdin(struct cli *cli)
{
    size_t used = 0;
    size_t size = 4 * 1024 * 1024;
    char *text = arena_alloc(&cli->arena, size);
    CHECK(text);
    used = fread(text, 1, size - 1, stdin);
    text[used] = '\0';
    return text;
}

// A request without the request_id that it should have gets one.
static void add_request_id(struct cli *cli, const struct rpc_policy *policy, json_t *json)
{
    bool has_field = protobuf_c_message_descriptor_get_field_by_name(policy->request, "request_id") != NULL;
    if (has_field && json_is_object(json) && !json_object_get(json, "requestId") &&
        !json_object_get(json, "request_id"))
        json_object_set_new(json, "requestId", json_string(cli_request_id(cli)));
}

static int call_at(struct cli *cli, struct rpc_client *client, const struct rpc_policy *policy,
                   const ProtobufCMessage *request)
{
    struct status status = {0};
    bool signed_in =
        policy->kind == ANLAN__RPC__V1__METHOD_KIND__METHOD_KIND_LOCAL || policy->anonymous || cli_credential(cli);
    if (!signed_in)
        return CLI_USAGE;
    ProtobufCMessage *reply = rpc_client_call(client, policy->method, request, policy->response, cli->credential,
                                              cli->timeout_ms, &cli->directory_position, &cli->arena, &status);
    if (!reply)
        return cli_tell(cli, &status);
    json_t *json = json_from_message(reply, cli_option(cli, "defaults") != NULL);
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    printf("\n");
    json_decref(json);
    return CLI_OK;
}

static int call_with(struct cli *cli, const struct rpc_policy *policy, size_t contract, const ProtobufCMessage *request)
{
    const char *address = cli_option(cli, "address");
    int exit_status = CLI_OK;
    if (!address) {
        if (contract >= CLI_SERVICES) {
            fputs(
                cli_say(cli, (struct cli_text){"anlan: --address is missing: this method is served by every service\n",
                                               "anlan：缺少 --address：此方法由各服务提供\n"}),
                stderr);
            return CLI_USAGE;
        }
        struct rpc_client *client = cli_client(cli, (enum cli_service)contract);
        return client ? call_at(cli, client, policy, request) : CLI_USAGE;
    }
    struct rpc_client *client = cli_open(cli, address, &exit_status);
    if (client)
        exit_status = call_at(cli, client, policy, request);
    rpc_client_close(client);
    return exit_status;
}

int call_command_call(struct cli *cli)
{
    size_t contract = 0;
    const struct rpc_policy *policy = find_method(cli->arguments[0], &contract);
    if (!policy) {
        fprintf(stderr,
                cli_say(cli, (struct cli_text){"anlan: %s: no such method; anlan methods lists them\n",
                                               "anlan：%s：没有此方法；可用 anlan methods 查看\n"}),
                cli->arguments[0]);
        return CLI_USAGE;
    }
    const char *text = cli->argument_count > 1 ? cli->arguments[1] : "{}";
    json_error_t error;
    json_t *json = json_loads(strcmp(text, "-") == 0 ? read_stdin(cli) : text, JSON_REJECT_DUPLICATES, &error);
    if (!json) {
        fprintf(stderr, "anlan: JSON: %s (%d:%d)\n", error.text, error.line, error.column);
        return CLI_USAGE;
    }
    struct status status = {0};
    add_request_id(cli, policy, json);
    const ProtobufCMessage *request = json_to_message(json, policy->request, &cli->arena, &status);
    json_decref(json);
    if (!request) {
        cli_tell(cli, &status);
        return CLI_USAGE;
    }
    return call_with(cli, policy, contract, request);
}

int call_command_methods(struct cli *cli)
{
    static const char *const kinds[] = {"", "read", "list", "mutation", "local", "work"};
    for (size_t c = 0; cli_contracts[c]; c++)
        for (size_t i = 0; i < cli_contracts[c]->policy_count; i++) {
            const struct rpc_policy *policy = &cli_contracts[c]->policies[i];
            if (cli->argument_count == 0 || strstr(policy->method, cli->arguments[0]))
                printf("%s  %s  %s\n", policy->method, kinds[policy->kind],
                       policy->anonymous ? "(anonymous)"
                       : policy->own     ? "(own)"
                       : policy->inner   ? "(inner)"
                                         : policy->permission);
        }
    return CLI_OK;
}

static int check_health(struct cli *cli, const char *address)
{
    struct status status = {0};
    int exit_status = CLI_OK;
    struct rpc_client *client = cli_open(cli, address, &exit_status);
    if (!client)
        return exit_status;
    Anlan__Rpc__V1__CheckRequest request = ANLAN__RPC__V1__CHECK_REQUEST__INIT;
    const Anlan__Rpc__V1__CheckResponse *answer = (const void *)rpc_client_call(
        client, "anlan.rpc.v1.HealthService/Check", &request.base, &anlan__rpc__v1__check_response__descriptor,
        (struct bytes){0}, cli->timeout_ms, NULL, &cli->arena, &status);
    rpc_client_close(client);
    if (!answer)
        return cli_tell(cli, &status);
    const ProtobufCEnumValue *state =
        protobuf_c_enum_descriptor_get_value(&anlan__rpc__v1__serving_status__descriptor, (int)answer->status);
    bool serving = answer->status == ANLAN__RPC__V1__SERVING_STATUS__SERVING_STATUS_SERVING;
    printf("%s  %s  %s database=%s directory=%lld age_ms=%lld version=%s\n", address,
           state ? state->name + strlen("SERVING_STATUS_") : "?", answer->program, answer->database ? "up" : "down",
           (long long)answer->directory_position, (long long)answer->directory_age_ms, answer->version);
    return serving ? CLI_OK : CLI_FAILED;
}

int call_command_health(struct cli *cli)
{
    int worst = CLI_OK;
    for (size_t i = 0; i < cli->argument_count; i++) {
        int exit_status = check_health(cli, cli->arguments[i]);
        worst = exit_status > worst ? exit_status : worst;
    }
    return worst;
}
