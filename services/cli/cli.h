// SPDX-License-Identifier: Apache-2.0
// What the commands of `anlan` share: options, connections, texts in two languages.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "rpc/client.h"
#include "rpc/policy.h"

// Exit statuses.
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_REJECTS = 3, CLI_UNREACHABLE = 4 };

// A text in both languages.
struct cli_text {
    const char *en;
    const char *zh;
};

// An option of a command, or of all. Flags have no value_name.
struct cli_option {
    const char *name;
    const char *value_name;
    const char *variable;    // environment variable, or NULL
    struct cli_text help;
};

struct cli;

// A command: a row of the contents page in main.c.
struct cli_command {
    const char *name;    // "hazards list"
    const struct cli_option *options;
    size_t option_count;
    const char *arguments;    // "FILE", or NULL: none
    struct cli_text help;
    const char *example;
    int (*run)(struct cli *cli);
};

#define CLI_OPTIONS_MOST 64
#define CLI_ARGUMENTS_MOST 8

// A run of the program.
struct cli {
    const struct cli_command *command;
    struct {
        const char *name;
        const char *value;
    } given[CLI_OPTIONS_MOST];
    size_t given_count;
    const char *arguments[CLI_ARGUMENTS_MOST];
    size_t argument_count;
    bool chinese;
    bool json;
    int timeout_ms;
    struct arena arena;
    struct bytes credential;
    int64_t directory_position;
    struct rpc_client *clients[2];    // organisations, hazards
};

// A service that commands talk to.
enum cli_service { CLI_ORGANISATIONS, CLI_HAZARDS };

// The text in the user's language.
const char *cli_say(const struct cli *cli, struct cli_text text);

// Value of an option, NULL if it was not given (nor by its variable).
const char *cli_option(const struct cli *cli, const char *name);

// As cli_option; where it was not given, says so on stderr and answers NULL.
const char *cli_required(const struct cli *cli, const char *name);

// The token of --token, decoded into cli->credential. False, told on stderr, where
// it is missing or not base64url.
bool cli_credential(struct cli *cli);

// The client of a service, opened at its first use. NULL, told, where no address
// was given or it is malformed.
struct rpc_client *cli_client(struct cli *cli, enum cli_service service);

// Calls a method and answers its reply. NULL, told on stderr, where it failed;
// *exit_status says what to end with.
ProtobufCMessage *cli_call(struct cli *cli, enum cli_service service, const char *method,
                           const ProtobufCMessage *request, int *exit_status);

// Tells a failed call on stderr in the user's language; answers the exit status.
int cli_tell(const struct cli *cli, const struct status *status);

// An option's value as the id of a unit: a UUID as it is, a division or credit code by
// asking organisations. NULL, told, where there is none such.
const char *cli_unit(struct cli *cli, const char *value, int *exit_status);

// A fresh request_id.
char *cli_request_id(struct cli *cli);

// The tables of all contracts, ended by NULL.
extern const struct rpc_contract *const cli_contracts[];

// The descriptor of a message by its full name; NULL if no contract has it.
const ProtobufCMessageDescriptor *cli_descriptor(const char *name);
