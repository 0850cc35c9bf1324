// SPDX-License-Identifier: Apache-2.0
// The contract as a running service tells it: nothing here is looked up in the tables that this program was built with.
#include <stdlib.h>
#include <string.h>

#include "anlan/rpc/v1/reflection.pb-c.h"
#include "commands.h"
#include "describe.h"
#include "rpc/wire.h"

static const Anlan__Rpc__V1__GetDescriptorSetResponse *ask(struct cli *cli, struct rpc_client *client, int *exit_status)
{
    struct status status = {0};
    Anlan__Rpc__V1__GetDescriptorSetRequest request = ANLAN__RPC__V1__GET_DESCRIPTOR_SET_REQUEST__INIT;
    const Anlan__Rpc__V1__GetDescriptorSetResponse *answer =
        (const void *)rpc_client_call(client, "anlan.rpc.v1.ReflectionService/GetDescriptorSet", &request.base,
                                      &anlan__rpc__v1__get_descriptor_set_response__descriptor, (struct bytes){0},
                                      cli->timeout_ms, NULL, &cli->arena, &status);
    if (!answer)
        *exit_status = cli_tell(cli, &status);
    return answer;
}

static struct element *read_set(struct cli *cli, const Anlan__Rpc__V1__GetDescriptorSetResponse *answer,
                                int *exit_status)
{
    struct status status = {0};
    struct bytes body = {answer->descriptor_set.data, answer->descriptor_set.len};
    const ProtobufCMessageDescriptor *descriptor = &google__protobuf__file_descriptor_set__descriptor;
    const Google__Protobuf__FileDescriptorSet *set = NULL;
    if (rpc_wire_check(NULL, descriptor, body, body.length, &status))
        set = (const void *)protobuf_c_message_unpack(descriptor, &cli->arena.protobuf, body.length, body.data);
    struct element *all = set ? describe_collect(set, &cli->arena) : NULL;
    if (!all) {
        status_set(&status, REASON(MALFORMED_MESSAGE), "the service's descriptor set cannot be read");
        *exit_status = cli_tell(cli, &status);
    }
    return all;
}

static int print_services(const Anlan__Rpc__V1__GetDescriptorSetResponse *answer, const struct element *all)
{
    for (size_t i = 0; i < answer->n_services; i++) {
        const struct element *service = describe_named(all, ELEMENT_SERVICE, answer->services[i]);
        if (service)
            describe_print_line(service);
        else
            printf("%s\n", answer->services[i]);
    }
    return CLI_OK;
}

static int print_named(const struct cli *cli, const struct element *all, const char *text)
{
    const struct element *element = describe_find(all, text);
    if (!element) {
        fprintf(stderr,
                cli_say(cli, (struct cli_text){"anlan: %s: the service's contract has nothing of this name\n",
                                               "anlan：%s：该服务的契约中没有此名称\n"}),
                text);
        return CLI_FAILED;
    }
    for (; element; element = describe_find(element->next, text))
        describe_print(cli, all, element);
    return CLI_OK;
}

static int save(const struct cli *cli, const Anlan__Rpc__V1__GetDescriptorSetResponse *answer, const char *path)
{
    FILE *file = fopen(path, "wb");
    bool written =
        file && fwrite(answer->descriptor_set.data, 1, answer->descriptor_set.len, file) == answer->descriptor_set.len;
    if ((file && fclose(file) != 0) || !written) {
        fprintf(stderr, cli_say(cli, (struct cli_text){"anlan: %s: cannot be written\n", "anlan：%s：无法写入\n"}),
                path);
        return CLI_FAILED;
    }
    return CLI_OK;
}

// One service's answer to what was asked.
static int describe_at(struct cli *cli, struct rpc_client *client)
{
    int exit_status = CLI_OK;
    const Anlan__Rpc__V1__GetDescriptorSetResponse *answer = ask(cli, client, &exit_status);
    const struct element *all = answer ? read_set(cli, answer, &exit_status) : NULL;
    const char *path = cli_option(cli, "save");
    if (!all)
        return exit_status;
    if (path)
        return save(cli, answer, path);
    return cli->argument_count > 0 ? print_named(cli, all, cli->arguments[0]) : print_services(answer, all);
}

static int describe_service(struct cli *cli, enum cli_service service)
{
    struct rpc_client *client = cli_client(cli, service);
    return client ? describe_at(cli, client) : CLI_USAGE;
}

int describe_command_describe(struct cli *cli)
{
    const char *address = cli_option(cli, "address");
    int exit_status = CLI_OK;
    if (address) {
        struct rpc_client *client = cli_open(cli, address, &exit_status);
        if (client)
            exit_status = describe_at(cli, client);
        rpc_client_close(client);
        return exit_status;
    }
    // Every service tells the whole contract: one is enough, unless it is asked which services there are.
    bool hazards = cli_option(cli, "hazards") != NULL;
    bool organisations = cli_option(cli, "organisations") != NULL || !hazards;
    bool each = cli->argument_count == 0 && !cli_option(cli, "save");
    if (organisations)
        exit_status = describe_service(cli, CLI_ORGANISATIONS);
    if (hazards && exit_status == CLI_OK && (each || !organisations))
        exit_status = describe_service(cli, CLI_HAZARDS);
    return exit_status;
}
