// SPDX-License-Identifier: Apache-2.0
// Between a mutation's statements and its rule.
#include <string.h>

#include "base/check.h"
#include "service/engine.h"

const struct directory_unit *service_named_unit(const struct service_rule_input *input, const char *field)
{
    for (size_t i = 0; i < input->unit_count; i++)
        if (strcmp(input->units[i].field, field) == 0)
            return input->units[i].unit;
    return NULL;
}

static bool acts_by(const struct service_behalf *grant, const struct uuid *unit_id)
{
    for (size_t i = 0; i < grant->principal_count; i++)
        if (uuid_compare(&grant->principals[i].unit_id, unit_id) == 0)
            return true;
    return false;
}

bool service_acts_for(const struct service_rule_input *input, const struct uuid *unit_id)
{
    struct service_acting *acting = input->acting;
    if (uuid_compare(&input->caller->unit_id, unit_id) == 0)
        return true;
    for (size_t i = 0; i < acting->count; i++)
        if (acts_by(&acting->grants[i], unit_id)) {
            acting->chosen = i + 1;
            return true;
        }
    return false;
}

const ProtobufCMessage *service_job_shown(struct service_job *job, const ProtobufCMessage *after)
{
    const char *name = job->slot->method->record->withheld_field;
    const ProtobufCMessageDescriptor *descriptor = after->descriptor;
    if (!name)
        return after;
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(descriptor, name);
    CHECK(field && field->type == PROTOBUF_C_TYPE_MESSAGE && field->label != PROTOBUF_C_LABEL_REPEATED);
    ProtobufCMessage *shown = arena_alloc(&job->call->arena, descriptor->sizeof_message);
    if (!shown)
        return NULL;
    memcpy(shown, after, descriptor->sizeof_message);
    *(ProtobufCMessage **)((char *)shown + field->offset) = NULL;
    return shown;
}
