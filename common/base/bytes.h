// SPDX-License-Identifier: Apache-2.0
// A span of bytes that someone else owns, and a growable buffer.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A view; never owns.
struct bytes {
    const uint8_t *data;
    size_t length;
};

// A buffer on the heap. Zero-initialise; free with buffer_fini.
struct buffer {
    uint8_t *data;
    size_t length;
    size_t capacity;
    size_t limit;    // most bytes; 0 means no limit
    bool failed;     // an append was refused: limit or memory
};

// Empties it without giving memory back.
void buffer_reset(struct buffer *buffer);

// Frees its memory. Accepts a zeroed one.
void buffer_fini(struct buffer *buffer);

// Room for `length` more bytes at data + buffer->length, without counting them
// as used; NULL and `failed` where refused.
uint8_t *buffer_reserve(struct buffer *buffer, size_t length);

// Appends; sets `failed` where refused.
void buffer_append(struct buffer *buffer, const void *data, size_t length);
