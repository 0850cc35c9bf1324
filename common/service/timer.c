// SPDX-License-Identifier: Apache-2.0
// What is done because of the time: every second the statement `due` of each timer says in which tenants something is
// due, and there its mutation is carried out, once for each tenant and second. So what has piled up while nobody was
// there is done in time, and neither at once nor twice: several processes may do this, what one has done is not due.
#include <errno.h>

#include "base/clock.h"
#include "log/log.h"
#include "rpc/message.h"
#include "service/engine.h"
#include "service/values.h"

#define EVERY_MS 1000
#define TIMEOUT_MS 5000
#define PATIENCE (5 * CLOCK_SECOND)

static bool waits(struct service *service)
{
    struct timespec until = clock_after(EVERY_MS);
    pthread_mutex_lock(&service->upkeep_mutex);
    while (!atomic_load(&service->stopping) &&
           pthread_cond_timedwait(&service->upkeep_wake, &service->upkeep_mutex, &until) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&service->upkeep_mutex);
    return !atomic_load(&service->stopping);
}

// The request of a timer's mutation: for a tenant, with a request_id of this moment.
static bool pack_request(const struct service_slot *slot, char *tenant_id, struct arena *arena, struct bytes *body,
                         struct status *status)
{
    const ProtobufCMessageDescriptor *descriptor = slot->policy->request;
    ProtobufCMessage *request = arena_alloc(arena, descriptor->sizeof_message);
    struct uuid id = uuid_make(clock_now());
    if (!request)
        return false;
    protobuf_c_message_init(descriptor, request);
    const char *const names[] = {"request_id", slot->policy->tenant_field};
    char *const values[] = {service_uuid(&id, arena), tenant_id};
    for (size_t i = 0; i < 2; i++) {
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(descriptor, names[i]);
        *(char **)((char *)request + field->offset) = values[i];
    }
    return rpc_message_write(request, arena, body, status);
}

// Nothing to do (somebody else was there before) is no fault.
static void strike(struct service_lane *lane, const struct service_timer *timer, char *tenant_id)
{
    struct service *service = lane->service;
    struct rpc_call call = {0};
    struct status status = {0};
    struct bytes body = {0};
    const struct service_slot *slot = service_slot_find(service, timer->method);
    arena_init(&call.arena, LIMIT_CALL_ARENA_BYTES);
    struct service_job *job = pack_request(slot, tenant_id, &call.arena, &body, &status)
                                  ? service_inner_job(service, &call, timer->method, body, &status)
                                  : NULL;
    if (job && service_batch_run_along(lane, &job, 1, NULL, &status))
        status = job->status;
    if (!status_ok(&status) && status.reason != REASON(RECORD_NOT_FOUND))
        LOG(LOG_WARNING, "timer.failed", LOG_T("method", timer->method), LOG_T("tenant", tenant_id),
            LOG_T("reason", status_reason_text(status.reason)->name), LOG_T("message", status.message));
    arena_fini(&call.arena);
}

// The tenants in which something is due.
static bool ask_due(struct service_lane *lane, const struct pg_statement *due, struct arena *arena,
                    struct pg_rows *rows, struct status *status)
{
    Anlan__Service__Context context = ANLAN__SERVICE__CONTEXT__INIT;
    int64_t deadline = clock_monotonic() + TIMEOUT_MS * CLOCK_MILLISECOND + PATIENCE;
    struct pg_rows wall = {0};
    context.timeout_ms = TIMEOUT_MS;
    context.now = service_timestamp(clock_now(), arena);
    bool good = pg_execute(lane->connection, &lane->service->statements.wall_follow,
                           (const ProtobufCMessage *const[]){&context.base}, arena, status) &&
                pg_execute(lane->connection, due, (const ProtobufCMessage *const[]){&context.base}, arena, status) &&
                pg_sync(lane->connection, status) && pg_next(lane->connection, deadline, &wall, status) &&
                pg_next(lane->connection, deadline, rows, status) && pg_finish(lane->connection, deadline, status);
    pg_rows_clear(&wall);
    if (!good) {
        pg_close(lane->connection);
        lane->connection = NULL;
    }
    return good;
}

static void round_of(struct service_lane *lane, size_t number)
{
    struct service *service = lane->service;
    struct status status = {0};
    struct pg_rows rows = {0};
    struct arena arena;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    bool good = service_lane_connect(lane, &status) && ask_due(lane, &service->timers[number], &arena, &rows, &status);
    for (size_t i = 0; good && i < rows.count && !atomic_load(&service->stopping); i++) {
        const Anlan__Service__Count *tenant = (const void *)pg_rows_unpack(&rows, i, 0, &arena, &status);
        if (tenant && service_lane_connect(lane, &status))
            strike(lane, &service->definition->timers[number], tenant->unit_id);
    }
    if (!status_ok(&status))
        LOG(LOG_WARNING, "timer.failed", LOG_T("method", service->definition->timers[number].method),
            LOG_T("reason", status_reason_text(status.reason)->name), LOG_T("message", status.message));
    pg_rows_clear(&rows);
    arena_fini(&arena);
}

static void *run(void *argument)
{
    struct service_lane *lane = argument;
    struct service *service = lane->service;
    while (waits(service))
        for (size_t i = 0; directory_caught_up_at(service->directory) >= 0 && i < service->definition->timer_count; i++)
            round_of(lane, i);
    pg_close(lane->connection);
    return NULL;
}

bool service_timer_start(struct service *service)
{
    service->timer_lane.service = service;
    if (service->definition->timer_count == 0)
        return true;
    service->timer_lane.started = pthread_create(&service->timer_lane.thread, NULL, run, &service->timer_lane) == 0;
    return service->timer_lane.started;
}

void service_timer_stop(struct service *service)
{
    if (service->timer_lane.started)
        pthread_join(service->timer_lane.thread, NULL);
    service->timer_lane.started = false;
}
