// SPDX-License-Identifier: Apache-2.0
#include "rpc/metadata.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

#define KEY_MOST 64

static bool is_key(const char *key)
{
    size_t length = strlen(key);
    return length >= 1 && length <= KEY_MOST && strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_.-") == length;
}

static bool is_binary(const char *key)
{
    size_t length = strlen(key);
    return length > 4 && strcmp(key + length - 4, "-bin") == 0;
}

static bool is_printable(const ProtobufCBinaryData *value)
{
    for (size_t i = 0; i < value->len; i++)
        if (value->data[i] < 0x20 || value->data[i] > 0x7e)
            return false;
    return true;
}

static void check_item(const Anlan__Rpc__V1__Metadata *item, size_t at, struct arena *arena, struct status *status)
{
    char path[64];
    if (!is_key(item->key)) {
        snprintf(path, sizeof(path), "call.metadata[%zu].key", at);
        status_violate(status, arena, path, "must be 1 to %d of a-z, 0-9, '_', '.' and '-'", KEY_MOST);
    } else if (!is_binary(item->key) && !is_printable(&item->value)) {
        snprintf(path, sizeof(path), "call.metadata[%zu].value", at);
        status_violate(status, arena, path, "must be printable ASCII, as its key does not end in -bin");
    }
}

bool rpc_metadata_check(struct rpc_metadata list, struct arena *arena, struct status *status)
{
    size_t bytes = 0;
    if (list.count > LIMIT_METADATA_ITEMS)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "more than %d items of metadata", LIMIT_METADATA_ITEMS);
    for (size_t i = 0; i < list.count; i++)
        bytes += strlen(list.items[i]->key) + list.items[i]->value.len;
    if (bytes > LIMIT_METADATA_BYTES)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "more than %d bytes of metadata", LIMIT_METADATA_BYTES);
    for (size_t i = 0; i < list.count; i++)
        check_item(list.items[i], i, arena, status);
    return status_ok(status);
}

const Anlan__Rpc__V1__Metadata *rpc_metadata_find(struct rpc_metadata list, const char *key)
{
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.items[i]->key, key) == 0)
            return list.items[i];
    return NULL;
}

size_t rpc_metadata_copy_size(struct rpc_metadata list)
{
    size_t size = list.count * (sizeof(*list.items) + sizeof(**list.items));
    for (size_t i = 0; i < list.count; i++)
        size += strlen(list.items[i]->key) + 1 + list.items[i]->value.len;
    return size;
}

struct rpc_metadata rpc_metadata_copy(struct rpc_metadata list, void *room)
{
    Anlan__Rpc__V1__Metadata **items = room;
    Anlan__Rpc__V1__Metadata *copies = (void *)(items + list.count);
    uint8_t *at = (uint8_t *)(copies + list.count);
    for (size_t i = 0; i < list.count; i++) {
        const Anlan__Rpc__V1__Metadata *item = list.items[i];
        size_t key_size = strlen(item->key) + 1;
        anlan__rpc__v1__metadata__init(&copies[i]);
        copies[i].key = memcpy(at, item->key, key_size);
        at += key_size;
        copies[i].value = (ProtobufCBinaryData){.data = at, .len = item->value.len};
        if (item->value.len > 0)
            memcpy(at, item->value.data, item->value.len);
        at += item->value.len;
        items[i] = &copies[i];
    }
    return (struct rpc_metadata){.count = list.count, .items = items};
}
