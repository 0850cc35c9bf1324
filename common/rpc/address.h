// SPDX-License-Identifier: Apache-2.0
// Addresses that Anlan listens on and dials.
#pragma once

#include <stdbool.h>

#include "base/status.h"

// True for ipc:// with an absolute path that fits a unix socket, and for
// inproc://. There is no plain TCP: a stranger can end such a listener of nng 1.5.2
// for good. False with UNREACHABLE.
bool rpc_address_allowed(const char *address, struct status *status);

// The path of an ipc:// address; NULL for others. Points into it.
const char *rpc_address_path(const char *address);
