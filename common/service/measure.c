// SPDX-License-Identifier: Apache-2.0
#include "service/measure.h"

#include <stdlib.h>
#include <string.h>

#include "anlan_rpc_v1.policy.h"
#include "base/check.h"
#include "base/clock.h"

// As gRPC's libraries write codes in metrics, by number.
static const char *const code_names[SERVICE_CODES] = {
    "OK",       "Canceled",        "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",   "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",      "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated",
};

// "anlan.rpc.v1.FeedService/Pull" as labels.
static void name_method(struct service_counted *counted, const char *method)
{
    const char *slash = strchr(method, '/');
    snprintf(counted->labels, sizeof(counted->labels), "grpc_type=\"unary\",grpc_service=\"%.*s\",grpc_method=\"%s\"",
             (int)(slash - method), method, slash + 1);
}

static void make_methods(struct service *service, struct service_measures *measures)
{
    measures->count = service->slot_count + anlan_rpc_v1_contract.policy_count + 1;
    measures->methods = calloc(measures->count, sizeof(*measures->methods));
    CHECK(measures->methods);
    struct service_counted *next = measures->methods;
    for (size_t i = 0; i < service->slot_count; i++, next++) {
        next->slot = &service->slots[i];
        name_method(next, next->slot->policy->method);
    }
    for (size_t i = 0; i < anlan_rpc_v1_contract.policy_count; i++, next++)
        name_method(next, anlan_rpc_v1_contract.policies[i].method);
    // One for all names that are none: a stranger does not choose what is kept.
    name_method(next, "unknown/unknown");
}

void service_measure_begin(void *user, struct rpc_call *call)
{
    const struct service *service = user;
    struct service_measures *measures = service->measures;
    const struct service_slot *slot = service_slot_find(service, call->method);
    size_t at = slot ? (size_t)(slot - service->slots) : service->slot_count;
    for (size_t i = 0; !slot && i < anlan_rpc_v1_contract.policy_count; i++, at++)
        if (strcmp(anlan_rpc_v1_contract.policies[i].method, call->method) == 0)
            break;
    call->counted = &measures->methods[at];
    metrics_add(&measures->methods[at].started, 1);
}

const struct service_slot *service_measured_slot(const struct rpc_call *call)
{
    return ((const struct service_counted *)call->counted)->slot;
}

void service_measure_end(const struct rpc_call *call, const struct status *status)
{
    struct service_counted *counted = call->counted;
    size_t code = (size_t)status->code < SERVICE_CODES ? (size_t)status->code : (size_t)CODE(UNKNOWN);
    metrics_add(&counted->handled[code], 1);
    metrics_observe(&counted->seconds, &metrics_durations, clock_monotonic() - call->started);
}

// The service's own methods from the beginning, so that a rate is known from the first call on; others once they came.
static bool is_told(const struct service_counted *counted)
{
    return counted->slot || atomic_load(&counted->started) > 0;
}

static void write_calls(const struct service_measures *measures, FILE *out)
{
    metrics_family(out, "grpc_server_started_total", "counter", "Calls that have come.");
    for (size_t i = 0; i < measures->count; i++)
        if (is_told(&measures->methods[i]))
            metrics_sample(out, "grpc_server_started_total", measures->methods[i].labels,
                           (double)atomic_load(&measures->methods[i].started));
    metrics_family(out, "grpc_server_handled_total", "counter", "Calls that have ended, by their status code.");
    for (size_t i = 0; i < measures->count; i++)
        for (size_t code = 0; code < SERVICE_CODES; code++) {
            struct service_counted *counted = &measures->methods[i];
            int64_t ended = atomic_load(&counted->handled[code]);
            char labels[256];
            snprintf(labels, sizeof(labels), "%s,grpc_code=\"%s\"", counted->labels, code_names[code]);
            if (ended > 0 || (code == CODE(OK) && is_told(counted)))
                metrics_sample(out, "grpc_server_handled_total", labels, (double)ended);
        }
    metrics_family(out, "grpc_server_handling_seconds", "histogram", "From a call's arrival to its answer.");
    for (size_t i = 0; i < measures->count; i++)
        if (atomic_load(&measures->methods[i].started) > 0)
            metrics_histogram(out, "grpc_server_handling_seconds", measures->methods[i].labels,
                              &measures->methods[i].seconds, &metrics_durations);
}

