// SPDX-License-Identifier: Apache-2.0
// Every kind of bad input is answered by a clear status with reason and field, and disturbs no neighbour.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "service/values.h"
#include "support/load.h"

static struct instance *county;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static Anlan__Hazards__V1__CreateHazardRequest good_request(void)
{
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    request.request_id = new_request_id(county);
    request.unit_id = county->ids[TOWNSHIP_100];
    request.grade = ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL;
    request.sector = (char *)"fireworks";
    request.description = (char *)"正常的隐患";
    return request;
}

static void create(const Anlan__Hazards__V1__CreateHazardRequest *request, struct status *status)
{
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    call_hazards(county, officer, "CreateHazard", &request->base,
                 &anlan__hazards__v1__create_hazard_response__descriptor, status);
}

#define expect_violation(request, name)                                                                                \
    do {                                                                                                               \
        struct status got = {0};                                                                                       \
        create(&(request), &got);                                                                                      \
        assert_reason(got, FIELD_INVALID);                                                                             \
        assert_int_equal(got.code, CODE(INVALID_ARGUMENT));                                                            \
        assert_int_equal(got.violation_count, 1);                                                                      \
        assert_string_equal(got.violations[0].field, name);                                                            \
        assert_true(got.violations[0].description[0] != '\0');                                                         \
    } while (0)

static void each_field_says_what_is_wrong_with_it(void **state)
{
    (void)state;
    char *long_text = calloc(1, 3 * 1001 + 1);
    Anlan__Hazards__V1__CreateHazardRequest request = good_request();
    request.request_id = (char *)"";
    expect_violation(request, "request_id");
    request.request_id = (char *)"11111111-1111-4111-8111-111111111111";    // version 4
    expect_violation(request, "request_id");
    request = good_request();
    request.unit_id = (char *)"150424";
    expect_violation(request, "unit_id");
    request.unit_id = (char *)"01A20A98-A438-701C-8A94-0F7FA574876C";    // upper case
    expect_violation(request, "unit_id");
    request = good_request();
    request.grade = ANLAN__HAZARDS__V1__GRADE__GRADE_UNSPECIFIED;
    expect_violation(request, "grade");
    request.grade = (Anlan__Hazards__V1__Grade)9;
    expect_violation(request, "grade");
    request = good_request();
    request.sector = (char *)"Fireworks!";
    expect_violation(request, "sector");
    request.sector = (char *)"no_such_sector";
    expect_violation(request, "sector");
    request = good_request();
    request.description = (char *)"";
    expect_violation(request, "description");
    request.description = (char *)"\x1b]52;c;cm0gLXJmCg==\x07 to a terminal that shows it";
    expect_violation(request, "description");
    for (int i = 0; i < 1001; i++)
        memcpy(long_text + 3 * i, "隐", 3);
    request.description = long_text;
    expect_violation(request, "description");
    struct status status = {0};
    long_text[3 * 1000] = '\0';    // 1,000 characters of three bytes each are allowed
    request.request_id = new_request_id(county);
    create(&request, &status);
    assert_ok(status);
    request = good_request();
    request.occurred_at = service_timestamp(clock_now() + CLOCK_DAY, &county->arena);
    expect_violation(request, "occurred_at");
    request.occurred_at->seconds = INT64_MAX;
    expect_violation(request, "occurred_at");
    request.occurred_at->seconds = 0;
    request.occurred_at->nanos = -1;
    expect_violation(request, "occurred_at");
    free(long_text);
}

static void several_faults_are_all_told(void **state)
{
    (void)state;
    struct status status = {0};
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    create(&request, &status);
    assert_reason(status, FIELD_INVALID);
    assert_int_equal(status.violation_count, 5);
}

// A call with a body of any bytes.
struct raw_call {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool ended;
    struct status status;
};

static void on_raw(void *user, const struct rpc_result *result)
{
    struct raw_call *raw = user;
    pthread_mutex_lock(&raw->mutex);
    raw->status = result->status;
    raw->ended = true;
    pthread_cond_signal(&raw->cond);
    pthread_mutex_unlock(&raw->mutex);
}

