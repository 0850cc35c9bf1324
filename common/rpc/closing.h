// SPDX-License-Identifier: Apache-2.0
// nng_close with an end: in 1.5.2 it can wait for ever for a pipe that was cut in
// the middle of a large send.
#pragma once

#include <nng/nng.h>
#include <stdbool.h>

// Closes the socket, waiting at most `timeout_ms`. False where that was not enough:
// what the socket's callbacks use must then live on.
bool rpc_close_within(nng_socket socket, int timeout_ms);
