// SPDX-License-Identifier: Apache-2.0
// Reasons of calls: what the envelope, tokens and processes forbid.
#include "support/reasons.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access/token.h"
#include "anlan_rpc_v1.policy.h"
#include "base/clock.h"
#include "base/limits.h"
#include "rpc/local.h"
#include "service/values.h"

#define HAZARDS "anlan.hazards.v1.HazardsService/"
#define UNITS "anlan.organisations.v1.OrganisationsService/"

struct instance *world;

char *address_of(const char *name)
{
    return arena_printf(&world->arena, "ipc://%s/%s", world->dir, name);
}

struct status call_once(const char *address, struct rpc_client_call call)
{
    return answers_call(address, call, 5, &world->arena);
}

struct bytes pack(const ProtobufCMessage *message)
{
    size_t length = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = arena_alloc(&world->arena, length);
    protobuf_c_message_pack(message, packed);
    return (struct bytes){packed, length};
}

struct person clerk(void)
{
    return as(world, "county_officer", COUNTY_150424, "张三");
}

struct bytes create_request(enum place place, const char *request_id)
{
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    request.request_id = request_id ? (char *)request_id : new_request_id(world);
    request.unit_id = world->ids[place];
    request.grade = ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL;
    request.sector = (char *)"fireworks";
    request.description = (char *)"烟花爆竹零售点未配备灭火器";
    return pack(&request.base);
}

struct status create_with(struct person person, struct bytes body, int timeout_ms)
{
    return call_once(address_of("hazards-0"), (struct rpc_client_call){.method = HAZARDS "CreateHazard",
                                                                       .body = body,
                                                                       .credential = person.credential,
                                                                       .timeout_ms = timeout_ms});
}

const Anlan__Hazards__V1__Hazard *created(enum place place, struct person person, const char *request_id)
{
    struct status status = {0};
    const Anlan__Hazards__V1__Hazard *record = create_hazard(world, person, place, "消防通道堵塞", request_id, &status);
    assert_ok(status);
    return record;
}

static struct bytes get_request(void)
{
    Anlan__Hazards__V1__GetHazardRequest request = ANLAN__HAZARDS__V1__GET_HAZARD_REQUEST__INIT;
    request.tenant_id = world->ids[COUNTY_150424];
    request.id = new_request_id(world);
    return pack(&request.base);
}

static struct status get_with(struct bytes credential, struct bytes body)
{
    return call_once(address_of("hazards-0"),
                     (struct rpc_client_call){.method = HAZARDS "GetHazard", .body = body, .credential = credential});
}

static struct status malformed_message(void)
{
    return get_with(clerk().credential, (struct bytes){(const uint8_t *)"\xff\xff\xff\xff\xff", 5});
}

static struct status field_invalid(void)
{
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    request.request_id = new_request_id(world);
    request.unit_id = world->ids[TOWNSHIP_100];
    request.grade = ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL;
    request.sector = (char *)"fireworks";
    struct status status = create_with(clerk(), pack(&request.base), 0);
    assert_int_equal(status.violation_count, 1);
    assert_string_equal(status.violations[0].field, "description");
    assert_string_equal(status.violations[0].description, "is required");
    return status;
}

static struct status deadline_exceeded(void)
{
    created(TOWNSHIP_100, clerk(), NULL);
    instance_hold_heads(world, 60);
    struct status status = create_with(clerk(), create_request(TOWNSHIP_100, NULL), 300);
    instance_release_heads(world);
    return status;
}

// Every thread of the process stands still.
static bool is_frozen(struct instance *instance)
{
    char output[16];
    instance_run(instance, output, sizeof(output), "grep -L '^State:.T' /proc/%d/task/*/status | wc -l",
                 instance->hazards[0]);
    return strtol(output, NULL, 10) == 0;
}

// More changes at once than may wait; the county's log is held meanwhile. The process is frozen while they gather, so
// that they travel in full messages.
static struct status overloaded(void)
{
    enum { CALLS = LIMIT_QUEUED_CALLS + 2000 };
    struct answers answers = ANSWERS_INIT(NULL, REASON(OVERLOADED));
    struct person person = clerk();
    created(TOWNSHIP_100, person, NULL);
    instance_hold_heads(world, 60);
    kill(world->hazards[0], SIGSTOP);
    assert_true(eventually(is_frozen, world));
    struct rpc_client *client = answers_dial(address_of("hazards-0"), 1, 32);
    struct rpc_client_call call = {.method = HAZARDS "CreateHazard",
                                   .body = create_request(TOWNSHIP_100, NULL),
                                   .credential = person.credential,
                                   .timeout_ms = 20000,
                                   .done = answers_note,
                                   .user = &answers};
    for (int i = 0; i < CALLS; i++)
        rpc_client_send(client, &call);
    kill(world->hazards[0], SIGCONT);
    answers_wait_wanted(&answers, CALLS);
    instance_release_heads(world);
    rpc_client_close(client);
    return answers.status;
}