// The lanes that were started, by name.
struct named_lane {
    char labels[32];
    struct service_lane *lane;
};

#define LANES_MOST (SERVICE_READ_LANES + SERVICE_WRITE_LANES + 4)

static size_t add_lane(struct named_lane *lanes, size_t count, struct service_lane *lane, const char *name,
                       size_t number)
{
    if (!lane->started)
        return count;
    snprintf(lanes[count].labels, sizeof(lanes[count].labels), number ? "lane=\"%s-%zu\"" : "lane=\"%s\"", name,
             number);
    lanes[count].lane = lane;
    return count + 1;
}

static size_t find_lanes(struct service *service, struct named_lane lanes[LANES_MOST])
{
    size_t count = 0;
    for (size_t i = 0; i < SERVICE_READ_LANES; i++)
        count = add_lane(lanes, count, &service->read_lanes[i], "read", i + 1);
    for (size_t i = 0; i < SERVICE_WRITE_LANES; i++)
        count = add_lane(lanes, count, &service->write_lanes[i], "write", i + 1);
    count = add_lane(lanes, count, &service->apart_lane, "apart", 0);
    count = add_lane(lanes, count, &service->feed_lane, "feed", 0);
    count = add_lane(lanes, count, &service->answer_lane, "answer", 0);
    return add_lane(lanes, count, &service->access_lane, "access_log", 0);
}

static double waiting_of(struct service_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    size_t count = queue->count;
    pthread_mutex_unlock(&queue->mutex);
    return (double)count;
}

static void write_lanes(struct service *service, FILE *out)
{
    struct named_lane lanes[LANES_MOST];
    size_t count = find_lanes(service, lanes);
    metrics_family(out, "anlan_lane_queue_calls", "gauge", "Calls that wait for a lane.");
    for (size_t i = 0; i < count; i++)
        metrics_sample(out, "anlan_lane_queue_calls", lanes[i].labels, waiting_of(&lanes[i].lane->queue));
    metrics_family(out, "anlan_lane_connected", "gauge", "1 where the lane's connection to the database stood last.");
    for (size_t i = 0; i < count; i++)
        if (lanes[i].lane != &service->answer_lane)
            metrics_sample(out, "anlan_lane_connected", lanes[i].labels, atomic_load(&lanes[i].lane->connected));
    metrics_family(out, "anlan_batch_calls", "histogram",
                   "Calls that share a pipeline (read) or a transaction (write).");
    metrics_histogram(out, "anlan_batch_calls", "kind=\"read\"", &service->measures->read_batches, &metrics_sizes);
    metrics_histogram(out, "anlan_batch_calls", "kind=\"write\"", &service->measures->write_batches, &metrics_sizes);
}

static void write_pool(struct service *service, FILE *out)
{
    if (!service->works)
        return;
    struct service_pool *pool = &service->pool;
    pthread_mutex_lock(&pool->mutex);
    size_t known = pool->waiting[0];
    size_t strangers = pool->waiting[1];
    pthread_mutex_unlock(&pool->mutex);
    metrics_family(out, "anlan_pool_threads", "gauge", "Threads that compute passwords and signatures.");
    metrics_sample(out, "anlan_pool_threads", "", (double)pool->started);
    metrics_family(out, "anlan_pool_busy_threads", "gauge", "Those of them that compute now.");
    metrics_sample(out, "anlan_pool_busy_threads", "", (double)atomic_load(&pool->busy));
    metrics_family(out, "anlan_pool_queue_calls", "gauge", "Calls that wait for them.");
    metrics_sample(out, "anlan_pool_queue_calls", "callers=\"known\"", (double)known);
    metrics_sample(out, "anlan_pool_queue_calls", "callers=\"strangers\"", (double)strangers);
}

