// SPDX-License-Identifier: Apache-2.0
// Commands that are one call of a method: the fields of its request come from the
// options that name them.
#pragma once

#include "base/clock.h"

#include "cli.h"

// Runs cli->command, which names a method. A field is read as its type asks for:
// an enum by its word, a time as RFC 3339 or a date (the end of that day in
// China's time), an id of a unit as a UUID or a division code, a repeated field
// from each time that the option is given. request_id is made; a version that is
// not given is read first. Shows the record of the reply.
int method_command_run(struct cli *cli);

// The request of cli->command, likewise; NULL, told, where an option is no good. A field that repeats a message is read
// from each time that its option is given, as "name=value,name=value".
ProtobufCMessage *method_command_request(struct cli *cli, int *exit_status);

// RFC 3339, or a date: the end of that day in China's time, the whole year round.
bool method_command_time(const char *text, clock_time *time);
