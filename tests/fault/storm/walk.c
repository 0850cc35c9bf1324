// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "anlan_hazards_v1.policy.h"
#include "base/check.h"
#include "base/clock.h"
#include "cli.h"
#include "json.h"
#include "storm.h"

#define WALKERS 32
#define CALL_MS 15000

enum who { FINDER, ASSIGNER, RESPONSIBLE, ACCEPTOR, LOOKER, ROLES };

// A step, and those of which one comes next; the first is CREATE.
enum step { CREATE, ASSIGN, START, REPORT, REFUSE, ACCEPT, CONFIRM, REBOUND };

static const struct play {
    const char *method;
    enum who who;
    const char *request;    // %U is the township
    enum step next[2];
} plays[] = {
#define ASSIGNMENT                                                                                                     \
    "\"assignment\": {\"responsible_unit_id\": \"%U\", \"responsible_person\": \"张三\", \"deadline\": "             \
    "\"2099-01-01T00:00:00Z\"}"
    [CREATE] = {"CreateHazard",
                FINDER,
                "{\"unit_id\": \"%U\", \"grade\": \"GRADE_GENERAL\", \"sector\": \"fireworks\", \"description\": "
                "\"通道堵塞\"}",
                {ASSIGN, ASSIGN}},
    [ASSIGN] = {"AssignHazard", ASSIGNER, "{" ASSIGNMENT "}", {START, START}},
    [START] = {"StartRectification", RESPONSIBLE, "{}", {REPORT, REPORT}},
    [REPORT] = {"ReportRectification", RESPONSIBLE, "{\"measures\": \"已清理\"}", {ACCEPT, REFUSE}},
    [REFUSE] = {"RefuseHazard", ACCEPTOR, "{\"reason\": \"数量不足\"}", {REPORT, REPORT}},
    [ACCEPT] = {"AcceptHazard", ACCEPTOR, "{}", {CONFIRM, REBOUND}},
    [CONFIRM] = {"LookBack", LOOKER, "{\"verdict\": \"VERDICT_CONFIRMED\", \"note\": \"真整改\"}", {CREATE, CREATE}},
    [REBOUND] = {"LookBack",
                 LOOKER,
                 "{\"verdict\": \"VERDICT_REBOUND\", \"note\": \"又堵塞了\", " ASSIGNMENT "}",
                 {REPORT, REPORT}},
};

struct walker {
    struct walk *walk;
    struct dice dice;
    enum step step;
    char request_id[UUID_TEXT_SIZE];
    char tenant_id[UUID_TEXT_SIZE];
    char id[UUID_TEXT_SIZE];
    int64_t version;
    char method[96];
    uint8_t body[2048];
    size_t length;
};

struct walk {
    struct rpc_client *client;
    struct person persons[ROLES];
    char township[UUID_TEXT_SIZE];
    struct walker walkers[WALKERS];
    FILE *file;
    pthread_mutex_t mutex;
    struct walk_figures figures;
    atomic_bool stopping;
    atomic_int walking;
};

