// SPDX-License-Identifier: Apache-2.0
// Endpoints: what takes more than a call.
#include <stdlib.h>
#include <string.h>

#include "anlan/notifications/v1/endpoint.pb-c.h"
#include "base/uuid.h"
#include "commands.h"
#include "crypto/webhook.h"
#include "method_command.h"

#define SERVICE "anlan.notifications.v1.EndpointService/"

typedef Anlan__Notifications__V1__Endpoint endpoint;

static const endpoint *read_endpoint(struct cli *cli, char *tenant, char *id, int *exit_status)
{
    Anlan__Notifications__V1__GetEndpointRequest request = ANLAN__NOTIFICATIONS__V1__GET_ENDPOINT_REQUEST__INIT;
    request.tenant_id = tenant;
    request.id = id;
    const Anlan__Notifications__V1__GetEndpointResponse *reply =
        (const void *)cli_call(cli, CLI_NOTIFICATIONS, SERVICE "GetEndpoint", &request.base, exit_status);
    return reply ? reply->endpoint : NULL;
}

// What is not given stays.
static void keep(const struct cli *cli, const endpoint *was, Anlan__Notifications__V1__UpdateEndpointRequest *request)
{
    request->version = was->version;
    if (!cli_option(cli, "address"))
        request->address = was->address;
    if (!cli_option(cli, "least-urgency"))
        request->least_urgency = was->least_urgency;
    if (!cli_option(cli, "language"))
        request->language = was->language;
    if (!cli_option(cli, "attempts"))
        request->attempts_most = was->attempts_most;
    if (!cli_option(cli, "first-wait"))
        request->first_wait_seconds = was->first_wait_seconds;
    if (!cli_option(cli, "note") && was->detail)
        request->note = was->detail->note;
    request->below = (was->below || request->below) && !cli_option(cli, "not-below");
}

int channels_command_change(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    Anlan__Notifications__V1__UpdateEndpointRequest *request = (void *)method_command_request(cli, &exit_status);
    if (!request)
        return exit_status;
    const endpoint *was = read_endpoint(cli, request->tenant_id, request->id, &exit_status);
    if (!was)
        return exit_status;
    keep(cli, was, request);
    const Anlan__Notifications__V1__UpdateEndpointResponse *reply =
        (const void *)cli_call(cli, CLI_NOTIFICATIONS, SERVICE "UpdateEndpoint", &request->base, &exit_status);
    if (!reply)
        return exit_status;
    if (cli->json)
        cli_print_json(&reply->endpoint->base, true);
    else
        printf("%s  v%lld  %s  %s%s\n", reply->endpoint->id, (long long)reply->endpoint->version, reply->endpoint->code,
               reply->endpoint->address,
               reply->endpoint->retired ? cli_say(cli, (struct cli_text){"  retired", "  已停用"}) : "");
    return CLI_OK;
}

// The secret follows from the instance's key: nobody needs to be called, and no address answers it.
int channels_command_secret(struct cli *cli)
{
    struct uuid id;
    struct crypto_seal_key *key = NULL;
    const char *text = cli_required(cli, "id");
    const char *keys = text ? cli_required(cli, "keys") : NULL;
    const char *said = cli_option(cli, "number");
    char *end = NULL;
    long number = said ? strtol(said, &end, 10) : 1;
    if (!keys)
        return CLI_USAGE;
    if (!uuid_parse(text, &id) || number < 1 || number > INT32_MAX || (end && *end)) {
        fprintf(stderr, "anlan: --id: UUID; --number: 1 …\n");
        return CLI_USAGE;
    }
    const char *path = arena_printf(&cli->arena, "%s/webhook.key", keys);
    if (!path || !crypto_seal_key_read(path, 1, &key)) {
        fprintf(
            stderr,
            cli_say(cli, (struct cli_text){"anlan: %s: no key that can be read (anlan keys rotate --kind webhook)\n",
                                           "anlan：%s：无法读取密钥（anlan keys rotate --kind webhook）\n"}),
            path ? path : keys);
        return CLI_FAILED;
    }
    const char *secret = crypto_webhook_secret(key, &id, (int32_t)number, &cli->arena);
    crypto_seal_key_free(key);
    printf("%s\n", secret ? secret : "");
    return secret ? CLI_OK : CLI_FAILED;
}
