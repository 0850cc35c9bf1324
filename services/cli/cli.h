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
#include "rpc/trace.h"

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
    const char *field;    // path of the request's field that it sets, see method_command.h; or NULL
    bool required;        // … and must be given
};

struct cli;

// A service that commands talk to.
enum cli_service { CLI_ORGANISATIONS, CLI_HAZARDS, CLI_TASKS, CLI_NOTIFICATIONS, CLI_SERVICES };

// A command: a row of a contents page.
struct cli_command {
    const char *name;    // "hazards list"
    const struct cli_option *options;
    size_t option_count;
    const char *arguments;    // "FILE", or NULL: none
    struct cli_text help;
    const char *example;
    int (*run)(struct cli *cli);
    // Of a command that is one call of a method (method_command.h):
    enum cli_service service;
    const char *method;
    const char *get;    // answers the record whose version it names; NULL: it names none
    void (*show)(struct cli *cli, const ProtobufCMessage *record);
};

// A contents page.
struct cli_commands {
    const struct cli_command *rows;
    size_t count;
};

// The options of a command's row.
#define OPTIONS(list) .options = (list), .option_count = COUNT_OF(list)

#define CLI_OPTIONS_MOST 64
#define CLI_ARGUMENTS_MOST 8

// Units whose names were asked for: a list names the same ones again.
#define CLI_NAMES_MOST 2048
struct cli_names {
    const char *ids[CLI_NAMES_MOST];
    const char *names[CLI_NAMES_MOST];
    size_t count;
    bool sectors_asked;
    const ProtobufCMessage *sectors;    // what hazards answers to ListSectors; NULL: nothing
};

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
    struct rpc_trace trace;    // of the command: one, whatever it calls
    struct rpc_tls *tls;       // opened for the first tls+tcp:// address
    struct rpc_client *clients[CLI_SERVICES];
    struct cli_names *names;    // NULL: none was asked for yet
};

// The text in the user's language.
const char *cli_say(const struct cli *cli, struct cli_text text);

// Value of an option, NULL if it was not given (nor by its variable).
const char *cli_option(const struct cli *cli, const char *name);

// As cli_option; where it was not given, says so on stderr and answers NULL.
const char *cli_required(const struct cli *cli, const char *name);

// The token of --token, decoded into cli->credential, or that of the session that
// anlan sign-in keeps, renewed where it is about to expire. False, told on stderr,
// where there is none or it is not base64url.
bool cli_credential(struct cli *cli);

// Opens a client whose calls carry the command's trace. NULL, told in *exit_status and
// on stderr, where an address is malformed, or TLS lacks what it needs.
struct rpc_client *cli_open(struct cli *cli, const char *addresses, int *exit_status);

// The client of a service, opened at its first use. NULL, told, where no address
// was given or it is malformed.
struct rpc_client *cli_client(struct cli *cli, enum cli_service service);

// The client of the feed addresses of a service, as cli_client; the caller closes it.
struct rpc_client *cli_feed_client(struct cli *cli, enum cli_service service);

// The contract's row of a method; it must be one of ours.
const struct rpc_policy *cli_policy(const char *method);

// Writes a record as JSON: over several lines, or on one.
void cli_print_json(const ProtobufCMessage *record, bool indent);

// Calls a method and answers its reply. NULL, told on stderr, where it failed;
// *exit_status says what to end with.
ProtobufCMessage *cli_call(struct cli *cli, enum cli_service service, const char *method,
                           const ProtobufCMessage *request, int *exit_status);

// Tells a failed call on stderr in the user's language; answers the exit status.
int cli_tell(const struct cli *cli, const struct status *status);

// An option's value as the id of a unit: a UUID as it is, a division or credit code by
// asking organisations. NULL, told, where there is none such.
const char *cli_unit(struct cli *cli, const char *value, int *exit_status);

// The name of a unit, asked for once; its id where organisations does not tell.
const char *cli_unit_name(struct cli *cli, const char *id);

// The name of a sector in the user's language; its code where hazards does not tell.
const char *cli_sector_name(struct cli *cli, const char *code);

// A fresh request_id.
char *cli_request_id(struct cli *cli);

// The tables of all contracts, ended by NULL.
extern const struct rpc_contract *const cli_contracts[];

// The descriptor of a message by its full name; NULL if no contract has it.
const ProtobufCMessageDescriptor *cli_descriptor(const char *name);