uint64_t dice_throw(struct dice *dice)
{
    dice->state += 0x9e3779b97f4a7c15U;    // splitmix64
    uint64_t z = dice->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

unsigned dice_below(struct dice *dice, unsigned most)
{
    return (unsigned)(dice_throw(dice) % most);
}

static json_t *request_of(const struct walker *walker)
{
    char text[1024];
    const char *template = plays[walker->step].request;
    const char *unit = strstr(template, "%U");
    snprintf(text, sizeof(text), "%.*s%s%s", unit ? (int)(unit - template) : (int)strlen(template), template,
             unit ? walker->walk->township : "", unit ? unit + 2 : "");
    json_t *json = json_loads(text, 0, NULL);
    CHECK(json);
    json_object_set_new(json, "request_id", json_string(walker->request_id));
    if (walker->step != CREATE) {
        json_object_set_new(json, "tenant_id", json_string(walker->tenant_id));
        json_object_set_new(json, "id", json_string(walker->id));
        json_object_set_new(json, "version", json_integer(walker->version));
    }
    return json;
}

static void make(struct walker *walker)
{
    struct status status = {0};
    struct arena arena;
    struct uuid id = uuid_make(clock_now());
    uuid_format(&id, walker->request_id);
    snprintf(walker->method, sizeof(walker->method), "anlan.hazards.v1.HazardsService/%s", plays[walker->step].method);
    arena_init(&arena, (size_t)1 << 20);
    json_t *json = request_of(walker);
    const ProtobufCMessage *request = json_to_message(
        json, rpc_contract_policy(&anlan_hazards_v1_contract, walker->method)->request, &arena, &status);
    CHECK(request && protobuf_c_message_get_packed_size(request) <= sizeof(walker->body));
    walker->length = protobuf_c_message_pack(request, walker->body);
    json_decref(json);
    arena_fini(&arena);
}

static void send_step(struct walker *walker);

static void note(struct walk *walk, const struct walker *walker)
{
    pthread_mutex_lock(&walk->mutex);
    walk->figures.acknowledged++;
    fprintf(walk->file, "%s %s %lld\n", walker->request_id, walker->id, (long long)walker->version);
    pthread_mutex_unlock(&walk->mutex);
}

// All replies hold the hazard as their first field.
static void take(struct walker *walker, const struct rpc_result *result)
{
    Anlan__Hazards__V1__CreateHazardResponse *reply =
        anlan__hazards__v1__create_hazard_response__unpack(NULL, result->body.length, result->body.data);
    CHECK(reply && reply->hazard);
    snprintf(walker->id, sizeof(walker->id), "%s", reply->hazard->id);
    snprintf(walker->tenant_id, sizeof(walker->tenant_id), "%s", reply->hazard->tenant_id);
    walker->version = reply->hazard->version;
    anlan__hazards__v1__create_hazard_response__free_unpacked(reply, NULL);
}

// Nobody knows whether it had its effect: the same again.
static bool in_doubt(const struct status *status)
{
    return status->code == CODE(UNAVAILABLE) || status->code == CODE(DEADLINE_EXCEEDED) ||
           status->code == CODE(RESOURCE_EXHAUSTED);
}

static void on_done(void *user, const struct rpc_result *result)
{
    struct walker *walker = user;
    struct walk *walk = walker->walk;
    if (in_doubt(&result->status)) {
        send_step(walker);
        return;
    }
    if (status_ok(&result->status)) {
        take(walker, result);
        note(walk, walker);
        walker->step = plays[walker->step].next[dice_below(&walker->dice, 2)];
    } else {
        fprintf(stderr, "%s of %s refused: %s: %s\n", walker->method, walker->id,
                status_reason_text(result->status.reason)->name, result->status.message);
        pthread_mutex_lock(&walk->mutex);
        walk->figures.refused++;
        pthread_mutex_unlock(&walk->mutex);
        walker->step = CREATE;
    }
    if (atomic_load(&walk->stopping)) {
        atomic_fetch_sub(&walk->walking, 1);
        return;
    }
    make(walker);
    send_step(walker);
}

static void send_step(struct walker *walker)
{
    struct walk *walk = walker->walk;
    pthread_mutex_lock(&walk->mutex);
    walk->figures.sent++;
    pthread_mutex_unlock(&walk->mutex);
    rpc_client_send(walk->client,
                    &(struct rpc_client_call){.method = walker->method,
                                              .body = {walker->body, walker->length},
                                              .credential = walk->persons[plays[walker->step].who].credential,
                                              .timeout_ms = CALL_MS,
                                              .done = on_done,
                                              .user = walker});
}

static void cast(struct walk *walk, struct instance *instance)
{
    walk->persons[FINDER] = as(instance, "county_officer", COUNTY_150424, "发现人");
    walk->persons[ASSIGNER] = as(instance, "county_officer", COUNTY_150424, "交办人");
    walk->persons[RESPONSIBLE] = as(instance, "township_clerk", TOWNSHIP_100, "整改人");
    walk->persons[ACCEPTOR] = as(instance, "county_officer", COUNTY_150424, "验收人");
    walk->persons[LOOKER] = as(instance, "county_officer", COUNTY_150424, "回头看");
}

struct walk *walk_start(struct instance *instance, const char *addresses, const char *path, uint64_t seed)
{
    struct walk *walk = calloc(1, sizeof(*walk));
    struct rpc_client_options options;
    struct status status = {0};
    CHECK(walk && (walk->file = fopen(path, "w")) != NULL);
    pthread_mutex_init(&walk->mutex, NULL);
    memcpy(walk->township, instance->ids[TOWNSHIP_100], UUID_TEXT_SIZE);
    cast(walk, instance);
    rpc_client_options_init(&options, addresses);
    options.attempts = 100;
    CHECK(rpc_client_open(&walk->client, &options, &status));
    atomic_store(&walk->walking, WALKERS);
    for (size_t i = 0; i < WALKERS; i++) {
        struct walker *walker = &walk->walkers[i];
        *walker = (struct walker){.walk = walk, .dice = {seed + i}, .step = CREATE};
        make(walker);
        send_step(walker);
    }
    return walk;
}

int walk_ending(struct walk *walk)
{
    atomic_store(&walk->stopping, true);
    return atomic_load(&walk->walking);
}

struct walk_figures walk_stop(struct walk *walk)
{
    rpc_client_close(walk->client);
    struct walk_figures figures = walk->figures;
    fclose(walk->file);
    pthread_mutex_destroy(&walk->mutex);
    free(walk);
    return figures;
}
