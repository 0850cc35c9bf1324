// SPDX-License-Identifier: Apache-2.0
// Streams: what a reader of a part of the logs pulls (FeedService/PullStream). Not for services.
//
// Which records he may read says one statement under both walls, for a page of the logs as for a snapshot; what he was
// given stands in stream_records, so that what leaves his scope is withdrawn by id and nothing else is ever named. The
// service keeps a stream where its reader is known to be, and behind the page that it served next: whoever comes back
// with the first gets that page anew, whoever comes with the second has it.
#pragma once

#include "crypto/crypto.h"
#include "service/engine.h"
#include "service/stream.pb-c.h"

#define STREAM_PHASE(name) ANLAN__SERVICE__STREAM_PHASE__STREAM_PHASE_##name
#define STREAM_ITEM(name) ANLAN__RPC__V1__STREAM_ITEM_KIND__STREAM_ITEM_KIND_##name

// What a pull of a stream is about; lives in the call's arena.
struct service_stream {
    bool opens;    // it has no cursor yet
    struct uuid id;
    int64_t page;                               // of the cursor
    uint8_t digest[CRYPTO_DIGEST_SIZE];         // … and since it ran, of where the stream is
    bool ran;                                   // it waits: nothing was there
    bool more;                                  // … so far: there is more to be read
    int64_t heads;                              // sum of all positions of the logs then
    uint8_t fingerprint[CRYPTO_DIGEST_SIZE];    // of the scope then
    int64_t held;
    struct service_projection *projection;    // NULL: it has not run yet
    const char *unit_id;
};

// A projection as it was read; lives in the call's arena.
struct service_projection {
    const char *name;
    const char *permission;
    char **shows;
    size_t show_count;
};

// What the caller of a stream may read: the decision, the scope as statements are bound to it, and its fingerprint.
struct service_stream_scope {
    struct access_decision decision;
    struct access_decision bound;
    Anlan__Service__Context context;
    uint8_t fingerprint[CRYPTO_DIGEST_SIZE];
    struct status refused;    // not OK: nothing is within his reach any more
};

// stream_scope.c: decides by a projection, within the stream's unit. Of what lies in no reach any more the scope is
// empty and says why. False with a status: he may not call at all, or memory is out.
bool service_stream_decide(struct service *service, const struct service_job *job,
                           const struct service_projection *projection, struct arena *arena,
                           struct service_stream_scope *scope, struct status *status);

// The pairs of a snapshot as the statement's, confined to the stream's sector. False where the arena is full.
bool service_stream_bind(struct service *service, Anlan__Service__StreamPair *const *pairs, size_t count,
                         const char *sector, struct arena *arena, Anlan__Service__Context *context);

// stream_state.c: cursors. Writing answers NULL where the arena is full; reading is false with CURSOR_INVALID.
char *service_stream_cursor_write(const struct uuid *id, int64_t page, const uint8_t *digest, struct arena *arena);
bool service_stream_cursor_read(const char *text, struct service_stream *stream, struct status *status);

// A state where a stream begins; NULL where the arena is full.
Anlan__Service__StreamState *service_stream_begin(struct arena *arena);
// Adds tenants whose logs the state does not know yet, at position 0; both stand in the order of their ids. False where
// the arena is full.
bool service_stream_merge(Anlan__Service__StreamState *state, char *const *tenants, size_t count, struct arena *arena);
// The position of a tenant's log in a state; NULL where it is not known.
Anlan__Service__StreamPosition *service_stream_position(const Anlan__Service__StreamState *state,
                                                        const char *tenant_id);
// Takes in the scope: what it lost is swept, what it gained is to be delivered. *changed where it was another. False
// where the arena is full.
bool service_stream_rescope(Anlan__Service__StreamState *state, const struct access_decision *bound,
                            struct arena *arena, bool *changed);
// The snapshot of the pending pairs is complete. False where the arena is full.
bool service_stream_settle(Anlan__Service__StreamState *state, struct arena *arena);
// Adds an item to the running digest.
void service_stream_digest(Anlan__Service__StreamState *state, struct bytes item);
// The state as it is stored; no bytes where the arena is full.
struct bytes service_stream_pack(const Anlan__Service__StreamState *state, struct arena *arena);

// stream_item.c: packed items. An empty one where the arena is full.
struct bytes service_stream_marker(Anlan__Rpc__V1__StreamItemKind kind, struct arena *arena);
struct bytes service_stream_withdrawal(const char *tenant_id, const char *record_id, struct arena *arena);
// An entry without what is not this reader's, and with what of its record the projection shows.
struct bytes service_stream_change(const struct service_projection *projection, const struct service_record *record,
                                   const Anlan__Rpc__V1__Entry *entry, struct arena *arena);
// A record of a snapshot, from its packed bytes; tells its key. `home`: the tenant in whose log it stands, "" where the
// record says so itself.
struct bytes service_stream_record(const struct service_projection *projection, const struct service_record *record,
                                   struct bytes packed, const char *home, struct arena *arena, const char **tenant_id,
                                   const char **record_id);

// stream_page.c: makes the next page of a stream, in one transaction. False with a status; otherwise *ready says
// whether the job is to be answered: job->reply then.
bool service_stream_page(struct service_lane *lane, struct service_job *job, struct status *status, bool *ready);

// What a pull answers.
struct service_stream_answer {
    const struct bytes *items;
    size_t count;
    const char *cursor;    // of where it ends
    const uint8_t *digest;
    int64_t held;
    bool caught_up;
};
// stream_lane.c: packs it into the call's arena as the job's reply. False with a status.
bool service_stream_answer(struct service_job *job, const struct service_stream_answer *answer, struct status *status);
