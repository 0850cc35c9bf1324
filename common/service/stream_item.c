// SPDX-License-Identifier: Apache-2.0
// Items of a stream: entries without what would tell of others, and records as far as a projection shows them.
#include <string.h>

#include "rpc/message.h"
#include "service/stream.h"
#include "service/values.h"

static struct bytes pack_item(const Anlan__Rpc__V1__StreamItem *item, struct arena *arena)
{
    size_t length = anlan__rpc__v1__stream_item__get_packed_size(item);
    uint8_t *packed = arena_alloc(arena, length);
    if (!packed)
        return (struct bytes){0};
    anlan__rpc__v1__stream_item__pack(item, packed);
    return (struct bytes){packed, length};
}

struct bytes service_stream_marker(Anlan__Rpc__V1__StreamItemKind kind, struct arena *arena)
{
    Anlan__Rpc__V1__StreamItem item = ANLAN__RPC__V1__STREAM_ITEM__INIT;
    item.kind = kind;
    return pack_item(&item, arena);
}

struct bytes service_stream_withdrawal(const char *tenant_id, const char *record_id, struct arena *arena)
{
    Anlan__Rpc__V1__StreamItem item = ANLAN__RPC__V1__STREAM_ITEM__INIT;
    item.kind = STREAM_ITEM(WITHDRAWN);
    item.tenant_id = (char *)tenant_id;
    item.record_id = (char *)record_id;
    return pack_item(&item, arena);
}

static bool shows(const struct service_projection *projection, const char *path)
{
    for (size_t i = 0; i < projection->show_count; i++)
        if (strcmp(projection->shows[i], "*") == 0 || strcmp(projection->shows[i], path) == 0)
            return true;
    return false;
}

// Something below the path is shown.
static bool shows_below(const struct service_projection *projection, const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < projection->show_count; i++)
        if (strncmp(projection->shows[i], path, length) == 0 && projection->shows[i][length] == '.')
            return true;
    return false;
}

static void copy_field(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *from, ProtobufCMessage *to)
{
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    memcpy((char *)to + field->offset, (const char *)from + field->offset,
           repeated ? sizeof(void *) : rpc_member_size(field));
    if (repeated)
        memcpy((char *)to + field->quantifier_offset, (const char *)from + field->quantifier_offset, sizeof(size_t));
    else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        memcpy((char *)to + field->quantifier_offset, (const char *)from + field->quantifier_offset, sizeof(uint32_t));
}

static bool is_set(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message)
{
    bool in_oneof = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    return !in_oneof || *(const uint32_t *)((const char *)message + field->quantifier_offset) == field->id;
}

// The message with what is shown of it and nothing else; the depth of messages is bounded, they do not nest in
// themselves. NULL where the arena is full.
static ProtobufCMessage *shown_part(const struct service_projection *projection, const ProtobufCMessage *message,
                                    const char *prefix, struct arena *arena)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    ProtobufCMessage *part = arena_alloc(arena, descriptor->sizeof_message);
    if (!part)
        return NULL;
    protobuf_c_message_init(descriptor, part);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        const char *path = arena_printf(arena, "%s%s", prefix, field->name);
        if (!path)
            return NULL;
        if (is_set(field, message) && shows(projection, path)) {
            copy_field(field, message, part);
            continue;
        }
        const ProtobufCMessage *inner = service_message_field(message, field->name);
        if (!inner || !shows_below(projection, path))
            continue;
        copy_field(field, message, part);
        ProtobufCMessage *below = shown_part(projection, inner, arena_printf(arena, "%s.", path), arena);
        memcpy((char *)part + field->offset, &below, sizeof(below));
    }
    return arena->exhausted ? NULL : part;
}

// A record's bytes as far as they are shown; `whole` where it has been unpacked.
static struct bytes shown_bytes(const struct service_projection *projection, const struct service_record *record,
                                struct bytes packed, const ProtobufCMessage *whole, struct arena *arena)
{
    if (shows(projection, "*"))
        return packed;
    if (!whole)
        whole = protobuf_c_message_unpack(record->message, &arena->protobuf, packed.length, packed.data);
    const ProtobufCMessage *part = whole ? shown_part(projection, whole, "", arena) : NULL;
    size_t length = part ? protobuf_c_message_get_packed_size(part) : 0;
    uint8_t *bytes = part ? arena_alloc(arena, length) : NULL;
    if (bytes)
        protobuf_c_message_pack(part, bytes);
    return (struct bytes){bytes, bytes ? length : 0};
}

struct bytes service_stream_change(const struct service_projection *projection, const struct service_record *record,
                                   const Anlan__Rpc__V1__Entry *entry, struct arena *arena)
{
    Anlan__Rpc__V1__Entry shown = ANLAN__RPC__V1__ENTRY__INIT;
    shown.tenant_id = entry->tenant_id;
    shown.method = entry->method;
    shown.record_type = entry->record_type;
    shown.record_id = entry->record_id;
    shown.version = entry->version;
    shown.actor = shows(projection, "actor") ? entry->actor : NULL;
    shown.occurred_at = entry->occurred_at;
    shown.entered_at = entry->entered_at;
    shown.place_after = entry->place_after;
    struct bytes after =
        shown_bytes(projection, record, (struct bytes){entry->after.data, entry->after.len}, NULL, arena);
    if (!after.data || arena->exhausted)
        return (struct bytes){0};
    shown.after = (ProtobufCBinaryData){.data = (uint8_t *)after.data, .len = after.length};
    Anlan__Rpc__V1__StreamItem item = ANLAN__RPC__V1__STREAM_ITEM__INIT;
    item.kind = STREAM_ITEM(CHANGE);
    item.entry = &shown;
    return pack_item(&item, arena);
}

struct bytes service_stream_record(const struct service_projection *projection, const struct service_record *record,
                                   struct bytes packed, const char *home, struct arena *arena, const char **tenant_id,
                                   const char **record_id)
{
    const ProtobufCMessage *whole =
        protobuf_c_message_unpack(record->message, &arena->protobuf, packed.length, packed.data);
    if (!whole)
        return (struct bytes){0};
    *tenant_id = *home ? home : service_text(whole, "tenant_id");
    *record_id = service_text(whole, "id");
    struct directory_place place = service_place_field(whole);
    Anlan__Rpc__V1__Entry shown = ANLAN__RPC__V1__ENTRY__INIT;
    shown.tenant_id = (char *)*tenant_id;
    shown.record_type = (char *)record->message->name;
    shown.record_id = (char *)*record_id;
    shown.version = service_integer(whole, "version");
    shown.occurred_at = (Google__Protobuf__Timestamp *)service_time_field(whole, "occurred_at");
    shown.entered_at = (Google__Protobuf__Timestamp *)service_time_field(whole, "entered_at");
    shown.place_after = service_place(&place, arena);
    struct bytes after = shown_bytes(projection, record, packed, whole, arena);
    if (!after.data || arena->exhausted)
        return (struct bytes){0};
    shown.after = (ProtobufCBinaryData){.data = (uint8_t *)after.data, .len = after.length};
    Anlan__Rpc__V1__StreamItem item = ANLAN__RPC__V1__STREAM_ITEM__INIT;
    item.kind = STREAM_ITEM(RECORD);
    item.entry = &shown;
    return pack_item(&item, arena);
}
