// SPDX-License-Identifier: Apache-2.0
// How old the mirror may be depends on the risk: while organisations is away, a county goes on in its own posts, and
// nobody acts by a grant that may have been revoked.
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"
#include "support/acting.h"
#include "support/ask.h"

static struct instance *county;
static struct actor officer, inspector;
static const char *grant;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    officer = actor_new(county, "emergency_officer", county->ids[COUNTY_150424], "王建国", NULL);
    inspector = actor_new(county, "inspector", unit_new(county, county->ids[REGION_15], "UNIT_KIND_TEAM", "检查组"),
                          "组员", NULL);
    const char *made = ask_well(county, acting(county, inspector, NULL), "RequestGrant",
                                "{'ground': 'GRANT_GROUND_INSPECTION', 'grantorPostId': '%s', 'granteePersonId': '%s', "
                                "'unitId': '%s', 'permissions': ['hazards.read'], 'endsAt': '2100-01-01T00:00:00Z', "
                                "'reason': '检查', 'document': '文号'}",
                                officer.post_id, inspector.person_id, county->ids[COUNTY_150424]);
    grant = reply_at(county, made, "grant.id");
    ask_well(county, acting(county, officer, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", grant);
    return 0;
}

static int down(void **state)
{
    (void)state;
    kill(county->organisations, SIGCONT);    // also where the test failed
    instance_stop(county);
    return 0;
}

// Lists and holds how that ends against what is foreseen.
static void listed(struct person who, const char *unit_id, status_reason reason)
{
    struct status status = {0};
    Anlan__Hazards__V1__ListHazardsRequest request = ANLAN__HAZARDS__V1__LIST_HAZARDS_REQUEST__INIT;
    request.unit_id = (char *)unit_id;
    rpc_client_call(county->ledger, "anlan.hazards.v1.HazardsService/ListHazards", &request.base,
                    &anlan__hazards__v1__list_hazards_response__descriptor, who.credential, 1500, NULL, &county->arena,
                    &status);
    if (status.reason != reason)
        fail_msg("expected %s, got %s: %s", status_reason_text(reason)->name, status_reason_text(status.reason)->name,
                 status.message);
}

static void grants_need_a_fresh_directory_and_own_posts_do_not(void **state)
{
    (void)state;
    struct status status = {0};
    struct person member = acting(county, inspector, grant, NULL);
    struct person by_both = acting(county, officer, grant, NULL);
    struct person above = as(county, "region_officer", REGION_15, "区应急厅");
    listed(member, "", REASON(UNSPECIFIED));
    kill(county->organisations, SIGSTOP);
    sleep(3);    // more than the bound for grants
    listed(acting(county, officer, NULL), "", REASON(UNSPECIFIED));
    listed(by_both, "", REASON(UNSPECIFIED));    // by his own post
    assert_non_null(create_hazard(county, acting(county, officer, NULL), TOWNSHIP_100, "停电也要登记", NULL, &status));
    assert_ok(status);
    // The member's own post holds what is its own; by the grant nothing is shown, and nobody says that it is not there.
    listed(member, "", REASON(UNSPECIFIED));
    listed(member, county->ids[COUNTY_150424], REASON(DIRECTORY_BEHIND));
    listed(above, county->ids[COUNTY_150424], REASON(DIRECTORY_BEHIND));    // another tenant's ledger
    kill(county->organisations, SIGCONT);
    sleep(2);
    listed(member, county->ids[COUNTY_150424], REASON(UNSPECIFIED));
    listed(above, county->ids[COUNTY_150424], REASON(UNSPECIFIED));
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
        cmocka_unit_test(who_waits_for_what_never_comes_leaves_places_for_others),
    };
    return cmocka_run_group_tests_name("freshness", tests, up, down);
}
