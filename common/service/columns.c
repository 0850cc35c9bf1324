// SPDX-License-Identifier: Apache-2.0
// Columns beside a packed record: what the insert takes from the record must be what the rows statement reads back.
#include <stdio.h>
#include <string.h>

#include "rpc/message.h"
#include "service/engine.h"

#define PREFIX "after."
#define ALIAS_SIZE 80

// The path below the record that a parameter takes, or NULL.
static const char *path_of(const char *parameter)
{
    return strncmp(parameter, PREFIX, strlen(PREFIX)) == 0 ? parameter + strlen(PREFIX) : NULL;
}

bool service_columns_complete(const struct service_record *record, struct status *status)
{
    for (size_t i = 0; record->detail_field && i < record->insert->parameter_count; i++) {
        char alias[ALIAS_SIZE];
        const char *path = path_of(record->insert->parameters[i]);
        snprintf(alias, sizeof(alias), "\"column.%s\"", path ? path : "");
        if (path && !strstr(record->rows->text, alias))
            return status_set(status, REASON(INTERNAL), "statement %s does not read %s back", record->rows->name,
                              alias);
    }
    return true;
}

static bool is_column(const struct service_record *record, const char *field)
{
    size_t length = strlen(field);
    for (size_t i = 0; i < record->insert->parameter_count; i++) {
        const char *path = path_of(record->insert->parameters[i]);
        if (path && strncmp(path, field, length) == 0 && (path[length] == '\0' || path[length] == '.'))
            return true;
    }
    return false;
}

static void copy_field(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *from, ProtobufCMessage *to)
{
    memcpy((char *)to + field->offset, (const char *)from + field->offset,
           field->label == PROTOBUF_C_LABEL_REPEATED ? sizeof(void *) : rpc_member_size(field));
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        memcpy((char *)to + field->quantifier_offset, (const char *)from + field->quantifier_offset, sizeof(size_t));
}

bool service_columns_agree(const struct service_record *record, const ProtobufCMessage *whole, struct bytes columns,
                           struct arena *arena)
{
    const ProtobufCMessageDescriptor *descriptor = record->message;
    ProtobufCMessage *part = arena_alloc(arena, descriptor->sizeof_message);
    if (!part)
        return false;
    protobuf_c_message_init(descriptor, part);
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        if (is_column(record, descriptor->fields[i].name))
            copy_field(&descriptor->fields[i], whole, part);
    size_t length = protobuf_c_message_get_packed_size(part);
    uint8_t *packed = length == columns.length ? arena_alloc(arena, length) : NULL;
    return packed && protobuf_c_message_pack(part, packed) == length && memcmp(packed, columns.data, length) == 0;
}
