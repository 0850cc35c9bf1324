// SPDX-License-Identifier: Apache-2.0
// What a message looks like outside: an event for systems, a mail for people. Pure.
#pragma once

#include "anlan/notifications/v1/endpoint.pb-c.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"

// A CloudEvents 1.0 event in its JSON form: id is the message's, source "urn:uuid:" and its tenant. The same bytes
// whenever the message is sent to the endpoint. False where the arena is full.
bool delivery_compose_event(const Anlan__Notifications__V1__Message *message,
                            const Anlan__Notifications__V1__Endpoint *endpoint, struct arena *arena,
                            struct bytes *event);

// A mail; its Message-ID follows from message and endpoint. False where the arena is full or an address is none.
bool delivery_compose_mail(const Anlan__Notifications__V1__Message *message,
                           const Anlan__Notifications__V1__Endpoint *endpoint, const char *from, struct arena *arena,
                           struct bytes *mail);
