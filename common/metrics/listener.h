// SPDX-License-Identifier: Apache-2.0
// Answers GET /metrics over HTTP/1.1, for Prometheus. Plain HTTP without authentication: it belongs on the loopback
// address or a network of the instance's own.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/status.h"

struct metrics_listener;

// Writes all metrics. Runs on the listener's thread, for one request at a time.
typedef void metrics_write(void *user, FILE *out);

// Listens on a thread of its own. `address`: "127.0.0.1:9464", "[::1]:9464", or a port alone for 127.0.0.1. At most 16
// connections, of 10 s each without a word. False with UNREACHABLE where the address is none or is in use.
bool metrics_listen(struct metrics_listener **listener, const char *address, metrics_write *write, void *user,
                    struct status *status);

// Ends it; a request under way is answered first. Accepts NULL.
void metrics_listener_close(struct metrics_listener *listener);
