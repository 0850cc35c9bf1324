// SPDX-License-Identifier: Apache-2.0
// Anlan's client library: calls, and streams of what a client may read.
//
//   pkg-config --cflags --libs anlan
//
// A handle belongs to one thread at a time; several handles may be used by several threads. Nothing here prints;
// nothing but memory that is out, or a fault of the library itself, ends the process. What a function answers with is
// 0, or a code as services answer with (proto/README.md): 3 the request is wrong, 7 not permitted, 8 a limit, 14 not
// now, 15 something was lost, 16 the token is not (any more) good; anlan_error then says more. Requests and replies of
// calls are packed protobuf messages, of any implementation. Since version 1 no function and no field has changed its
// meaning; new fields stand behind the others.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ANLAN_API __attribute__((visibility("default")))
#else
#define ANLAN_API
#endif

// A client of one service, at one or several of its addresses.
typedef struct anlan anlan;

// Opens a client of "tls+tcp://HOST:PORT" or "ipc:///PATH", several separated by commas. For TLS: PEM files of the
// authority that is trusted, of the client's certificate and of its key; NULL without. Dials in the background: a
// service may start later. NULL where an address is malformed or a file is no good; `error` (may be NULL) of `size`
// bytes then says why. anlan_close ends all and frees; it accepts NULL.
ANLAN_API anlan *anlan_open(const char *addresses, const char *ca, const char *certificate, const char *key,
                            char *error, size_t size);
ANLAN_API void anlan_close(anlan *client);

// The token that calls carry from now on, as text (base64url); copied. 3 where it is no such text.
ANLAN_API int anlan_token(anlan *client, const char *token);

// Calls "package.Service/Method" and waits for the answer, at most so many milliseconds (1 to 60,000; what failed on
// the way is tried again meanwhile). *reply is the packed answer and lives until the next call by the handle.
ANLAN_API int anlan_call(anlan *client, const char *method, const void *request, size_t length, int timeout_ms,
                         const void **reply, size_t *reply_length);

// What the last call that failed said, for developers, and its stable reason ("CURSOR_EXPIRED"); "" where none has.
// They live until the next call by the handle.
ANLAN_API const char *anlan_error(const anlan *client);
ANLAN_API const char *anlan_reason(const anlan *client);

// A stream of the records of one type that the client may read.
typedef struct anlan_stream anlan_stream;

// What an item of a stream is.
enum {
    ANLAN_SNAPSHOT = 1,         // a stream begins: what is held goes, unless it comes again before ANLAN_SETTLED
    ANLAN_RECORD = 2,           // a record that is there
    ANLAN_CHANGE = 3,           // a change of a record
    ANLAN_WITHDRAWN = 4,        // a record that is to be dropped
    ANLAN_SCOPE_CHANGED = 5,    // withdrawals and a snapshot of what is new follow, up to ANLAN_SETTLED
    ANLAN_SETTLED = 6,
};

// An item. Texts are UTF-8; all of it lives until the next anlan_stream_next.
typedef struct anlan_item {
    int kind;
    const char *tenant_id;
    const char *record_id;
    const char *record_type;    // full name of the record's message
    int64_t version;
    const char *method;    // of a change: what was done
    int64_t entered_at;    // microseconds since 1970
    const void *record;    // RECORD, CHANGE: the record as it is since, packed
    size_t record_length;
    // Not NULL with the last item of a page: keep it with what the items up to here have done, in one transaction, and
    // begin with it after a restart.
    const char *bookmark;
} anlan_item;

// Begins a stream at a feed address, or goes on from a bookmark. Type of record, projection, unit and sector confine a
// new stream ("" or NULL: not) and are ignored with a bookmark. The client must outlive the stream. NULL, with
// anlan_error, where the bookmark is none, or memory is out. anlan_stream_close frees; it accepts NULL.
ANLAN_API anlan_stream *anlan_stream_open(anlan *client, const char *record_type, const char *projection,
                                          const char *unit_id, const char *sector, const char *bookmark);
ANLAN_API void anlan_stream_close(anlan_stream *stream);

// The next item. Waits at most so many milliseconds (0 to 30,000) for one; item->kind is 0 where none came. 15: an item
// or a page was lost or altered on the way, or the service answers for another stream; nothing of that page is given.
// 11 with the reason CURSOR_EXPIRED: open a new stream without a bookmark; its snapshot replaces what is held. After
// any failure the stream stands where it stood, and may be asked again.
ANLAN_API int anlan_stream_next(anlan_stream *stream, int wait_ms, anlan_item *item);

// How many records are held by whoever has applied all items up to the last bookmark; -1: not known yet.
ANLAN_API int64_t anlan_stream_held(const anlan_stream *stream);

#ifdef __cplusplus
}
#endif
