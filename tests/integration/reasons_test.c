// SPDX-License-Identifier: Apache-2.0
// Every reason of the contract, brought about: a row for each, with its example, against a real instance. The enum is
// walked at the end: a reason without a row fails the test, and so does a code that no row brings about.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access/token.h"
#include "anlan_rpc_v1.policy.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "feed/entry.h"
#include "rpc/local.h"
#include "rpc/trace.h"
#include "service/values.h"
#include "support/answers.h"
#include "support/instance.h"

#define HAZARDS "anlan.hazards.v1.HazardsService/"
#define UNITS "anlan.organisations.v1.OrganisationsService/"

static struct instance *world;

static char *address_of(const char *name)
{
    return arena_printf(&world->arena, "ipc://%s/%s", world->dir, name);
}

static struct status call_once(const char *address, struct rpc_client_call call)
{
    return answers_call(address, call, &world->arena);
}

static struct bytes pack(const ProtobufCMessage *message)
{
    size_t length = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = arena_alloc(&world->arena, length);
    protobuf_c_message_pack(message, packed);
    return (struct bytes){packed, length};
}

static struct person clerk(void)
{
    return as(world, "county_officer", COUNTY_150424, "张三");
}

static struct bytes get_request(void)
{
    Anlan__Hazards__V1__GetHazardRequest request = ANLAN__HAZARDS__V1__GET_HAZARD_REQUEST__INIT;
    request.tenant_id = world->ids[COUNTY_150424];
    request.id = new_request_id(world);
    return pack(&request.base);
}

static struct bytes create_request(enum place place, const char *request_id)
{
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    request.request_id = request_id ? (char *)request_id : new_request_id(world);
    request.unit_id = world->ids[place];
    request.grade = ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL;
    request.sector = (char *)"fireworks";
    request.description = (char *)"烟花爆竹零售点未配备灭火器";
    return pack(&request.base);
}

static struct status get_with(struct bytes credential, struct bytes body)
{
    return call_once(address_of("hazards-0"),
                     (struct rpc_client_call){.method = HAZARDS "GetHazard", .body = body, .credential = credential});
}

static struct status create_with(struct person person, struct bytes body, int timeout_ms)
{
    return call_once(address_of("hazards-0"), (struct rpc_client_call){.method = HAZARDS "CreateHazard",
                                                                       .body = body,
                                                                       .credential = person.credential,
                                                                       .timeout_ms = timeout_ms});
}

static const Anlan__Hazards__V1__Hazard *created(enum place place, struct person person, const char *request_id)
{
    struct status status = {0};
    const Anlan__Hazards__V1__Hazard *hazard = create_hazard(world, person, place, "消防通道堵塞", request_id, &status);
    assert_ok(status);
    return hazard;
}

