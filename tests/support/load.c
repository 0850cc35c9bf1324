// SPDX-License-Identifier: Apache-2.0
#include "support/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "service/values.h"

struct load *load_new(size_t count)
{
    struct load *load = calloc(1, sizeof(*load));
    CHECK(load);
    load->calls = calloc(count, sizeof(*load->calls));
    CHECK(load->calls);
    load->count = count;
    pthread_mutex_init(&load->mutex, NULL);
    pthread_cond_init(&load->changed, NULL);
    return load;
}

void load_free(struct load *load)
{
    load_wait(load, 0);
    pthread_mutex_destroy(&load->mutex);
    pthread_cond_destroy(&load->changed);
    free(load->calls);
    free(load);
}

static void on_done(void *user, const struct rpc_result *result)
{
    struct load_call *call = user;
    struct load *load = call->load;
    call->status = result->status;
    // Both replies hold the hazard as their first field.
    Anlan__Hazards__V1__CreateHazardResponse *reply =
        status_ok(&result->status)
            ? anlan__hazards__v1__create_hazard_response__unpack(NULL, result->body.length, result->body.data)
            : NULL;
    if (reply && reply->hazard) {
        snprintf(call->id, sizeof(call->id), "%s", reply->hazard->id);
        call->version = reply->hazard->version;
    }
    if (reply)
        anlan__hazards__v1__create_hazard_response__free_unpacked(reply, NULL);
    pthread_mutex_lock(&load->mutex);
    call->ended = true;
    load->ended++;
    pthread_cond_broadcast(&load->changed);
    pthread_mutex_unlock(&load->mutex);
}

static void send_call(struct load *load, struct rpc_client *client, struct person person, const char *method,
                      const ProtobufCMessage *request, int timeout_ms)
{
    uint8_t packed[4096];
    CHECK(protobuf_c_message_get_packed_size(request) <= sizeof(packed) && load->sent < load->count);
    struct load_call *slot = &load->calls[load->sent++];
    slot->load = load;
    const struct rpc_client_call call = {
        .method = method,
        .body = {packed, protobuf_c_message_pack(request, packed)},
        .credential = person.credential,
        .timeout_ms = timeout_ms,
        .done = on_done,
        .user = slot,
    };
    rpc_client_send(client, &call);
}

static char *fresh(char text[UUID_TEXT_SIZE])
{
    struct uuid id = uuid_make(clock_now());
    uuid_format(&id, text);
    return text;
}

void load_create(struct load *load, struct instance *instance, struct rpc_client *client, struct person person,
                 const char *unit_id, const char *description, const char *request_id, int timeout_ms)
{
    (void)instance;
    char own[UUID_TEXT_SIZE];
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    request.request_id = request_id ? (char *)request_id : fresh(own);
    request.unit_id = (char *)unit_id;
    request.grade = ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL;
    request.sector = (char *)"fireworks";
    request.description = (char *)description;
    send_call(load, client, person, "anlan.hazards.v1.HazardsService/CreateHazard", &request.base, timeout_ms);
}

void load_assign(struct load *load, struct instance *instance, struct rpc_client *client, struct person person,
                 const Anlan__Hazards__V1__Hazard *hazard, int timeout_ms)
{
    char own[UUID_TEXT_SIZE];
    Google__Protobuf__Timestamp deadline = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    deadline.seconds = CLOCK_LAST / 2 / CLOCK_SECOND;
    Anlan__Hazards__V1__AssignHazardRequest request = ANLAN__HAZARDS__V1__ASSIGN_HAZARD_REQUEST__INIT;
    request.request_id = fresh(own);
    request.tenant_id = hazard->tenant_id;
    request.id = hazard->id;
    request.version = hazard->version;
    Anlan__Hazards__V1__Assignment assignment = ANLAN__HAZARDS__V1__ASSIGNMENT__INIT;
    assignment.responsible_unit_id = instance->ids[TOWNSHIP_100];
    assignment.responsible_person = (char *)"张三";
    assignment.deadline = &deadline;
    request.assignment = &assignment;
    send_call(load, client, person, "anlan.hazards.v1.HazardsService/AssignHazard", &request.base, timeout_ms);
}

void load_wait(struct load *load, size_t most)
{
    pthread_mutex_lock(&load->mutex);
    while (load->sent - load->ended > most)
        pthread_cond_wait(&load->changed, &load->mutex);
    pthread_mutex_unlock(&load->mutex);
}

size_t load_count(const struct load *load, status_reason reason)
{
    size_t count = 0;
    for (size_t i = 0; i < load->sent; i++)
        count += load->calls[i].ended && load->calls[i].status.reason == reason;
    return count;
}

struct rpc_client *load_client(struct instance *instance, int number)
{
    char addresses[512] = "";
    struct status status = {0};
    struct rpc_client *client = NULL;
    struct rpc_client_options options;
    for (int i = 0; i < instance->hazard_count; i++)
        if (number < 0 || number == i)
            snprintf(addresses + strlen(addresses), sizeof(addresses) - strlen(addresses), "%sipc://%s/hazards-%d",
                     *addresses ? "," : "", instance->dir, i);
    rpc_client_options_init(&options, addresses);
    options.attempts = 100;
    CHECK(rpc_client_open(&client, &options, &status));
    return client;
}
