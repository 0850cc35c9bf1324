// SPDX-License-Identifier: Apache-2.0
// A page of a stream while it is made (stream_page.c), and its steps (stream_steps.c). Not for services.
#pragma once

#include "service/stream.h"

#define STREAM_PAGE_ITEMS 500
#define STREAM_MARKERS 8    // markers that a page may hold beside its items
#define STREAM_ASKED 32     // statements under way

struct stream_page {
    struct service_lane *lane;
    struct service_job *job;
    struct arena *arena;
    struct status *status;
    const struct service_statements *statements;
    int64_t deadline;
    const struct service_keeper *keeper;
    Anlan__Service__Stream row;
    Anlan__Service__StreamState *state;
    bool changed;    // the row is to be kept, whatever the page holds
    const Anlan__Service__Projection **projections;
    size_t projection_count;
    Anlan__Feed__Head **heads;
    size_t head_count;
    struct service_stream_scope scope;
    struct bytes *items;
    size_t count;
    size_t most;     // items, without markers
    size_t bytes;    // of them
    bool more;       // there is more to be read
    // Statements whose answers have not been taken, in their order: which of them are wanted.
    bool wanted[STREAM_ASKED];
    size_t asked;
    size_t taken;
};

// Queues a statement; an answer that is not wanted is passed over. False with the page's status.
bool stream_ask(struct stream_page *page, const struct pg_statement *statement, const ProtobufCMessage *const *sources,
                bool wanted);
#define STREAM_SOURCES(...) ((const ProtobufCMessage *const[]){__VA_ARGS__})
// Waits for the next wanted answer.
bool stream_take(struct stream_page *page, struct pg_rows *rows);
// Passes over all that were not taken.
bool stream_drain(struct stream_page *page);
// Queues the wall behind which the reader's stream is.
bool stream_wall(struct stream_page *page);

// Adds an item to the page and to the running digest; an empty one is one that found no memory.
bool stream_add(struct stream_page *page, struct bytes item);
// No further item fits.
bool stream_full(const struct stream_page *page);

// Goes a step on, by the state's phase; sets page->more.
bool stream_step(struct stream_page *page);