static struct status message_too_large(void)
{
    static uint8_t value[LIMIT_METADATA_BYTES];
    Anlan__Rpc__V1__Metadata item = ANLAN__RPC__V1__METADATA__INIT;
    Anlan__Rpc__V1__Metadata *items[] = {&item};
    item.key = (char *)"any-bin";
    item.value = (ProtobufCBinaryData){.data = value, .len = sizeof(value)};
    return call_once(address_of("hazards-0"), (struct rpc_client_call){.method = HAZARDS "GetHazard",
                                                                       .body = get_request(),
                                                                       .credential = clerk().credential,
                                                                       .metadata = {.count = 1, .items = items}});
}

static struct status method_unknown(void)
{
    static const char *const methods[] = {UNITS "GetUnit", HAZARDS "NoSuchMethod", "no.such.Service/Method", "", "/"};
    struct status status = {0};
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        status = call_once(address_of("hazards-0"), (struct rpc_client_call){.method = methods[i]});
        assert_int_equal(status.code, CODE(UNIMPLEMENTED));
    }
    return status;
}

static struct status internal(void)
{
    instance_sql(world, "hazards",
                 "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$; "
                 "CREATE TRIGGER refuse BEFORE INSERT ON hazards FOR EACH ROW EXECUTE FUNCTION refuse()");
    struct status status = create_with(clerk(), create_request(TOWNSHIP_100, NULL), 0);
    instance_sql(world, "hazards", "DROP TRIGGER refuse ON hazards; DROP FUNCTION refuse()");
    return status;
}

static struct status database_unavailable(void)
{
    instance_kill_database(world);
    struct status status = get_with(clerk().credential, get_request());
    instance_restart_database(world);
    created(TOWNSHIP_100, clerk(), NULL);
    return status;
}

static struct status directory_behind(void)
{
    return call_once(address_of("hazards-0"), (struct rpc_client_call){.method = HAZARDS "GetHazard",
                                                                       .body = get_request(),
                                                                       .credential = clerk().credential,
                                                                       .directory_position = 1000000,
                                                                       .timeout_ms = 3000});
}

// The service ends while a call of it waits for a lock; its answer still comes.
static struct status stopping(void)
{
    struct answers first = ANSWERS_INIT(NULL, REASON(UNSPECIFIED));
    struct answers second = ANSWERS_INIT(NULL, REASON(STOPPING));
    struct rpc_client *client = answers_dial(address_of("hazards-0"), 1, 2);
    struct person person = clerk();
    created(TOWNSHIP_100, person, NULL);
    instance_hold_heads(world, 2);
    struct rpc_client_call call = {.method = HAZARDS "CreateHazard",
                                   .body = create_request(TOWNSHIP_100, NULL),
                                   .credential = person.credential,
                                   .timeout_ms = 8000,
                                   .done = answers_note,
                                   .user = &first};
    rpc_client_send(client, &call);
    usleep(300000);
    kill(world->hazards[0], SIGTERM);
    usleep(300000);
    call.body = get_request();
    call.method = HAZARDS "GetHazard";
    call.user = &second;
    rpc_client_send(client, &call);
    answers_wait(&second, 1);
    answers_wait(&first, 1);
    assert_ok(first.status);
    rpc_client_close(client);
    instance_end_hazards(world, 0, false);
    instance_start_hazards(world, 0);
    return second.status;
}

static struct status unreachable(void)
{
    return call_once(address_of("nobody"), (struct rpc_client_call){.method = HAZARDS "GetHazard", .timeout_ms = 300});
}

static struct status token_missing(void)
{
    return get_with((struct bytes){0}, get_request());
}

static struct status token_invalid(void)
{
    struct bytes credential = clerk().credential;
    uint8_t *copy = memcpy(arena_alloc(&world->arena, credential.length), credential.data, credential.length);
    copy[credential.length - 1] ^= 1;
    return get_with((struct bytes){copy, credential.length}, get_request());
}