static struct status send_raw(const char *method, struct bytes body, struct bytes credential)
{
    struct raw_call raw = {.mutex = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
    rpc_client_send(county->ledger, &(struct rpc_client_call){.method = method,
                                                              .body = body,
                                                              .credential = credential,
                                                              .timeout_ms = 10000,
                                                              .done = on_raw,
                                                              .user = &raw});
    pthread_mutex_lock(&raw.mutex);
    while (!raw.ended)
        pthread_cond_wait(&raw.cond, &raw.mutex);
    pthread_mutex_unlock(&raw.mutex);
    return raw.status;
}

#define GET "anlan.hazards.v1.HazardsService/GetHazard"

static void bytes_that_are_no_message_are_refused(void **state)
{
    (void)state;
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    static const uint8_t cut[] = {0x0a, 0x24, 'a'};
    static const uint8_t wrong_type[] = {0x08, 0x01};          // a number where a string should be
    static const uint8_t nul[] = {0x0a, 0x03, 'a', 0, 'b'};    // stack-facts, protobuf-c 3
    static const uint8_t not_utf8[] = {0x0a, 0x02, 0xc0, 0x80};
    static const uint8_t group[] = {0x0b, 0x0c};
    const struct bytes bodies[] = {{cut, sizeof(cut)},
                                   {wrong_type, sizeof(wrong_type)},
                                   {nul, sizeof(nul)},
                                   {not_utf8, sizeof(not_utf8)},
                                   {group, sizeof(group)}};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct status status = send_raw(GET, bodies[i], officer.credential);
        assert_reason(status, MALFORMED_MESSAGE);
        assert_int_equal(status.code, CODE(INVALID_ARGUMENT));
    }
}

static void callers_without_a_good_token_are_refused(void **state)
{
    (void)state;
    uint8_t tampered[2048];
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    struct status status = send_raw(GET, (struct bytes){0}, (struct bytes){0});
    assert_reason(status, TOKEN_MISSING);
    assert_int_equal(status.code, CODE(UNAUTHENTICATED));
    for (size_t at = 0; at < officer.credential.length; at += 7) {
        memcpy(tampered, officer.credential.data, officer.credential.length);
        tampered[at] ^= 1;
        status = send_raw(GET, (struct bytes){0}, (struct bytes){tampered, officer.credential.length});
        assert_reason(status, TOKEN_INVALID);
    }
    status = send_raw(GET, (struct bytes){0}, (struct bytes){officer.credential.data, officer.credential.length / 2});
    assert_reason(status, TOKEN_INVALID);
    struct person nobody = as_at(county, "county_officer", "01a20a98-a438-701c-8a94-0f7fa574876c", "无此单位");
    list_hazards(county, nobody, "", "", 0, &status);
    assert_reason(status, POST_ENDED);
    struct person unknown_role = as(county, "emperor", COUNTY_150424, "无此角色");
    list_hazards(county, unknown_role, "", "", 0, &status);
    assert_reason(status, PERMISSION_MISSING);
}

static void methods_that_do_not_exist_are_told(void **state)
{
    (void)state;
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    static const char *const methods[] = {"anlan.hazards.v1.HazardsService/Nothing", "", "/",
                                          "anlan.organisations.v1.OrganisationsService/GetUnit"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        struct status status = send_raw(methods[i], (struct bytes){0}, officer.credential);
        assert_reason(status, METHOD_UNKNOWN);
        assert_int_equal(status.code, CODE(UNIMPLEMENTED));
    }
}

static void what_does_not_fit_the_record_is_refused(void **state)
{
    (void)state;
    struct status status = {0};
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    const Anlan__Hazards__V1__Hazard *hazard = create_hazard(county, officer, TOWNSHIP_100, "待交办", NULL, &status);
    Anlan__Hazards__V1__AssignHazardRequest request = ANLAN__HAZARDS__V1__ASSIGN_HAZARD_REQUEST__INIT;
    request.request_id = new_request_id(county);
    request.tenant_id = hazard->tenant_id;
    request.id = hazard->id;
    request.version = 1;
    Anlan__Hazards__V1__Assignment assignment = ANLAN__HAZARDS__V1__ASSIGNMENT__INIT;
    request.assignment = &assignment;
    assignment.responsible_unit_id = county->ids[TOWNSHIP_OTHER];
    assignment.responsible_person = (char *)"李四";
    assignment.deadline = service_timestamp(clock_now() + CLOCK_DAY, &county->arena);
    const ProtobufCMessageDescriptor *reply = &anlan__hazards__v1__assign_hazard_response__descriptor;
    call_hazards(county, officer, "AssignHazard", &request.base, reply, &status);
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "assignment.responsible_unit_id");    // of another tenant
    assignment.responsible_unit_id = (char *)"01a20a98-a438-701c-8a94-0f7fa574876c";
    call_hazards(county, officer, "AssignHazard", &request.base, reply, &status);
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "assignment.responsible_unit_id");    // of nobody
    assignment.responsible_unit_id = county->ids[TOWNSHIP_100];
    assignment.deadline = service_timestamp(clock_now() - CLOCK_DAY, &county->arena);
    call_hazards(county, officer, "AssignHazard", &request.base, reply, &status);
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "assignment.deadline");
    request.id = county->ids[COUNTY_150424];
    assignment.deadline = service_timestamp(clock_now() + CLOCK_DAY, &county->arena);
    call_hazards(county, officer, "AssignHazard", &request.base, reply, &status);
    assert_reason(status, RECORD_NOT_FOUND);
    // Nothing of all this was written.
    assert_int_equal(get_hazard(county, officer, hazard->tenant_id, hazard->id, &status)->version, 1);
}

