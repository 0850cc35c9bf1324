// SPDX-License-Identifier: Apache-2.0
// The session that `anlan sign-in` keeps: a file of mode 0600 below $XDG_STATE_HOME or ~/.local/state, one for each
// address of organisations. What makes this a known device of an account stays when the session ends.
#pragma once

#include "anlan/organisations/v1/sign_in.pb-c.h"
#include "cli.h"

// The session of the given addresses; NULL where there is none. It may be over.
Anlan__Organisations__V1__Session *session_file_read(struct cli *cli, const char *addresses);

// Keeps it, in the place of any other; NULL: none any more. False, told, where it cannot.
bool session_file_write(struct cli *cli, const char *addresses, const Anlan__Organisations__V1__Session *session);

// What an earlier sign-in of an account on this machine has answered; no bytes where there was none.
ProtobufCBinaryData session_file_device(struct cli *cli, const char *addresses, const char *name);
bool session_file_keep_device(struct cli *cli, const char *addresses, const char *name, ProtobufCBinaryData device);

// A token that is good for a while: of the session, renewed where it is about to expire. Of several runs at once only
// one renews. False where there is no session; told where it is over.
bool session_file_token(struct cli *cli, const char *addresses, struct bytes *token);
