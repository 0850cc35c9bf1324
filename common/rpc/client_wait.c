// SPDX-License-Identifier: Apache-2.0
// A call for which its caller waits.
#include <pthread.h>
#include <string.h>

#include "base/limits.h"
#include "rpc/client.h"
#include "rpc/wire.h"

// One that waits for its call.
struct waiter {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool ready;
    struct arena *arena;
    const ProtobufCMessageDescriptor *descriptor;
    struct status *status;
    int64_t directory_position;
    ProtobufCMessage *reply;
};

static void read_reply(struct waiter *waiter, const struct rpc_result *result)
{
    *waiter->status = result->status;
    if (result->status.violation_count > 0) {
        waiter->status->violations = arena_array(waiter->arena, STATUS_VIOLATIONS, sizeof(struct status_violation));
        if (waiter->status->violations)
            memcpy(waiter->status->violations, result->status.violations,
                   result->status.violation_count * sizeof(struct status_violation));
        else
            waiter->status->violation_count = 0;
    }
    if (!status_ok(&result->status))
        return;
    waiter->directory_position = result->directory_position;
    if (rpc_wire_check(NULL, waiter->descriptor, result->body, LIMIT_MESSAGE_BYTES, waiter->status))
        waiter->reply = protobuf_c_message_unpack(waiter->descriptor, &waiter->arena->protobuf, result->body.length,
                                                  result->body.data);
    if (!waiter->reply && status_ok(waiter->status))
        status_set(waiter->status, REASON(MESSAGE_TOO_LARGE), "the reply cannot be read");
}

static void on_done(void *user, const struct rpc_result *result)
{
    struct waiter *waiter = user;
    read_reply(waiter, result);
    pthread_mutex_lock(&waiter->mutex);
    waiter->ready = true;
    pthread_cond_signal(&waiter->cond);
    pthread_mutex_unlock(&waiter->mutex);
}

ProtobufCMessage *rpc_client_call(struct rpc_client *client, const char *method, const ProtobufCMessage *request,
                                  const ProtobufCMessageDescriptor *reply_descriptor, struct bytes credential,
                                  int timeout_ms, int64_t *directory_position, struct arena *arena,
                                  struct status *status)
{
    size_t length = protobuf_c_message_get_packed_size(request);
    uint8_t *packed = arena_alloc(arena, length);
    if (!packed) {
        status_set(status, REASON(MESSAGE_TOO_LARGE), "the request is too large");
        return NULL;
    }
    protobuf_c_message_pack(request, packed);
    struct waiter waiter = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                            .cond = PTHREAD_COND_INITIALIZER,
                            .arena = arena,
                            .descriptor = reply_descriptor,
                            .status = status};
    const struct rpc_client_call call = {
        .method = method,
        .body = {packed, length},
        .credential = credential,
        .timeout_ms = timeout_ms,
        .directory_position = directory_position ? *directory_position : 0,
        .done = on_done,
        .user = &waiter,
    };
    rpc_client_send(client, &call);
    pthread_mutex_lock(&waiter.mutex);
    while (!waiter.ready)
        pthread_cond_wait(&waiter.cond, &waiter.mutex);
    pthread_mutex_unlock(&waiter.mutex);
    if (directory_position && waiter.directory_position > *directory_position)
        *directory_position = waiter.directory_position;
    return waiter.reply;
}