static void units_are_held_to_the_tree(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum place parent;
        Anlan__Organisations__V1__UnitKind kind;
        const char *code;
        status_reason reason;
    } cases[] = {
        {"第二个林西县", CITY_1504, ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_COUNTY, "150424",
         REASON(RECORD_EXISTS)},
        {"县下之市", COUNTY_150424, ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_CITY, "1599", REASON(TIER_CONFLICT)},
        {"企业下之镇", ENTERPRISE, ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_TOWNSHIP, "150424999",
         REASON(TIER_CONFLICT)},
        {"没有代码的县", CITY_1504, ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_COUNTY, "", REASON(FIELD_INVALID)},
        {"代码太短的县", CITY_1504, ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_COUNTY, "1504",
         REASON(FIELD_INVALID)},
        {"有代码的企业", COUNTY_150424, ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_ENTERPRISE, "150424",
         REASON(FIELD_INVALID)},
        {"一二三", COUNTY_150424, ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_TOWNSHIP, "15042x100",
         REASON(FIELD_INVALID)},
    };
    struct person admin = as_at(county, "administrator", county->instance_id, "系统管理员");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status status = {0};
        Anlan__Organisations__V1__CreateUnitRequest request = ANLAN__ORGANISATIONS__V1__CREATE_UNIT_REQUEST__INIT;
        request.request_id = new_request_id(county);
        request.parent_id = county->ids[cases[i].parent];
        request.kind = cases[i].kind;
        request.name = (char *)cases[i].name;
        request.code = (char *)cases[i].code;
        rpc_client_call(county->units, "anlan.organisations.v1.OrganisationsService/CreateUnit", &request.base,
                        &anlan__organisations__v1__create_unit_response__descriptor, admin.credential, 10000,
                        &county->directory_position, &county->arena, &status);
        if (status.reason != cases[i].reason)
            fail_msg("%s: %s %s", cases[i].name, status_reason_text(status.reason)->name, status.message);
    }
}

static void a_neighbour_in_the_same_batch_is_not_disturbed(void **state)
{
    (void)state;
    enum { CALLS = 400 };
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    struct load *load = load_new(CALLS);
    for (int i = 0; i < CALLS; i++)
        load_create(load, county, county->ledger, officer, i % 4 == 1 ? "not a unit" : county->ids[TOWNSHIP_100],
                    i % 4 == 0 ? "短" : "邻居安好", NULL, 20000);
    load_wait(load, 0);
    assert_int_equal(load_count(load, REASON(UNSPECIFIED)), CALLS / 2);
    assert_int_equal(load_count(load, REASON(FIELD_INVALID)), CALLS / 2);
    load_free(load);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_says_what_is_wrong_with_it),
        cmocka_unit_test(several_faults_are_all_told),
        cmocka_unit_test(bytes_that_are_no_message_are_refused),
        cmocka_unit_test(callers_without_a_good_token_are_refused),
        cmocka_unit_test(methods_that_do_not_exist_are_told),
        cmocka_unit_test(what_does_not_fit_the_record_is_refused),
        cmocka_unit_test(units_are_held_to_the_tree),
        cmocka_unit_test(a_neighbour_in_the_same_batch_is_not_disturbed),
    };
    return cmocka_run_group_tests(tests, up, down);
}
