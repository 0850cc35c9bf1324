// SPDX-License-Identifier: Apache-2.0
// A capped bump allocator: all memory of one call comes from its arena and ends
// with it. Not thread-safe; hand it over whole.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks;     // newest first
    size_t used;                    // bytes handed out of the newest chunk
    size_t total;                   // bytes of all chunks
    size_t limit;                   // most bytes of all chunks
    bool exhausted;                 // an allocation was refused
    ProtobufCAllocator protobuf;    // allocates from this arena; free does nothing
};

// Makes an empty arena that will hold at most `limit` bytes. Allocates nothing.
// The arena must not move afterwards (its protobuf allocator points to it).
void arena_init(struct arena *arena, size_t limit);

// Frees everything; the arena is empty and usable again. Accepts a zeroed one.
void arena_fini(struct arena *arena);

// `size` bytes, zeroed, aligned for any type; NULL past the limit or when memory
// is out, and `exhausted` is set then. `size` 0 answers a unique pointer.
void *arena_alloc(struct arena *arena, size_t size);

// As arena_alloc, for bytes that are written at once: what they hold before is undefined.
void *arena_bytes(struct arena *arena, size_t size);

// As arena_alloc for `count` elements of `size` bytes; NULL on overflow too.
void *arena_array(struct arena *arena, size_t count, size_t size);

// A copy of `length` bytes with a NUL behind them; NULL as arena_alloc.
char *arena_text(struct arena *arena, const char *text, size_t length);

// A formatted, NUL-terminated text; NULL as arena_alloc.
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
