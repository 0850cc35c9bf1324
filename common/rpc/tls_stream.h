// SPDX-License-Identifier: Apache-2.0
// A connection over TLS that carries nng's scalability protocol, as nng's own tls+tcp transport speaks it: eight bytes
// of greeting from either side, then messages, each behind its length. The same for servers (tls_link.c) and clients
// (client_tls.c). One thread at a time; nothing here blocks.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/tls.h"

#define GREETING_BYTES 8
#define LENGTH_BYTES 8           // of a message's length, which leads it
#define ROOM_KEPT (64 * 1024)    // bytes of room for what comes, that are always kept
#define ROUTE_END 0x80U          // in the first byte of a message's word that is its id

// What the sides of a request and its reply send first: "SP", then the protocol's number.
extern const uint8_t tls_greeting_req[GREETING_BYTES];
extern const uint8_t tls_greeting_rep[GREETING_BYTES];

struct tls_stream {
    struct crypto_tls *session;
    int descriptor;        // not blocking; -1: closed
    bool held;             // records are gathered only: another thread has the session
    int64_t blocked_at;    // clock_monotonic: since when records wait for the system; 0: none does
    int64_t begun_at;      // since when a message has been coming; 0: none is
    // What has been read and not been used.
    uint8_t *in;
    size_t in_size;
    size_t in_used;
    // Records that wait to be sent; NULL: none. An empty buffer is kept at *spare for whoever writes next.
    uint8_t **spare;
    uint8_t *out;
    size_t out_used;
    size_t out_sent;
};

// Begins on a connected descriptor, which it owns from now on. `host` as for crypto_tls_new. `spare` must outlive it;
// what it holds in the end is freed by whose it is. False where the host is no name, or memory is out: then nothing is
// owned, nor to be freed.
bool tls_stream_open(struct tls_stream *stream, struct crypto_tls_context *context, const char *host, int descriptor,
                     uint8_t **spare);

// Says goodbye as far as the system takes it, and closes the descriptor. Once.
void tls_stream_close(struct tls_stream *stream);

// Frees what it holds; it is closed.
void tls_stream_fini(struct tls_stream *stream);

// Puts data[*done … length) into records and adds to *done. About as many bytes as *most, which are counted down: a
// record that waits must be offered whole again, so all that there is is offered each time. DONE: all of it is in
// records, or *most is used up.
enum crypto_tls_result tls_stream_write(struct tls_stream *stream, const uint8_t *data, size_t length, size_t *done,
                                        size_t *most);

// Sends the records that have been gathered. AGAIN where the system takes no more now.
enum crypto_tls_result tls_stream_flush(struct tls_stream *stream);

// Reads once, behind what is there. *most is counted down by what came.
enum crypto_tls_result tls_stream_read(struct tls_stream *stream, size_t *most);

// The length that the message at the front announces; false while that is not there yet. Lengths that no memory has
// are all SIZE_MAX / 2.
bool tls_stream_length(const struct tls_stream *stream, size_t *length);

// The first `length` bytes of what was read have been used.
void tls_stream_shift(struct tls_stream *stream, size_t length);

// Gives back what a large message needed (more than ROOM_KEPT), where nothing waits.
void tls_stream_spare_room(struct tls_stream *stream);
