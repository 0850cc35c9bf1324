// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "anlan/organisations/v1/organisations.pb-c.h"
#include "anlan_hazards_v1.policy.h"
#include "anlan_notifications_v1.policy.h"
#include "anlan_organisations_v1.policy.h"
#include "anlan_rpc_v1.policy.h"
#include "anlan_tasks_v1.policy.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"
#include "json.h"
#include "rpc/codes.h"
#include "session_file.h"

const struct rpc_contract *const cli_contracts[] = {&anlan_organisations_v1_contract, &anlan_hazards_v1_contract,
                                                    &anlan_tasks_v1_contract,         &anlan_notifications_v1_contract,
                                                    &anlan_rpc_v1_contract,           NULL};

const ProtobufCMessageDescriptor *cli_descriptor(const char *name)
{
    for (const struct rpc_contract *const *contract = cli_contracts; *contract; contract++)
        for (size_t i = 0; i < (*contract)->message_count; i++)
            if (strcmp((*contract)->messages[i]->name, name) == 0)
                return (*contract)->messages[i];
    return NULL;
}

const char *cli_say(const struct cli *cli, struct cli_text text)
{
    return cli->chinese ? text.zh : text.en;
}

static const char *variable_of(const struct cli_command *command, const char *name)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (strcmp(command->options[i].name, name) == 0)
            return command->options[i].variable;
    static const struct {
        const char *name;
        const char *variable;
    } shared[] = {
        {"token", "ANLAN_TOKEN"},     {"organisations", "ANLAN_ORGANISATIONS"},     {"hazards", "ANLAN_HAZARDS"},
        {"tasks", "ANLAN_TASKS"},     {"notifications", "ANLAN_NOTIFICATIONS"},     {"tls-ca", "ANLAN_TLS_CA"},
        {"tls-crl", "ANLAN_TLS_CRL"}, {"tls-certificate", "ANLAN_TLS_CERTIFICATE"}, {"tls-key", "ANLAN_TLS_KEY"},
    };
    for (size_t i = 0; i < COUNT_OF(shared); i++)
        if (strcmp(shared[i].name, name) == 0)
            return shared[i].variable;
    return NULL;
}

const char *cli_option(const struct cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].name, name) == 0)
            return cli->given[i].value;
    const char *variable = variable_of(cli->command, name);
    const char *value = variable ? getenv(variable) : NULL;
    return value && *value ? value : NULL;
}

const char *cli_required(const struct cli *cli, const char *name)
{
    const char *value = cli_option(cli, name);
    if (!value)
        fprintf(stderr, cli_say(cli, (struct cli_text){"anlan: --%s is missing\n", "anlan：缺少选项 --%s\n"}), name);
    return value;
}

// Reads a token from a file: @FILE.
static char *token_file(struct cli *cli, const char *path)
{
    char text[8192];
    FILE *file = fopen(path, "r");
    bool read = file && fgets(text, sizeof(text), file);
    if (file)
        fclose(file);
    if (!read)
        return NULL;
    return arena_text(&cli->arena, text, strcspn(text, "\r\n"));
}

bool cli_credential(struct cli *cli)
{
    if (cli->credential.length > 0)
        return true;
    const char *addresses = cli_option(cli, "organisations");
    if (!cli_option(cli, "token") && addresses && session_file_token(cli, addresses, &cli->credential))
        return true;
    const char *text = cli_option(cli, "token");
    if (!text)
        fputs(cli_say(cli, (struct cli_text){"anlan: not signed in: anlan sign-in, or --token\n",
                                             "anlan：尚未登录：请运行 anlan sign-in，或给出 --token\n"}),
              stderr);
    if (text && *text == '@')
        text = token_file(cli, text + 1);
    if (!text)
        return false;
    size_t size = strlen(text) + 1;
    uint8_t *bytes = arena_alloc(&cli->arena, size);
    CHECK(bytes);
    if (!text_base64url_parse(text, bytes, size, &cli->credential.length) || cli->credential.length == 0) {
        fputs(cli_say(cli, (struct cli_text){"anlan: --token is not a token\n", "anlan：--token 不是令牌\n"}), stderr);
        return false;
    }
    cli->credential.data = bytes;
    return true;
}

// What tls+tcp:// addresses need, once. False with a status.
static bool open_tls(struct cli *cli, struct status *status)
{
    struct rpc_tls_options options;
    if (cli->tls)
        return true;
    rpc_tls_options_init(&options);
    options.files = (struct crypto_tls_files){.ca = cli_option(cli, "tls-ca"),
                                              .crl = cli_option(cli, "tls-crl"),
                                              .certificate = cli_option(cli, "tls-certificate"),
                                              .key = cli_option(cli, "tls-key")};
    if (!options.files.ca)
        return status_set(status, REASON(UNREACHABLE), "tls+tcp:// needs --tls-ca, --tls-certificate and --tls-key");
    return rpc_tls_open(&cli->tls, &options, status);
}

