// SPDX-License-Identifier: Apache-2.0
// Every limit, in one place, each with its reason.
#pragma once

// row(name, value, unit, reason)
// clang-format off
#define LIMITS(row) \
    row(MESSAGE_BYTES, 4 * 1024 * 1024, "bytes", "a message of nng, either way: a page of 200 records is under 1 MiB") \
    row(CALLS_PER_MESSAGE, 256, "calls", "calls that travel in one message") \
    row(CALL_ARENA_BYTES, 16 * 1024 * 1024, "bytes", "memory of one call: protobuf-c swells a message up to 64 times") \
    row(CALL_TIMEOUT_DEFAULT_MS, 10000, "ms", "a call that names no timeout") \
    row(CALL_TIMEOUT_MAX_MS, 60000, "ms", "longest timeout of a call") \
    row(QUEUED_CALLS, 4096, "calls", "calls that wait for one lane: about a second of work") \
    row(BATCH_CALLS, 64, "calls", "calls that share a transaction: past this the commit is no longer the cost") \
    row(LOCK_PATIENCE_MS, 100, "ms", "a lane that others wait for waits no longer for a lock; the call goes on apart") \
    row(CHANGES, 2000, "records", "records that one call changes: a township with all its enterprises moves at once") \
    row(EXAMINED_ROWS, 2000, "rows", "rows of a page that filters may pass over, shared among the pairs of a scope") \
    row(PAIRS_FEW, 16, "pairs", "up to so many pairs of a scope each is read for a whole page; of more, for its share") \
    row(TOPS, 64, "units", "tops of an instance's tree: a nation has 34") \
    row(WORKERS, 3, "threads", "threads that compute passwords, each 32 MiB while it does; the first serves the known") \
    row(QUEUED_WORK, 64, "calls", "calls of strangers, and of the known, that wait for them: about three seconds") \
    row(CONTEXTS, 64, "messages", "messages that a process handles at the same time") \
    row(SEND_TIMEOUT_MS, 10000, "ms", "a client that does not read its reply for so long loses its connection") \
    row(CONNECTION_MESSAGES, 32, "messages", "of one connection under way: half of the contexts, whoever does not read") \
    row(LISTENERS, 4, "addresses", "addresses of one kind that a process listens on: ipc for its host, TLS for others") \
    row(TLS_HANDSHAKE_MS, 5000, "ms", "from a connection to nng's greeting over TLS: slow links need two round trips") \
    row(TLS_IDLE_MS, 600000, "ms", "a TLS connection without a call under way; clients connect anew by themselves") \
    row(TLS_MESSAGE_MS, 120000, "ms", "from a message's first byte to its last over TLS: 4 MiB at 35 kB/s") \
    row(TLS_CONNECTIONS, 512, "connections", "of a process at the same time: within the 1,024 descriptors of a login") \
    row(TLS_CONNECTIONS_PER_PEER, 64, "connections", "of one unit or client: a region's processes share a certificate") \
    row(TLS_HANDSHAKES, 128, "connections", "that have not been greeted yet: 100 kB each") \
    row(TLS_HANDSHAKES_PER_ADDRESS, 32, "connections", "… from one address: many clients may stand behind one") \
    row(TLS_LINES, 20, "lines", "most lines about connections that a process logs in a second") \
    row(TOKENS_REMEMBERED, 4096, "tokens", "verified tokens that a process remembers") \
    row(ACCESS_FOLDS, 1024, "records", "kinds of grant use and denials counted apart until the next flush; then together") \
    row(ACCESS_FLUSH_MS, 5000, "ms", "uses of grants and denials are entered so often: what a crash may forget") \
    row(PAGE_BYTES, 1024 * 1024, "bytes", "a page of a feed or a list ends at this size") \
    row(FEED_PAGE_ENTRIES, 1000, "entries", "most entries of a feed's page") \
    row(RESULT_DAYS, 30, "days", "results of requests are kept so long") \
    row(SWEEP_AGE_MS, 10000, "ms", "a backend that waits for its client inside a pipeline so long is ended") \
    row(DIRECTORY_AGE_MAX_MS, 600000, "ms", "oldest mirror on which a person's own post is decided") \
    row(DIRECTORY_AGE_GRANT_MS, 2000, "ms", "oldest mirror on which a grant, or access from outside, is decided") \
    row(FEED_WAIT_MAX_MS, 30000, "ms", "longest long poll") \
    row(FOLLOW_PULLS, 32, "pulls", "of a followed service under way, parked ones included: as many as a connection may have") \
    row(FOLLOW_TENANTS, 8192, "logs", "of a followed service: a nation's counties and their cities fit") \
    row(PEERS, 512, "instances", "other instances that one knows: a region has 108 counties") \
    row(METADATA_ITEMS, 32, "items", "metadata of a call or a result") \
    row(METADATA_BYTES, 8192, "bytes", "keys and values of that metadata: as much as gRPC's peers accept") \
    row(SLOW_CALL_MS, 1000, "ms", "a call that took so long is logged") \
    row(CALL_LINES, 20, "lines", "most lines about calls that a process logs in a second")
// clang-format on

#define LIMIT_ENUMERATE(name, value, unit, reason) LIMIT_##name = (value),
enum { LIMITS(LIMIT_ENUMERATE) };
#undef LIMIT_ENUMERATE
