// SPDX-License-Identifier: Apache-2.0
// The load program: one client process that keeps a number of calls under way for some seconds and counts.
//
// bench METHOD CALLS SECONDS: METHOD is get, list, create or update (assign); CALLS are under way at the same time.
// Reads from stdin one line a target: tenant, unit, hazard id. From the environment: ANLAN_HAZARDS, ANLAN_TOKEN,
// BENCH_LANES. Prints calls per second, refused calls, the median and 99th percentile in microseconds, how many were
// answered, and this process's processor time for each in microseconds.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"
#include "rpc/client.h"

#define SERVICE "anlan.hazards.v1.HazardsService/"
#define SAMPLES_MOST 4000000

struct target {
    char tenant[UUID_TEXT_SIZE];
    char unit[UUID_TEXT_SIZE];
    char id[UUID_TEXT_SIZE];
};

struct bench {
    struct rpc_client *client;
    struct bytes credential;
    const char *method;
    struct target *targets;
    size_t target_count;
    atomic_size_t next;
    atomic_size_t done;
    atomic_size_t failed;
    atomic_size_t under_way;
    atomic_bool stopping;
    int64_t until;
    uint32_t *samples;
    pthread_mutex_t mutex;
    pthread_cond_t ended;
};

struct slot {
    struct bench *bench;
    int64_t sent;
};

static void send_next(struct slot *slot);

static void on_done(void *user, const struct rpc_result *result)
{
    struct slot *slot = user;
    struct bench *bench = slot->bench;
    int64_t now = clock_monotonic();
    if (status_ok(&result->status)) {
        size_t at = atomic_fetch_add(&bench->done, 1);
        if (at < SAMPLES_MOST)
            bench->samples[at] = (uint32_t)(now - slot->sent);
    } else if (atomic_fetch_add(&bench->failed, 1) == 0) {
        fprintf(stderr, "first refusal: %s\n", result->status.message);
    }
    if (now < bench->until && !atomic_load(&bench->stopping)) {
        send_next(slot);
        return;
    }
    pthread_mutex_lock(&bench->mutex);
    if (atomic_fetch_sub(&bench->under_way, 1) == 1)
        pthread_cond_signal(&bench->ended);
    pthread_mutex_unlock(&bench->mutex);
}

static size_t pack(struct bench *bench, uint8_t *packed, const char **method)
{
    size_t at = atomic_fetch_add(&bench->next, 1);
    char request_id[UUID_TEXT_SIZE];
    // Multiplying by a prime walks through the targets out of order; an update takes each once.
    bool update = strcmp(bench->method, "update") == 0;
    struct target *target = &bench->targets[(update ? at : at * 7919) % bench->target_count];
    if (update && at + 1 >= bench->target_count)
        atomic_store(&bench->stopping, true);
    if (strcmp(bench->method, "get") == 0) {
        Anlan__Hazards__V1__GetHazardRequest request = ANLAN__HAZARDS__V1__GET_HAZARD_REQUEST__INIT;
        request.tenant_id = target->tenant;
        request.id = target->id;
        *method = SERVICE "GetHazard";
        return anlan__hazards__v1__get_hazard_request__pack(&request, packed);
    }
    if (strcmp(bench->method, "list") == 0) {
        Anlan__Hazards__V1__ListHazardsRequest request = ANLAN__HAZARDS__V1__LIST_HAZARDS_REQUEST__INIT;
        request.unit_id = target->tenant;
        request.page_size = 50;
        *method = SERVICE "ListHazards";
        return anlan__hazards__v1__list_hazards_request__pack(&request, packed);
    }
    struct uuid id = uuid_make(clock_now());
    uuid_format(&id, request_id);
    if (update) {
        Google__Protobuf__Timestamp deadline = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
        Anlan__Hazards__V1__AssignHazardRequest request = ANLAN__HAZARDS__V1__ASSIGN_HAZARD_REQUEST__INIT;
        deadline.seconds = clock_now() / CLOCK_SECOND + 864000;
        request.request_id = request_id;
        request.tenant_id = target->tenant;
        request.id = target->id;
        request.version = 1;
        Anlan__Hazards__V1__Assignment assignment = ANLAN__HAZARDS__V1__ASSIGNMENT__INIT;
        assignment.responsible_unit_id = target->unit;
        assignment.responsible_person = (char *)"张伟";
        assignment.deadline = &deadline;
        request.assignment = &assignment;
        *method = SERVICE "AssignHazard";
        return anlan__hazards__v1__assign_hazard_request__pack(&request, packed);
    }
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    request.request_id = request_id;
    request.unit_id = target->unit;
    request.grade = ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL;
    request.sector = (char *)"fireworks";
    request.location = (char *)"林西镇南大街零售点";
    request.description = (char *)"烟花爆竹零售点未配备灭火器，货架紧贴配电箱，未张贴安全警示标志";
    *method = SERVICE "CreateHazard";
    return anlan__hazards__v1__create_hazard_request__pack(&request, packed);
}

