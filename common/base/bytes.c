// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

void buffer_reset(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
}

void buffer_fini(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){.limit = buffer->limit};
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t length)
{
    size_t most = buffer->limit ? buffer->limit : SIZE_MAX / 4;
    if (buffer->failed || length > most - buffer->length) {
        buffer->failed = true;
        return NULL;
    }
    if (length > buffer->capacity - buffer->length) {
        size_t capacity = buffer->capacity ? buffer->capacity * 2 : 256;
        if (capacity < buffer->length + length)
            capacity = buffer->length + length;
        uint8_t *grown = realloc(buffer->data, capacity);
        if (!grown) {
            buffer->failed = true;
            return NULL;
        }
        buffer->data = grown;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->length;
}

void buffer_append(struct buffer *buffer, const void *data, size_t length)
{
    uint8_t *room = buffer_reserve(buffer, length);
    if (!room)
        return;
    if (length > 0)
        memcpy(room, data, length);
    buffer->length += length;
}