// Another session holds what every change needs, for some time.
static void hold_heads(const char *seconds)
{
    instance_run(world, NULL, 0,
                 "psql -X -q -h %s -U postgres -d anlan_hazards -c 'BEGIN; SELECT * FROM heads FOR UPDATE; "
                 "SELECT pg_sleep(%s); COMMIT' >/dev/null 2>&1 & sleep 0.3",
                 world->dir, seconds);
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

static struct status request_id_reused(void)
{
    char *request_id = new_request_id(world);
    created(TOWNSHIP_100, clerk(), request_id);
    return create_with(clerk(), create_request(TOWNSHIP_100, request_id), 0);
}

static struct status request_id_expired(void)
{
    struct uuid id = uuid_make(clock_now() - 31 * CLOCK_DAY);
    return create_with(clerk(), create_request(TOWNSHIP_100, service_uuid(&id, &world->arena)), 0);
}

static struct status cursor_invalid(void)
{
    struct status status = {0};
    for (int i = 0; i < 2; i++)
        created(TOWNSHIP_100, clerk(), NULL);
    const Anlan__Hazards__V1__ListHazardsResponse *page =
        list_hazards(world, clerk(), world->ids[COUNTY_150424], "", 1, &status);
    assert_ok(status);
    assert_true(*page->next_page_token != '\0');
    assert_null(list_hazards(world, clerk(), world->ids[TOWNSHIP_100], page->next_page_token, 1, &status));
    return status;
}

static struct status deadline_exceeded(void)
{
    created(TOWNSHIP_100, clerk(), NULL);
    hold_heads("1");
    struct status status = create_with(clerk(), create_request(TOWNSHIP_100, NULL), 300);
    sleep(1);
    return status;
}

static struct status record_not_found(void)
{
    const Anlan__Hazards__V1__Hazard *hazard =
        created(TOWNSHIP_OTHER, as(world, "county_officer", COUNTY_150423, "李四"), NULL);
    struct status status = {0};
    assert_null(get_hazard(world, clerk(), hazard->tenant_id, hazard->id, &status));
    return status;
}

static struct status unit_not_found(void)
{
    return create_with(clerk(), create_request(TOWNSHIP_OTHER, NULL), 0);
}

static struct status create_unit(enum place parent, Anlan__Organisations__V1__UnitKind kind, const char *code)
{
    struct person admin = as_at(world, "administrator", world->instance_id, "系统管理员");
    Anlan__Organisations__V1__CreateUnitRequest request = ANLAN__ORGANISATIONS__V1__CREATE_UNIT_REQUEST__INIT;
    request.request_id = new_request_id(world);
    request.parent_id = world->ids[parent];
    request.kind = kind;
    request.code = (char *)code;
    request.name = (char *)"某单位";
    return call_once(address_of("organisations-0"), (struct rpc_client_call){.method = UNITS "CreateUnit",
                                                                             .body = pack(&request.base),
                                                                             .credential = admin.credential});
}

static struct status record_exists(void)
{
    return create_unit(CITY_1504, ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_COUNTY, "150424");
}

static struct status permission_missing(void)
{
    struct person auditor = as(world, "auditor", COUNTY_150424, "王五");
    return create_with(auditor, create_request(TOWNSHIP_100, NULL), 0);
}

// More changes at once than may wait; the county's log is held meanwhile. The process is frozen while they gather, so
// that they travel in full messages.
static struct status overloaded(void)
{
    enum { CALLS = LIMIT_QUEUED_CALLS + 2000 };
    struct answers answers = ANSWERS_INIT(NULL, REASON(OVERLOADED));
    struct person person = clerk();
    created(TOWNSHIP_100, person, NULL);
    hold_heads("2");
    kill(world->hazards[0], SIGSTOP);
    struct rpc_client *client = answers_dial(address_of("hazards-0"), 1, 32);
    for (int i = 0; i < CALLS; i++)
        rpc_client_send(client, &(struct rpc_client_call){.method = HAZARDS "CreateHazard",
                                                          .body = create_request(TOWNSHIP_100, NULL),
                                                          .credential = person.credential,
                                                          .timeout_ms = 1500,
                                                          .done = answers_note,
                                                          .user = &answers});
    kill(world->hazards[0], SIGCONT);
    answers_wait(&answers, CALLS);
    rpc_client_close(client);
    assert_true(answers.matching >= 1);
    sleep(2);
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

static struct status state_conflict(void)
{
    struct status status = {0};
    const Anlan__Hazards__V1__Hazard *hazard = created(TOWNSHIP_100, clerk(), NULL);
    hazard = assign_hazard(world, clerk(), hazard, NULL, &status);
    assert_ok(status);
    assert_null(assign_hazard(world, clerk(), hazard, NULL, &status));
    return status;
}

static struct status version_conflict(void)
{
    struct status status = {0};
    const Anlan__Hazards__V1__Hazard *hazard = created(TOWNSHIP_100, clerk(), NULL);
    assert_non_null(assign_hazard(world, clerk(), hazard, NULL, &status));
    assert_null(assign_hazard(world, clerk(), hazard, NULL, &status));
    return status;
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
                                                                       .timeout_ms = 1000});
}