static void send_next(struct slot *slot)
{
    uint8_t packed[1024];
    const char *method = NULL;
    size_t length = pack(slot->bench, packed, &method);
    slot->sent = clock_monotonic();
    rpc_client_send(slot->bench->client, &(struct rpc_client_call){.method = method,
                                                                   .body = {packed, length},
                                                                   .credential = slot->bench->credential,
                                                                   .timeout_ms = 30000,
                                                                   .done = on_done,
                                                                   .user = slot});
}

static void read_targets(struct bench *bench)
{
    size_t room = 0;
    struct target target;
    while (scanf("%36s %36s %36s", target.tenant, target.unit, target.id) == 3) {
        if (bench->target_count == room) {
            room = room ? room * 2 : 1024;
            bench->targets = realloc(bench->targets, room * sizeof(target));
            CHECK(bench->targets);
        }
        bench->targets[bench->target_count++] = target;
    }
    CHECK(bench->target_count > 0);
}

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static double cpu_seconds(void)
{
    struct rusage used;
    CHECK(getrusage(RUSAGE_SELF, &used) == 0);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void report(struct bench *bench, double seconds, double cpu)
{
    size_t done = atomic_load(&bench->done);
    size_t samples = done < SAMPLES_MOST ? done : SAMPLES_MOST;
    qsort(bench->samples, samples, sizeof(*bench->samples), compare);
    printf("%.0f %zu %u %u %zu %.1f\n", (double)done / seconds, atomic_load(&bench->failed),
           samples ? bench->samples[samples / 2] : 0, samples ? bench->samples[samples * 99 / 100] : 0, done,
           done ? cpu * 1e6 / (double)done : 0);
}

// For a tls+tcp:// address, as the environment says; NULL for others.
static struct rpc_tls *open_tls(void)
{
    struct status status = {0};
    struct rpc_tls *tls = NULL;
    struct rpc_tls_options options;
    rpc_tls_options_init(&options);
    options.files = (struct crypto_tls_files){
        .ca = getenv("ANLAN_TLS_CA"), .certificate = getenv("ANLAN_TLS_CERTIFICATE"), .key = getenv("ANLAN_TLS_KEY")};
    if (strncmp(getenv("ANLAN_HAZARDS"), "tls+", 4) == 0)
        CHECK(rpc_tls_open(&tls, &options, &status));
    return tls;
}

static void open_client(struct bench *bench)
{
    static uint8_t token[4096];
    struct status status = {0};
    struct rpc_client_options options;
    const char *lanes = getenv("BENCH_LANES");
    rpc_client_options_init(&options, getenv("ANLAN_HAZARDS"));
    if (lanes)
        options.lanes = (unsigned)strtoul(lanes, NULL, 10);
    options.tls = open_tls();
    CHECK(rpc_client_open(&bench->client, &options, &status));
    CHECK(text_base64url_parse(getenv("ANLAN_TOKEN"), token, sizeof(token), &bench->credential.length));
    bench->credential.data = token;
}

// Keeps calls under way for so many seconds, and waits for the last. Answers how long that was.
static double run(struct bench *bench, struct slot *slots, size_t calls, long seconds)
{
    int64_t start = clock_monotonic();
    bench->until = start + seconds * CLOCK_SECOND;
    atomic_store(&bench->done, 0);
    atomic_store(&bench->failed, 0);
    atomic_store(&bench->under_way, calls);
    for (size_t i = 0; i < calls; i++) {
        slots[i].bench = bench;
        send_next(&slots[i]);
    }
    pthread_mutex_lock(&bench->mutex);
    while (atomic_load(&bench->under_way) > 0)
        pthread_cond_wait(&bench->ended, &bench->mutex);
    pthread_mutex_unlock(&bench->mutex);
    return (double)(clock_monotonic() - start) / CLOCK_SECOND;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "bench get|list|create|update CALLS SECONDS\n");
        return 2;
    }
    static struct bench bench = {.mutex = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};
    size_t calls = strtoul(argv[2], NULL, 10);
    bench.method = argv[1];
    bench.samples = calloc(SAMPLES_MOST, sizeof(*bench.samples));
    struct slot *slots = calloc(calls, sizeof(*slots));
    CHECK(slots && bench.samples && calls > 0);
    read_targets(&bench);
    open_client(&bench);
    run(&bench, slots, 1, 0);    // the connection is there, then
    double cpu = cpu_seconds();
    double seconds = run(&bench, slots, calls, strtol(argv[3], NULL, 10));
    report(&bench, seconds, cpu_seconds() - cpu);
    rpc_client_close(bench.client);
    free(bench.targets);
    free(bench.samples);
    free(slots);
    return 0;
}
