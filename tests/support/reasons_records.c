// SPDX-License-Identifier: Apache-2.0
// Reasons of records: what the state of the ledger and of the directory forbids.
#include "support/reasons.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "feed/entry.h"
#include "service/stream.h"
#include "service/values.h"
#include "support/ask.h"
#include "support/steps.h"

#define HAZARDS "anlan.hazards.v1.HazardsService/"
#define UNITS "anlan.organisations.v1.OrganisationsService/"

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

static struct status record_not_found(void)
{
    const Anlan__Hazards__V1__Hazard *record =
        created(TOWNSHIP_OTHER, as(world, "county_officer", COUNTY_150423, "李四"), NULL);
    struct status status = {0};
    assert_null(get_hazard(world, clerk(), record->tenant_id, record->id, &status));
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

static struct status state_conflict(void)
{
    struct status status = {0};
    const Anlan__Hazards__V1__Hazard *record = created(TOWNSHIP_100, clerk(), NULL);
    record = assign_hazard(world, clerk(), record, NULL, &status);
    assert_ok(status);
    assert_null(assign_hazard(world, clerk(), record, NULL, &status));
    return status;
}

static struct status version_conflict(void)
{
    struct status status = {0};
    const Anlan__Hazards__V1__Hazard *record = created(TOWNSHIP_100, clerk(), NULL);
    assert_non_null(assign_hazard(world, clerk(), record, NULL, &status));
    assert_null(assign_hazard(world, clerk(), record, NULL, &status));
    return status;
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

// A step of a hazard that is in this state, taken by an officer of the county of this name.
static struct status taken_by(Anlan__Hazards__V1__State state, Anlan__Hazards__V1__Action action, const char *name)
{
    struct cast cast = cast_of(world);
    struct status status = {0};
    const hazard *was = hazard_in(world, &cast, state, ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL);
    cast.responsible = cast.acceptor = as(world, "county_officer", COUNTY_150424, name);
    assert_null(step(world, &cast, was, action, &status));
    return status;
}

static struct status step_of_other_unit(void)
{
    return taken_by(ANLAN__HAZARDS__V1__STATE__STATE_ASSIGNED, ANLAN__HAZARDS__V1__ACTION__ACTION_START, "交办人");
}

static struct status same_person(void)
{
    return taken_by(ANLAN__HAZARDS__V1__STATE__STATE_AWAITING_ACCEPTANCE, ANLAN__HAZARDS__V1__ACTION__ACTION_ACCEPT,
                    "整改人");
}

// A township's officer would let somebody read his whole county.
static struct status grant_too_wide(void)
{
    struct status status = {0};
    struct person admin = as_at(world, "administrator", world->instance_id, "系统管理员");
    const char *names[] = {"赵铁柱", "钱七"};
    const char *people[2];
    for (int i = 0; i < 2; i++)
        people[i] = reply_at(world,
                             ask_well(world, admin, "CreatePerson", "{'unitId': '%s', 'name': '%s'}",
                                      world->ids[TOWNSHIP_100], names[i]),
                             "person.id");
    const char *made = ask_well(world, admin, "CreatePost", "{'personId': '%s', 'unitId': '%s', 'role': 'leader'}",
                                people[0], world->ids[TOWNSHIP_100]);
    assert_null(ask(world, as(world, "leader", TOWNSHIP_100, "赵铁柱"), "RequestGrant", &status,
                    "{'ground': 'GRANT_GROUND_ASSISTING', 'grantorPostId': '%s', 'granteePersonId': '%s', "
                    "'unitId': '%s', 'permissions': ['hazards.read'], 'endsAt': '2100-01-01T00:00:00Z', "
                    "'reason': '协助', 'document': '林政发〔2026〕1 号'}",
                    reply_at(world, made, "post.id"), people[1], world->ids[COUNTY_150424]));
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

static struct bytes stream_request(const char *cursor)
{
    Anlan__Rpc__V1__PullStreamRequest request = ANLAN__RPC__V1__PULL_STREAM_REQUEST__INIT;
    request.cursor = (char *)cursor;
    return pack(&request.base);
}

static struct status pull_stream(struct person person, const char *cursor)
{
    return call_once(address_of("hazards-0.feed"),
                     (struct rpc_client_call){.method = "anlan.rpc.v1.FeedService/PullStream",
                                              .body = stream_request(cursor),
                                              .credential = person.credential});
}

// A stream that nobody has begun.
static struct status cursor_expired(void)
{
    static const uint8_t digest[CRYPTO_DIGEST_SIZE];
    struct uuid id = uuid_make(clock_now());
    return pull_stream(clerk(), service_stream_cursor_write(&id, 1, digest, &world->arena));
}

// One who does not wait.
static struct status budget_spent(void)
{
    struct person hasty = as(world, "auditor", COUNTY_150424, "急性子");
    struct status status = {0};
    int pulls = 0;
    struct rpc_client *client = answers_dial(address_of("hazards-0.feed"), 1, 1);
    for (; status.reason != REASON(BUDGET_SPENT) && pulls < 2000; pulls++) {
        struct answers answers = ANSWERS_INIT(&world->arena, REASON(BUDGET_SPENT));
        rpc_client_send(client, &(struct rpc_client_call){.method = "anlan.rpc.v1.FeedService/PullStream",
                                                          .body = stream_request("AAAA"),
                                                          .credential = hasty.credential,
                                                          .timeout_ms = 10000,
                                                          .done = answers_note,
                                                          .user = &answers});
        answers_wait(&answers, 1);
        status = answers.status;
    }
    rpc_client_close(client);
    assert_true(pulls > 600);
    return status;
}

// A city gets an instance of its own: from then on its records are only read here.
static struct status owned_elsewhere(void)
{
    char output[2048];
    struct status status = {0};
    const char *format =
        "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_KEYS=%s/keys; export ANLAN_TOKEN=$(anlan "
        "token --role administrator --instance); anlan units create --parent 15 --kind city --code 1505 "
        "--name 通辽市 && anlan init %s/below && anlan pki init %s/pki-below && anlan instances request "
        "--keys %s/below --code 1505 --name 通辽市 --host below.example --ca %s/pki-below/ca.crt "
        ">%s/below.json && anlan instances enrol %s/below.json --unit 1505 --name 内蒙古自治区 --host "
        "above.example --ca %s/pki-below/ca.crt 2>&1 >%s/above.json && anlan units get --code 1505 --json";
    const char *dir = world->dir;
    if (instance_run(world, output, sizeof(output), format, dir, dir, dir, dir, dir, dir, dir, dir, dir, dir) != 0)
        fail_msg("%s", output);
    char *id = strstr(output, "\"id\": \"");
    assert_non_null(id);
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    request.request_id = new_request_id(world);
    request.unit_id = arena_text(&world->arena, id + strlen("\"id\": \""), 36);
    request.grade = ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL;
    request.sector = (char *)"fireworks";
    request.description = (char *)"代录";
    // The mirror of hazards has it within a moment.
    for (int try = 0; try < 100 && status.reason != REASON(OWNED_ELSEWHERE); try++) {
        status = create_with(as(world, "region_officer", REGION_15, "刘志强"), pack(&request.base), 0);
        usleep(50000);
    }
    return status;
}

const struct reason_row reasons_of_records[] = {
    {REASON(REQUEST_ID_REUSED), CODE(INVALID_ARGUMENT), 0, request_id_reused},
    {REASON(REQUEST_ID_EXPIRED), CODE(FAILED_PRECONDITION), 0, request_id_expired},
    {REASON(CURSOR_INVALID), CODE(INVALID_ARGUMENT), 0, cursor_invalid},
    {REASON(RECORD_NOT_FOUND), CODE(NOT_FOUND), 0, record_not_found},
    {REASON(UNIT_NOT_FOUND), CODE(NOT_FOUND), 0, unit_not_found},
    {REASON(RECORD_EXISTS), CODE(ALREADY_EXISTS), 0, record_exists},
    {REASON(PERMISSION_MISSING), CODE(PERMISSION_DENIED), 0, permission_missing},
    {REASON(STATE_CONFLICT), CODE(FAILED_PRECONDITION), 0, state_conflict},
    {REASON(VERSION_CONFLICT), CODE(ABORTED), 0, version_conflict},
    {REASON(DATA_CORRUPT), CODE(DATA_LOSS), 0, data_corrupt},
    {REASON(TIER_CONFLICT), CODE(FAILED_PRECONDITION), 0, tier_conflict},
    {REASON(STEP_OF_OTHER_UNIT), CODE(PERMISSION_DENIED), 0, step_of_other_unit},
    {REASON(SAME_PERSON), CODE(PERMISSION_DENIED), 0, same_person},
    {REASON(GRANT_TOO_WIDE), CODE(PERMISSION_DENIED), 0, grant_too_wide},
    {REASON(CURSOR_PAST_END), CODE(OUT_OF_RANGE), 0, cursor_past_end},
    {REASON(CURSOR_EXPIRED), CODE(OUT_OF_RANGE), 0, cursor_expired},
    {REASON(BUDGET_SPENT), CODE(RESOURCE_EXHAUSTED), RETRY, budget_spent},
    {REASON(OWNED_ELSEWHERE), CODE(FAILED_PRECONDITION), 0, owned_elsewhere},
};
const size_t reasons_of_records_count = COUNT_OF(reasons_of_records);