struct rpc_client *cli_open(struct cli *cli, const char *addresses, int *exit_status)
{
    char traceparent[RPC_TRACEPARENT_SIZE];
    struct status status = {0};
    struct rpc_client *client = NULL;
    struct rpc_client_options options;
    rpc_trace_format(&cli->trace, traceparent);
    rpc_client_options_init(&options, addresses);
    options.traceparent = traceparent;
    if (strstr(addresses, "tls+tcp://") && !open_tls(cli, &status)) {
        *exit_status = cli_tell(cli, &status);
        return NULL;
    }
    options.tls = cli->tls;
    if (!rpc_client_open(&client, &options, &status))
        *exit_status = cli_tell(cli, &status);
    return client;
}

static const char *const names[CLI_SERVICES] = {"organisations", "hazards", "tasks", "notifications"};

struct rpc_client *cli_feed_client(struct cli *cli, enum cli_service service)
{
    int ignored = 0;
    const char *addresses = cli_required(cli, arena_printf(&cli->arena, "%s-feed", names[service]));
    return addresses ? cli_open(cli, addresses, &ignored) : NULL;
}

struct rpc_client *cli_client(struct cli *cli, enum cli_service service)
{
    if (cli->clients[service])
        return cli->clients[service];
    const char *addresses = cli_required(cli, names[service]);
    if (!addresses)
        return NULL;
    int ignored = 0;
    cli->clients[service] = cli_open(cli, addresses, &ignored);
    return cli->clients[service];
}

int cli_tell(const struct cli *cli, const struct status *status)
{
    const struct status_reason_text *text = status_reason_text(status->reason);
    fprintf(stderr, "anlan: %s [%s %s] %s\n", cli->chinese ? text->zh : text->en, status_code_name(status->code),
            text->name, status->message);
    for (size_t i = 0; i < status->violation_count; i++)
        fprintf(stderr, "  %s: %s\n", status->violations[i].field, status->violations[i].description);
    if (status->code == CODE(UNKNOWN) || status->code == CODE(INTERNAL) || status->code == CODE(UNAVAILABLE) ||
        status->code == CODE(DATA_LOSS))
        fprintf(stderr,
                cli_say(cli, (struct cli_text){"  trace %s: the services' logs name it\n",
                                               "  追踪号 %s：可据此查服务日志\n"}),
                cli->trace.trace_id);
    return status->code == CODE(UNAVAILABLE) ? CLI_UNREACHABLE : CLI_FAILED;
}

const struct rpc_policy *cli_policy(const char *method)
{
    const struct rpc_policy *policy = NULL;
    for (const struct rpc_contract *const *contract = cli_contracts; *contract && !policy; contract++)
        policy = rpc_contract_policy(*contract, method);
    CHECK(policy);
    return policy;
}

void cli_print_json(const ProtobufCMessage *record, bool indent)
{
    json_t *json = json_from_message(record, false);
    json_dumpf(json, stdout, (indent ? JSON_INDENT(2) : JSON_COMPACT) | JSON_PRESERVE_ORDER);
    printf("\n");
    json_decref(json);
}

ProtobufCMessage *cli_call(struct cli *cli, enum cli_service service, const char *method,
                           const ProtobufCMessage *request, int *exit_status)
{
    const struct rpc_policy *policy = cli_policy(method);
    struct rpc_client *client = cli_client(cli, service);
    if (!client || (!policy->anonymous && !cli_credential(cli))) {
        *exit_status = CLI_USAGE;
        return NULL;
    }
    struct status status = {0};
    struct bytes credential = policy->anonymous ? (struct bytes){0} : cli->credential;
    ProtobufCMessage *reply = rpc_client_call(client, method, request, policy->response, credential, cli->timeout_ms,
                                              &cli->directory_position, &cli->arena, &status);
    if (!reply)
        *exit_status = cli_tell(cli, &status);
    return reply;
}

const char *cli_unit(struct cli *cli, const char *value, int *exit_status)
{
    struct uuid id;
    if (uuid_parse(value, &id))
        return value;
    Anlan__Organisations__V1__GetUnitRequest request = ANLAN__ORGANISATIONS__V1__GET_UNIT_REQUEST__INIT;
    if (rpc_code_credit(value)) {
        request.by_case = ANLAN__ORGANISATIONS__V1__GET_UNIT_REQUEST__BY_CREDIT_CODE;
        request.credit_code = (char *)value;
    } else {
        request.by_case = ANLAN__ORGANISATIONS__V1__GET_UNIT_REQUEST__BY_CODE;
        request.code = (char *)value;
    }
    const Anlan__Organisations__V1__GetUnitResponse *reply = (const void *)cli_call(
        cli, CLI_ORGANISATIONS, "anlan.organisations.v1.OrganisationsService/GetUnit", &request.base, exit_status);
    return reply && reply->unit ? reply->unit->id : NULL;
}

char *cli_request_id(struct cli *cli)
{
    char text[UUID_TEXT_SIZE];
    struct uuid id = uuid_make(clock_now());
    uuid_format(&id, text);
    return arena_text(&cli->arena, text, sizeof(text) - 1);
}