static void write_feeds(struct service *service, FILE *out)
{
    int64_t caught_up = directory_caught_up_at(service->directory);
    metrics_family(out, "anlan_directory_position", "gauge",
                   "Last position of the directory's log that is applied here.");
    metrics_sample(out, "anlan_directory_position", "", (double)directory_position(service->directory));
    metrics_family(out, "anlan_directory_units", "gauge", "Units of the directory.");
    metrics_sample(out, "anlan_directory_units", "", (double)directory_units(service->directory));
    metrics_family(out, "anlan_directory_age_seconds", "gauge", "Since the mirror was last caught up; -1: never.");
    metrics_sample(out, "anlan_directory_age_seconds", "",
                   caught_up < 0 ? -1 : (double)(clock_monotonic() - caught_up) / CLOCK_SECOND);
    metrics_family(out, "anlan_log_entries_total", "counter",
                   "Entries that this process has added to logs of changes.");
    metrics_sample(out, "anlan_log_entries_total", "", (double)atomic_load(&service->measures->entries));
}

static void write_copies(struct service *service, FILE *out)
{
    struct service_copied *copied = &service->copied;
    if (!service->definition->copies)
        return;
    metrics_family(out, "anlan_copies", "gauge", "Logs of instances below that this process copies.");
    metrics_sample(out, "anlan_copies", "", (double)atomic_load(&copied->logs));
    metrics_family(out, "anlan_copies_stopped", "gauge",
                   "Those of them that have stopped: they differ from their source.");
    metrics_sample(out, "anlan_copies_stopped", "", (double)atomic_load(&copied->stopped));
    metrics_family(out, "anlan_copies_lag_entries", "gauge", "Entries that their sources are known to have besides.");
    metrics_sample(out, "anlan_copies_lag_entries", "", (double)atomic_load(&copied->lag));
    metrics_family(out, "anlan_copies_silent_seconds", "gauge", "Since the longest silent source was heard of.");
    metrics_sample(out, "anlan_copies_silent_seconds", "", (double)atomic_load(&copied->silent));
}

static void write_above(struct service *service, FILE *out)
{
    int64_t streams = 0;
    int64_t silent = 0;
    if (service->definition->above_count == 0)
        return;
    service_above_state(service, &streams, &silent);
    metrics_family(out, "anlan_above_streams", "gauge", "Streams of the instance above that this process follows.");
    metrics_sample(out, "anlan_above_streams", "", (double)streams);
    metrics_family(out, "anlan_above_silent_seconds", "gauge", "Since the longest silent of them was heard of.");
    metrics_sample(out, "anlan_above_silent_seconds", "", (double)silent);
}

static void write_all(void *user, FILE *out)
{
    struct service *service = user;
    char labels[128];
    snprintf(labels, sizeof(labels), "service=\"%s\",version=\"%s\"", service->definition->name, ANLAN_VERSION);
    metrics_family(out, "anlan_build_info", "gauge", "1; what runs.");
    metrics_sample(out, "anlan_build_info", labels, 1);
    write_calls(service->measures, out);
    write_lanes(service, out);
    write_pool(service, out);
    write_feeds(service, out);
    service_outlets_tell(service, out);
    write_copies(service, out);
    write_above(service, out);
    metrics_process(out);
}

void service_measures_make(struct service *service)
{
    service->measures = calloc(1, sizeof(*service->measures));
    CHECK(service->measures);
    make_methods(service, service->measures);
}

bool service_measures_listen(struct service *service, const char *address, struct status *status)
{
    return !*address || metrics_listen(&service->measures->listener, address, write_all, service, status);
}

void service_measures_stop(struct service *service)
{
    metrics_listener_close(service->measures->listener);
    service->measures->listener = NULL;
}

void service_measures_free(struct service *service)
{
    free(service->measures->methods);
    free(service->measures);
    service->measures = NULL;
}
