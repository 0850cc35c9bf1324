// SPDX-License-Identifier: Apache-2.0
// Handshakes of a server, on a thread apart: one costs what many calls do, and those who have been let in do not wait
// for strangers. Who comes in a crowd waits for the crowd.
#pragma once

#include "rpc/tls_link.h"

struct tls_reception;

// Starts the thread; `returned` is called on it when connections may be fetched that were not before. Never NULL.
struct tls_reception *tls_reception_start(void (*returned)(void *user), void *user);

// Hands over a connection whose peer has sent something. Nothing of it is touched until it is fetched again.
void tls_reception_take(struct tls_reception *reception, struct tls_link *link);

// One with which a step was done, the first in first; NULL if there is none.
struct tls_link *tls_reception_fetch(struct tls_reception *reception);

// Ends the thread, after the step that it is at; all connections may be fetched then.
void tls_reception_stop(struct tls_reception *reception);

// Frees one that has been stopped; accepts NULL.
void tls_reception_free(struct tls_reception *reception);
