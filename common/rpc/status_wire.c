// SPDX-License-Identifier: Apache-2.0
#include "rpc/status_wire.h"

#include <stdio.h>

static bool add_violations(const struct status *status, struct arena *arena, Anlan__Rpc__V1__Status *message)
{
    message->violations = arena_array(arena, status->violation_count, sizeof(*message->violations));
    Anlan__Rpc__V1__FieldViolation *violations = arena_array(arena, status->violation_count, sizeof(*violations));
    if (!message->violations || !violations)
        return false;
    for (size_t i = 0; i < status->violation_count; i++) {
        anlan__rpc__v1__field_violation__init(&violations[i]);
        violations[i].field = status->violations[i].field;
        violations[i].description = status->violations[i].description;
        message->violations[i] = &violations[i];
    }
    message->n_violations = status->violation_count;
    return true;
}

Anlan__Rpc__V1__Status *rpc_status_message(const struct status *status, struct arena *arena)
{
    if (status_ok(status))
        return NULL;
    Anlan__Rpc__V1__Status *message = arena_alloc(arena, sizeof(*message));
    if (!message)
        return NULL;
    anlan__rpc__v1__status__init(message);
    message->code = status->code;
    message->reason = status->reason;
    message->message = (char *)status->message;
    if (status->violation_count > 0 && !add_violations(status, arena, message))
        message->n_violations = 0;
    Google__Protobuf__Duration *retry = status->retry_after_ms ? arena_alloc(arena, sizeof(*retry)) : NULL;
    if (retry) {
        google__protobuf__duration__init(retry);
        retry->seconds = status->retry_after_ms / 1000;
        retry->nanos = (int32_t)(status->retry_after_ms % 1000) * 1000000;
        message->retry_after = retry;
    }
    return message;
}

void rpc_status_read(const Anlan__Rpc__V1__Status *message, struct arena *arena, struct status *status)
{
    *status = (struct status){.code = message->code, .reason = message->reason};
    if (!protobuf_c_enum_descriptor_get_value(&anlan__rpc__v1__code__descriptor, (int)message->code)) {
        status->code = CODE(UNKNOWN);
        status->reason = REASON(STATUS_UNKNOWN);
    }
    snprintf(status->message, sizeof(status->message), "%s", message->message);
    if (message->retry_after && message->retry_after->seconds >= 0 && message->retry_after->seconds < 3600 &&
        message->retry_after->nanos >= 0)
        status->retry_after_ms =
            (uint32_t)(message->retry_after->seconds * 1000 + message->retry_after->nanos / 1000000);
    size_t count = message->n_violations < STATUS_VIOLATIONS ? message->n_violations : STATUS_VIOLATIONS;
    if (!arena || count == 0)
        return;
    status->violations = arena_array(arena, STATUS_VIOLATIONS, sizeof(*status->violations));
    for (size_t i = 0; status->violations && i < count; i++) {
        struct status_violation *violation = &status->violations[status->violation_count++];
        snprintf(violation->field, sizeof(violation->field), "%s", message->violations[i]->field);
        snprintf(violation->description, sizeof(violation->description), "%s", message->violations[i]->description);
    }
}