static struct status token_expired(void)
{
    struct arena *arena = &world->arena;
    struct bytes credential = {0};
    Anlan__Rpc__V1__ActingPost post = ANLAN__RPC__V1__ACTING_POST__INIT;
    Anlan__Rpc__V1__Claims claims = ANLAN__RPC__V1__CLAIMS__INIT;
    post.unit_id = world->ids[COUNTY_150424];
    post.role = (char *)"county_officer";
    claims.instance_id = world->instance_id;
    claims.token_id = new_request_id(world);
    claims.subject_id = new_request_id(world);
    claims.subject_name = (char *)"张三";
    claims.post = &post;
    claims.issued_at = service_timestamp(clock_now() - CLOCK_DAY, arena);
    claims.expires_at = service_timestamp(clock_now() - CLOCK_DAY + 3600 * CLOCK_SECOND, arena);
    assert_true(
        access_token_sign(world->key, ANLAN__RPC__V1__KEY_PURPOSE__KEY_PURPOSE_TOKEN, &claims, arena, &credential));
    return get_with(credential, get_request());
}

static struct status post_ended(void)
{
    return get_with(as_at(world, "county_officer", new_request_id(world), "赵六").credential, get_request());
}

static struct status cancelled(void)
{
    struct answers answers = ANSWERS_INIT(NULL, REASON(UNSPECIFIED));
    struct rpc_client *client = answers_dial(address_of("nobody"), 1, 1);
    rpc_client_send(client,
                    &(struct rpc_client_call){
                        .method = HAZARDS "GetHazard", .timeout_ms = 10000, .done = answers_note, .user = &answers});
    rpc_client_close(client);
    answers_wait(&answers, 1);
    return answers.status;
}

static void answer_in_the_future(void *user, struct rpc_call *call, const ProtobufCMessage *request)
{
    (void)user, (void)request;
    struct status status = {.code = (status_code)99, .reason = (status_reason)9999};
    snprintf(status.message, sizeof(status.message), "of a later version");
    rpc_call_finish(call, &status, (struct bytes){0}, 0);
}

static struct status status_unknown(void)
{
    static const struct rpc_local_method methods[] = {{"anlan.rpc.v1.HealthService/Check", answer_in_the_future}};
    struct rpc_local local = {
        .what = "the future", .contract = &anlan_rpc_v1_contract, .methods = methods, .method_count = 1};
    struct rpc_server *server = NULL;
    struct status status = {0};
    struct rpc_server_options options = {.address = address_of("future"),
                                         .contexts = 1,
                                         .message_limit = LIMIT_MESSAGE_BYTES,
                                         .call_limit = 1,
                                         .arena_limit = LIMIT_CALL_ARENA_BYTES,
                                         .send_timeout_ms = 1000,
                                         .dispatch = rpc_local_dispatch,
                                         .user = &local};
    assert_true(rpc_server_start(&server, &options, &status));
    status = call_once(options.address, (struct rpc_client_call){.method = methods[0].method});
    assert_string_equal(status.message, "of a later version");
    assert_true(rpc_server_stop(server, 5000));
    return status;
}

const struct reason_row reasons_of_calls[] = {
    {REASON(MALFORMED_MESSAGE), CODE(INVALID_ARGUMENT), 0, malformed_message},
    {REASON(FIELD_INVALID), CODE(INVALID_ARGUMENT), VIOLATIONS, field_invalid},
    {REASON(DEADLINE_EXCEEDED), CODE(DEADLINE_EXCEEDED), 0, deadline_exceeded},
    {REASON(OVERLOADED), CODE(RESOURCE_EXHAUSTED), RETRY, overloaded},
    {REASON(MESSAGE_TOO_LARGE), CODE(RESOURCE_EXHAUSTED), 0, message_too_large},
    {REASON(METHOD_UNKNOWN), CODE(UNIMPLEMENTED), 0, method_unknown},
    {REASON(INTERNAL), CODE(INTERNAL), 0, internal},
    {REASON(DATABASE_UNAVAILABLE), CODE(UNAVAILABLE), 0, database_unavailable},
    {REASON(DIRECTORY_BEHIND), CODE(UNAVAILABLE), RETRY, directory_behind},
    {REASON(STOPPING), CODE(UNAVAILABLE), RETRY, stopping},
    {REASON(UNREACHABLE), CODE(UNAVAILABLE), 0, unreachable},
    {REASON(TOKEN_MISSING), CODE(UNAUTHENTICATED), 0, token_missing},
    {REASON(TOKEN_INVALID), CODE(UNAUTHENTICATED), 0, token_invalid},
    {REASON(TOKEN_EXPIRED), CODE(UNAUTHENTICATED), 0, token_expired},
    {REASON(POST_ENDED), CODE(UNAUTHENTICATED), 0, post_ended},
    {REASON(CANCELLED), CODE(CANCELLED), 0, cancelled},
    {REASON(STATUS_UNKNOWN), CODE(UNKNOWN), 0, status_unknown},
};
const size_t reasons_of_calls_count = COUNT_OF(reasons_of_calls);