// The service ends while a call of it waits for a lock; its answer still comes.
static struct status stopping(void)
{
    struct answers first = ANSWERS_INIT(NULL, REASON(UNSPECIFIED));
    struct answers second = ANSWERS_INIT(NULL, REASON(STOPPING));
    struct rpc_client *client = answers_dial(address_of("hazards-0"), 1, 2);
    struct person person = clerk();
    created(TOWNSHIP_100, person, NULL);
    hold_heads("2");
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

static struct status data_corrupt(void)
{
    struct person other = as(world, "county_officer", COUNTY_150423, "李四");
    char *request_id = new_request_id(world);
    created(TOWNSHIP_OTHER, other, request_id);
    instance_sql(world, "hazards", "UPDATE entries SET entry = '\\xdeadbeef' WHERE tenant_id = '%s'",
                 world->ids[COUNTY_150423]);
    struct status status = {0};
    assert_null(create_hazard(world, other, TOWNSHIP_OTHER, "消防通道堵塞", request_id, &status));
    return status;
}

static struct status tier_conflict(void)
{
    return create_unit(TOWNSHIP_100, ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_COUNTY, "150499");
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

static struct status cursor_past_end(void)
{
    Anlan__Rpc__V1__PullRequest request = ANLAN__RPC__V1__PULL_REQUEST__INIT;
    struct uuid tenant;
    assert_true(uuid_parse(world->ids[COUNTY_150424], &tenant));
    request.tenant_id = world->ids[COUNTY_150424];
    request.cursor = feed_cursor_write(&tenant, 1000000, &world->arena);
    return call_once(address_of("hazards-0.feed"),
                     (struct rpc_client_call){.method = "anlan.rpc.v1.FeedService/Pull",
                                              .body = pack(&request.base),
                                              .credential = as(world, "auditor", COUNTY_150424, "王五").credential});
}

enum { VIOLATIONS = 1, RETRY = 2 };

static const struct row {
    status_reason reason;
    status_code code;
    unsigned with;    // what else the contract promises
    struct status (*bring_about)(void);
} rows[] = {
    {REASON(MALFORMED_MESSAGE), CODE(INVALID_ARGUMENT), 0, malformed_message},
    {REASON(FIELD_INVALID), CODE(INVALID_ARGUMENT), VIOLATIONS, field_invalid},
    {REASON(REQUEST_ID_REUSED), CODE(INVALID_ARGUMENT), 0, request_id_reused},
    {REASON(REQUEST_ID_EXPIRED), CODE(FAILED_PRECONDITION), 0, request_id_expired},
    {REASON(CURSOR_INVALID), CODE(INVALID_ARGUMENT), 0, cursor_invalid},
    {REASON(DEADLINE_EXCEEDED), CODE(DEADLINE_EXCEEDED), 0, deadline_exceeded},
    {REASON(RECORD_NOT_FOUND), CODE(NOT_FOUND), 0, record_not_found},
    {REASON(UNIT_NOT_FOUND), CODE(NOT_FOUND), 0, unit_not_found},
    {REASON(RECORD_EXISTS), CODE(ALREADY_EXISTS), 0, record_exists},
    {REASON(PERMISSION_MISSING), CODE(PERMISSION_DENIED), 0, permission_missing},
    {REASON(OVERLOADED), CODE(RESOURCE_EXHAUSTED), RETRY, overloaded},
    {REASON(MESSAGE_TOO_LARGE), CODE(RESOURCE_EXHAUSTED), 0, message_too_large},
    {REASON(STATE_CONFLICT), CODE(FAILED_PRECONDITION), 0, state_conflict},
    {REASON(VERSION_CONFLICT), CODE(ABORTED), 0, version_conflict},
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
    {REASON(DATA_CORRUPT), CODE(DATA_LOSS), 0, data_corrupt},
    {REASON(TIER_CONFLICT), CODE(FAILED_PRECONDITION), 0, tier_conflict},
    {REASON(STATUS_UNKNOWN), CODE(UNKNOWN), 0, status_unknown},
    {REASON(CURSOR_PAST_END), CODE(OUT_OF_RANGE), 0, cursor_past_end},
};

// In the contract ahead of the methods that will answer with them; a row takes each one's place when they come.
static const status_reason awaited[] = {REASON(TOO_MANY_RECORDS), REASON(STEP_OF_OTHER_UNIT), REASON(SAME_PERSON)};

static void bring_about(void **state)
{
    const struct row *row = *state;
    struct status status = row->bring_about();
    const struct status_reason_text *text = status_reason_text(row->reason);
    if (status.reason != row->reason || status.code != row->code)
        fail_msg("expected %s, got %s %s: %s", text->name, status_code_name(status.code),
                 status_reason_text(status.reason)->name, status.message);
    assert_int_equal(text->code, row->code);
    assert_true(*status.message != '\0');
    assert_int_equal(status.violation_count > 0, (row->with & VIOLATIONS) != 0);
    assert_int_equal(status.retry_after_ms > 0, (row->with & RETRY) != 0);
}

static bool is_brought_about(status_reason reason)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].reason == reason)
            return true;
    return false;
}

static bool is_awaited(status_reason reason)
{
    for (size_t i = 0; i < COUNT_OF(awaited); i++)
        if (awaited[i] == reason)
            return true;
    return false;
}

static void every_reason_has_its_row(void **state)
{
    (void)state;
    const ProtobufCEnumDescriptor *reasons = &anlan__rpc__v1__reason__descriptor;
    for (unsigned i = 0; i < reasons->n_values; i++) {
        status_reason reason = (status_reason)reasons->values[i].value;
        if (reason != REASON(UNSPECIFIED) && is_brought_about(reason) == is_awaited(reason))
            fail_msg("%s: %s", reasons->values[i].name,
                     is_awaited(reason) ? "awaited no more" : "nobody answers with it");
    }
}

// gRPC's list, numbers and names; each is the code of a reason that was brought about, and OK.
static void every_code_of_grpc_is_used(void **state)
{
    (void)state;
    static const char *const names[] = {
        "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
        "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
        "DATA_LOSS", "UNAUTHENTICATED"};
    assert_int_equal(anlan__rpc__v1__code__descriptor.n_values, COUNT_OF(names));
    for (size_t code = 0; code < COUNT_OF(names); code++) {
        bool used = code == CODE(OK);
        for (size_t i = 0; i < COUNT_OF(rows); i++)
            used = used || (size_t)rows[i].code == code;
        assert_string_equal(status_code_name((status_code)code), names[code]);
        assert_true(used);
    }
}

static int up(void **state)
{
    (void)state;
    world = instance_start(1);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(world);
    return 0;
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 2] = {
        cmocka_unit_test(every_reason_has_its_row),
        cmocka_unit_test(every_code_of_grpc_is_used),
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        tests[i + 2] = (struct CMUnitTest){.name = status_reason_text(rows[i].reason)->name,
                                           .test_func = bring_about,
                                           .initial_state = (void *)&rows[i]};
    return cmocka_run_group_tests(tests, up, down);
}
