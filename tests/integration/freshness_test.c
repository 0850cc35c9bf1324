// SPDX-License-Identifier: Apache-2.0
// How old the mirror may be depends on the risk: while organisations is away, a county goes on in its own posts, and
// nobody acts by a grant that may have been revoked, or from outside.
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "anlan/rpc/v1/feed.pb-c.h"
#include "base/check.h"
#include "base/limits.h"
#include "support/agency.h"
#include "support/ask.h"

#define CALL_MS 1500    // also how long one waits who hears that the directory is not up to date

static struct instance *county;
static struct actor officer, inspector;
static struct rpc_client *feed;
static const char *grant;

static int up(void **state)
{
    (void)state;
    struct status status = {0};
    struct rpc_client_options options;
    county = instance_start(1);
    rpc_client_options_init(&options, arena_printf(&county->arena, "ipc://%s/hazards-0.feed", county->dir));
    CHECK(rpc_client_open(&feed, &options, &status));
    officer = actor_new(county, "emergency_officer", county->ids[COUNTY_150424], "王建国", NULL);
    inspector = actor_new(county, "inspector", unit_new(county, county->ids[REGION_15], "UNIT_KIND_TEAM", "检查组"),
                          "组员", NULL);
    const char *made = ask_well(county, acting(county, inspector, NULL), "RequestGrant",
                                "{'ground': 'GRANT_GROUND_INSPECTION', 'grantorPostId': '%s', 'granteePersonId': '%s', "
                                "'unitId': '%s', 'permissions': ['hazards.read', 'hazards.create', "
                                "'hazards.assign'], 'endsAt': '2100-01-01T00:00:00Z', 'reason': '检查', 'document': "
                                "'文号'}",
                                officer.post_id, inspector.person_id, county->ids[COUNTY_150424]);
    grant = reply_at(county, made, "grant.id");
    ask_well(county, acting(county, officer, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", grant);
    return 0;
}

static int down(void **state)
{
    (void)state;
    kill(county->organisations, SIGCONT);    // also where the test failed
    rpc_client_close(feed);
    instance_stop(county);
    return 0;
}

// Organisations neither answers nor goes away: the mirror is older than grants may be decided on, and then fresh again.
static void stop_the_directory(void)
{
    kill(county->organisations, SIGSTOP);
    usleep((LIMIT_DIRECTORY_AGE_GRANT_MS + 1000) * 1000);
}

static void continue_the_directory(void)
{
    kill(county->organisations, SIGCONT);
    sleep(2);
}

// Calls and holds how that ends against what is foreseen.
static ProtobufCMessage *answers(struct rpc_client *client, struct person who, const char *method,
                                 const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply,
                                 status_reason reason)
{
    struct status status = {0};
    ProtobufCMessage *answer =
        rpc_client_call(client, method, request, reply, who.credential, CALL_MS, NULL, &county->arena, &status);
    if (status.reason != reason)
        fail_msg("%s: expected %s, got %s: %s", method, status_reason_text(reason)->name,
                 status_reason_text(status.reason)->name, status.message);
    return answer;
}

static void listed(struct person who, const char *unit_id, status_reason reason)
{
    Anlan__Hazards__V1__ListHazardsRequest request = ANLAN__HAZARDS__V1__LIST_HAZARDS_REQUEST__INIT;
    request.unit_id = (char *)unit_id;
    answers(county->ledger, who, "anlan.hazards.v1.HazardsService/ListHazards", &request.base,
            &anlan__hazards__v1__list_hazards_response__descriptor, reason);
}

static void grants_need_a_fresh_directory_and_own_posts_do_not(void **state)
{
    (void)state;
    struct person member = acting(county, inspector, grant, NULL);
    struct person by_both = acting(county, officer, grant, NULL);
    struct person above = as(county, "region_officer", REGION_15, "区应急厅");
    listed(member, "", REASON(UNSPECIFIED));
    stop_the_directory();
    listed(acting(county, officer, NULL), "", REASON(UNSPECIFIED));
    listed(by_both, "", REASON(UNSPECIFIED));    // by his own post
    // The member's own post holds what is its own; by the grant nothing is shown, and nobody says that it is not there.
    listed(member, "", REASON(UNSPECIFIED));
    listed(member, county->ids[COUNTY_150424], REASON(DIRECTORY_BEHIND));
    listed(above, county->ids[COUNTY_150424], REASON(DIRECTORY_BEHIND));    // another tenant's ledger
    continue_the_directory();
    listed(member, county->ids[COUNTY_150424], REASON(UNSPECIFIED));
    listed(above, county->ids[COUNTY_150424], REASON(UNSPECIFIED));
}

static Anlan__Hazards__V1__CreateHazardRequest new_hazard(void)
{
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    request.request_id = new_request_id(county);
    request.unit_id = county->ids[TOWNSHIP_100];
    request.grade = ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL;
    request.sector = (char *)"fireworks";
    request.description = (char *)"停电也要登记";
    return request;
}

static const Anlan__Hazards__V1__Hazard *
created(struct person who, const Anlan__Hazards__V1__CreateHazardRequest *request, status_reason reason)
{
    const Anlan__Hazards__V1__CreateHazardResponse *made =
        (const void *)answers(county->ledger, who, "anlan.hazards.v1.HazardsService/CreateHazard", &request->base,
                              &anlan__hazards__v1__create_hazard_response__descriptor, reason);
    return made ? made->hazard : NULL;
}

static Anlan__Hazards__V1__Assignment assignment = ANLAN__HAZARDS__V1__ASSIGNMENT__INIT;
static Google__Protobuf__Timestamp deadline = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

static Anlan__Hazards__V1__AssignHazardRequest assignment_of(const Anlan__Hazards__V1__Hazard *hazard)
{
    Anlan__Hazards__V1__AssignHazardRequest request = ANLAN__HAZARDS__V1__ASSIGN_HAZARD_REQUEST__INIT;
    deadline.seconds = INT64_C(4070908800);    // 2099
    assignment.responsible_unit_id = county->ids[TOWNSHIP_100];
    assignment.responsible_person = (char *)"张三";
    assignment.deadline = &deadline;
    request.request_id = new_request_id(county);
    request.tenant_id = hazard->tenant_id;
    request.id = hazard->id;
    request.version = hazard->version;
    request.assignment = &assignment;
    return request;
}

static void assigned(struct person who, const Anlan__Hazards__V1__AssignHazardRequest *request, status_reason reason)
{
    answers(county->ledger, who, "anlan.hazards.v1.HazardsService/AssignHazard", &request->base,
            &anlan__hazards__v1__assign_hazard_response__descriptor, reason);
}

// What changes something is asked of the same directory as what reads: by a grant nothing is changed meanwhile.
static void a_change_by_a_grant_needs_a_fresh_directory(void **state)
{
    (void)state;
    struct person member = acting(county, inspector, grant, NULL);
    struct person alone = acting(county, officer, NULL);
    Anlan__Hazards__V1__CreateHazardRequest own = new_hazard();
    Anlan__Hazards__V1__CreateHazardRequest by_grant = new_hazard();
    Anlan__Hazards__V1__CreateHazardRequest first = new_hazard();
    const Anlan__Hazards__V1__Hazard *before = created(member, &first, REASON(UNSPECIFIED));
    Anlan__Hazards__V1__AssignHazardRequest assign = assignment_of(before);
    stop_the_directory();
    long long changes = instance_changes(county, "hazards");
    created(member, &by_grant, REASON(DIRECTORY_BEHIND));
    assigned(member, &assign, REASON(DIRECTORY_BEHIND));
    assert_int_equal(instance_changes(county, "hazards"), changes);
    // His own post goes on, also where he brings a grant that he does not need.
    const Anlan__Hazards__V1__Hazard *made = created(alone, &own, REASON(UNSPECIFIED));
    Anlan__Hazards__V1__AssignHazardRequest next = assignment_of(made);
    assigned(acting(county, officer, grant, NULL), &next, REASON(UNSPECIFIED));
    assert_int_equal(instance_changes(county, "hazards"), changes + 2);
    continue_the_directory();
    // Who was refused has left nothing: the same requests are done now.
    created(member, &by_grant, REASON(UNSPECIFIED));
    assigned(member, &assign, REASON(UNSPECIFIED));
    assert_int_equal(instance_changes(county, "hazards"), changes + 4);
}

static void stream_pulled(struct person who, status_reason reason)
{
    Anlan__Rpc__V1__PullStreamRequest request = ANLAN__RPC__V1__PULL_STREAM_REQUEST__INIT;
    answers(feed, who, "anlan.rpc.v1.FeedService/PullStream", &request.base,
            &anlan__rpc__v1__pull_stream_response__descriptor, reason);
}

static void log_pulled(struct person who, status_reason reason)
{
    Anlan__Rpc__V1__PullRequest request = ANLAN__RPC__V1__PULL_REQUEST__INIT;
    request.tenant_id = county->ids[COUNTY_150424];
    answers(feed, who, "anlan.rpc.v1.FeedService/Pull", &request.base, &anlan__rpc__v1__pull_response__descriptor,
            reason);
}

// Another agency's client has nothing but its grant; the tiers above read a ledger that is not their own.
static void access_from_outside_needs_a_fresh_directory(void **state)
{
    (void)state;
    struct agency agency;
    agency_open(&agency, county);
    struct person client =
        acting(county, agency.client,
               agency_grant(&agency, county->ids[COUNTY_150424], "'fireworks'", "hazards.read", 3600), NULL);
    struct person above = acting(county, actor_new(county, "auditor", county->ids[REGION_15], "区审计", NULL), NULL);
    struct person here = acting(county, actor_new(county, "auditor", county->ids[COUNTY_150424], "审计", NULL), NULL);
    sleep(1);
    status_reason expected[] = {REASON(UNSPECIFIED), REASON(DIRECTORY_BEHIND), REASON(UNSPECIFIED)};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        listed(client, "", expected[i]);
        stream_pulled(client, expected[i]);
        stream_pulled(above, expected[i]);
        log_pulled(above, expected[i]);
        listed(here, "", REASON(UNSPECIFIED));
        stream_pulled(here, REASON(UNSPECIFIED));
        log_pulled(here, REASON(UNSPECIFIED));
        if (i == 0)
            stop_the_directory();
        else if (i == 1)
            continue_the_directory();
    }
}

// A process that has never had the directory, or had it too long ago (tests/unit/access says when), decides nothing.
static void without_any_directory_own_posts_wait_too(void **state)
{
    (void)state;
    struct person alone = acting(county, officer, NULL);
    Anlan__Hazards__V1__CreateHazardRequest request = new_hazard();
    kill(county->organisations, SIGSTOP);
    instance_end_hazards(county, 0, false);
    instance_spawn_hazards(county, 0);
    sleep(1);
    listed(alone, "", REASON(DIRECTORY_BEHIND));
    created(alone, &request, REASON(DIRECTORY_BEHIND));
    stream_pulled(alone, REASON(DIRECTORY_BEHIND));
    continue_the_directory();
    listed(alone, "", REASON(UNSPECIFIED));
    created(alone, &request, REASON(UNSPECIFIED));
    stream_pulled(alone, REASON(UNSPECIFIED));
}

#define PATIENT 3    // clients, with more messages than a service has contexts

static atomic_int behind;
static atomic_int ended;

static void note_end(void *user, const struct rpc_result *result)
{
    (void)user;
    atomic_fetch_add(&behind, result->status.reason == REASON(DIRECTORY_BEHIND));
    atomic_fetch_add(&ended, 1);
}

// A position that the directory will not have for years.
static void who_waits_for_what_never_comes_leaves_places_for_others(void **state)
{
    (void)state;
    struct rpc_client *patient[PATIENT];
    struct status status = {0};
    struct rpc_client_options options;
    struct person who = acting(county, officer, NULL);
    const struct rpc_client_call call = {
        .method = "anlan.hazards.v1.HazardsService/ListHazards",
        .credential = who.credential,
        .timeout_ms = 8000,
        .directory_position = INT64_C(1) << 50,
        .alone = true,
        .done = note_end,
    };
    for (size_t i = 0; i < PATIENT; i++) {
        rpc_client_options_init(&options, arena_printf(&county->arena, "ipc://%s/hazards-0", county->dir));
        options.lanes = LIMIT_CONNECTION_MESSAGES;
        options.attempts = 1;
        CHECK(rpc_client_open(&patient[i], &options, &status));
        for (size_t n = 0; n < LIMIT_CONNECTION_MESSAGES; n++)
            rpc_client_send(patient[i], &call);
    }
    sleep(1);
    assert_int_equal(atomic_load(&ended), atomic_load(&behind));
    assert_int_equal(atomic_load(&ended), PATIENT * LIMIT_CONNECTION_MESSAGES - LIMIT_CONTEXTS / 2);
    for (int i = 0; i < 20; i++)
        listed(who, "", REASON(UNSPECIFIED));
    for (size_t i = 0; i < PATIENT; i++)
        rpc_client_close(patient[i]);
    assert_int_equal(atomic_load(&ended), PATIENT * LIMIT_CONNECTION_MESSAGES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grants_need_a_fresh_directory_and_own_posts_do_not),
        cmocka_unit_test(a_change_by_a_grant_needs_a_fresh_directory),
        cmocka_unit_test(access_from_outside_needs_a_fresh_directory),
        cmocka_unit_test(without_any_directory_own_posts_wait_too),
        cmocka_unit_test(who_waits_for_what_never_comes_leaves_places_for_others),
    };
    return cmocka_run_group_tests_name("freshness", tests, up, down);
}
