// SPDX-License-Identifier: Apache-2.0
// Addresses that Anlan listens on and dials.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

// True for ipc:// with an absolute path that fits a unix socket, tls+tcp://HOST:PORT, and
// inproc://. There is no plain TCP: a stranger can end such a listener of nng 1.5.2
// for good. False with UNREACHABLE.
bool rpc_address_allowed(const char *address, struct status *status);

// The path of an ipc:// address; NULL for others. Points into it.
const char *rpc_address_path(const char *address);

// True for tls+tcp://.
bool rpc_address_is_tls(const char *address);

// The host of tls+tcp://HOST:PORT, without the brackets of an IPv6 address. False where it is not such an address, or
// the host does not fit.
bool rpc_address_host(const char *address, char *host, size_t size);
