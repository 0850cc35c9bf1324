// SPDX-License-Identifier: Apache-2.0
// A service of another instance: how it is reached, and as whom. The directory says where it is; TLS holds it to that
// instance's own authority and id; and for calls there is a token that it gave us, renewed in time by itself.
//
//     peer = service_peer_open(service, &id)         once, and again when service_peer_current says no
//     service_peer_client(peer, name, …)            as often as connections are wanted
//     service_peer_credential(peer, …)               before each call
//     service_peer_refused(peer)                     where a call was answered UNAUTHENTICATED
//
// All of it is thread-safe but open and close. Nothing blocks but close.
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/uuid.h"
#include "rpc/client.h"

struct service;
struct service_peer;

// Prepares to reach an instance; dials nobody yet. NULL with a status where it is not enrolled now, or this service has
// no certificate to show.
struct service_peer *service_peer_open(struct service *service, const struct uuid *id, struct status *status);

// Closes it, behind the clients that were made of it. Accepts NULL.
void service_peer_close(struct service_peer *peer);

// False once its record or our own certificate has changed since: close it and open it anew.
bool service_peer_current(const struct service_peer *peer);

// What people call it.
const char *service_peer_name(const struct service_peer *peer);

// A client of one of its services, for calls or for its feed; the caller closes it before the peer. False with
// UNREACHABLE where the instance has no such service.
bool service_peer_client(struct service_peer *peer, const char *name, bool feed, unsigned lanes,
                         struct rpc_client **client, struct status *status);

// The token, into `arena`. Signs in where there is none or it is about to end: false with a status meanwhile; come
// again.
bool service_peer_credential(struct service_peer *peer, struct arena *arena, struct bytes *token,
                             struct status *status);

// The token was not accepted: the next one is asked for.
void service_peer_refused(struct service_peer *peer);
