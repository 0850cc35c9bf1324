// SPDX-License-Identifier: Apache-2.0
// Listed supervision (挂牌督办) between two tenants of one instance: the region lists, the county's ledger applies it,
// asks for the closing, and does what the region decides: each once, whoever is killed meanwhile and whatever is
// repeated.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "hazard_life.h"
#include "support/ask.h"
#include "support/steps.h"

static struct instance *region;
static struct cast cast;
static struct person lister;
static struct person officer;

static int up(void **state)
{
    char address[128];
    (void)state;
    region = instance_start(2);
    cast = cast_of(region);
    lister = as(region, "region_officer", REGION_15, "区安委办");
    officer = as(region, "county_officer", COUNTY_150424, "县监管员");
    snprintf(address, sizeof(address), "ipc://%s/hazards-0.feed,ipc://%s/hazards-1.feed", region->dir, region->dir);
    setenv("ANLAN_FOLLOW_HAZARDS", address, 1);
    for (int i = 0; i < 2; i++) {
        instance_end_hazards(region, i, false);
        instance_start_hazards(region, i);
    }
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

#define OPEN                                                                                                                    \
    "{'unitId': '%s', 'hazardTenantId': '%s', 'hazardId': '%s', 'sector': 'fireworks', 'document': '内安委办1号', "        \
    "'level': 'SUPERVISION_LEVEL_REGION', 'until': '2099-01-01T00:00:00Z', 'issuer': '内蒙古自治区安委办', 'reason': " \
    "'久拖不改'}"

// Its id; "" where it was refused.
static const char *list_it(struct person person, const char *unit_id, const hazard *h, struct status *status)
{
    const char *reply = ask(region, person, "OpenListing", status, OPEN, unit_id, h->tenant_id, h->id);
    return reply ? reply_at(region, reply, "listing.id") : "";
}

static const char *listing_state(const char *id)
{
    return reply_at(
        region, ask_well(region, lister, "GetListing", "{'tenantId': '%s', 'id': '%s'}", region->ids[REGION_15], id),
        "listing.state");
}

static const hazard *now_of(const hazard *h)
{
    struct status status = {0};
    const hazard *now = get_hazard(region, officer, h->tenant_id, h->id, &status);
    assert_ok(status);
    return now;
}

// What is waited for.
static const char *awaited_listing;
static const char *awaited_state;
static bool is_awaited(struct instance *instance)
{
    (void)instance;
    return strcmp(listing_state(awaited_listing), awaited_state) == 0;
}
static void await(const char *listing, const char *state)
{
    awaited_listing = listing;
    awaited_state = state;
    if (!eventually(is_awaited, region))
        fail_msg("%s, not %s", listing_state(listing), state);
}

static const char *decide(struct person person, const char *id, const char *decision, struct status *status)
{
    const char *version = reply_at(
        region, ask_well(region, lister, "GetListing", "{'tenantId': '%s', 'id': '%s'}", region->ids[REGION_15], id),
        "listing.version");
    return ask(region, person, "DecideClosing", status,
               "{'tenantId': '%s', 'id': '%s', 'version': %s, 'decision': '%s', 'reason': '现场核查'}",
               region->ids[REGION_15], id, version, decision);
}

static void withdraw(const char *id)
{
    const char *version = reply_at(
        region, ask_well(region, lister, "GetListing", "{'tenantId': '%s', 'id': '%s'}", region->ids[REGION_15], id),
        "listing.version");
    ask_well(region, lister, "WithdrawListing", "{'tenantId': '%s', 'id': '%s', 'version': %s, 'reason': '对象有误'}",
             region->ids[REGION_15], id, version);
}

static void what_is_open_and_major_is_listed(void **state)
{
    (void)state;
    struct status status = {0};
    for (int s = STATE(REGISTERED); s <= (int)STATE(ACCEPTED); s++) {
        const hazard *h = hazard_in(region, &cast, (hazard_state)s, GRADE(MAJOR));
        const char *id = list_it(lister, region->ids[REGION_15], h, &status);
        assert_ok(status);
        await(id, "LISTING_STAGE_IN_FORCE");
        const hazard *listed = now_of(h);
        assert_int_equal(listed->state, s);
        assert_int_equal(listed->listing, LISTING(LISTED));
        assert_int_equal(listed->last_action, ACTION(LIST));
        assert_string_equal(listed->listing_unit_id, region->ids[REGION_15]);
        assert_string_equal(listed->life->listing->document, "内安委办1号");
        assert_string_equal(listed->life->steps[listed->life->n_steps - 1]->by->person, "区安委办");
        assert_int_equal(listed->listed_until->seconds, 4070908800);
        withdraw(id);
        await(id, "LISTING_STAGE_DELISTED");
        const hazard *delisted = now_of(h);
        assert_int_equal(delisted->state, s);
        assert_int_equal(delisted->listing, LISTING(DELISTED));
        assert_int_equal(delisted->version, h->version + 2);
    }
}

static void what_is_not_is_refused(void **state)
{
    (void)state;
    struct status status = {0};
    const hazard *major = hazard_in(region, &cast, STATE(ASSIGNED), GRADE(MAJOR));
    const hazard *general = hazard_in(region, &cast, STATE(ASSIGNED), GRADE(GENERAL));
    const hazard *closed = hazard_in(region, &cast, STATE(CLOSED), GRADE(MAJOR));
    list_it(lister, region->ids[REGION_15], general, &status);
    assert_reason(status, STATE_CONFLICT);
    list_it(lister, region->ids[REGION_15], closed, &status);
    assert_reason(status, STATE_CONFLICT);
    ask(region, lister, "OpenListing", &status,
        "{'unitId': '%s', 'hazardTenantId': '%s', 'hazardId': '%s', 'sector': 'fireworks', 'document': '1号', "
        "'level': 'SUPERVISION_LEVEL_REGION', 'until': '2020-01-01T00:00:00Z', 'issuer': '内蒙古自治区安委办', "
        "'reason': '久拖不改'}",
        region->ids[REGION_15], major->tenant_id, major->id);
    assert_reason(status, FIELD_INVALID);
    // A sibling sees neither the unit nor the hazard; a township has no such right; nobody lists for another unit.
    struct person sibling = as(region, "county_officer", COUNTY_150423, "邻县");
    list_it(sibling, region->ids[COUNTY_150423], major, &status);
    assert_reason(status, FIELD_INVALID);
    list_it(as(region, "township_clerk", TOWNSHIP_100, "镇"), region->ids[TOWNSHIP_100], major, &status);
    assert_reason(status, PERMISSION_MISSING);
    list_it(lister, region->ids[CITY_1504], major, &status);
    assert_reason(status, STEP_OF_OTHER_UNIT);
    assert_int_equal(instance_sql(region, "hazards", "SELECT count(*) FROM listings WHERE hazard_id = '%s'", major->id),
                     0);
}

static void what_is_listed_is_not_got_rid_of(void **state)
{
    (void)state;
    struct status status = {0};
    const hazard *h = hazard_in(region, &cast, STATE(RECTIFYING), GRADE(MAJOR));
    const hazard *asked = must(region, &cast, h, ACTION(ASK_VOIDING));
    const char *id = list_it(lister, region->ids[REGION_15], h, &status);
    await(id, "LISTING_STAGE_IN_FORCE");
    list_it(lister, region->ids[REGION_15], h, &status);
    assert_reason(status, RECORD_EXISTS);
    list_it(as(region, "city_officer", CITY_1504, "市安委办"), region->ids[CITY_1504], h, &status);
    assert_reason(status, RECORD_EXISTS);
    const hazard *listed = now_of(asked);
    step(region, &cast, listed, ACTION(GRANT_VOIDING), &status);
    assert_reason(status, STATE_CONFLICT);
    listed = must(region, &cast, listed, ACTION(REFUSE_VOIDING));
    step(region, &cast, listed, ACTION(ASK_VOIDING), &status);
    assert_reason(status, STATE_CONFLICT);
    ask(region, officer, "RegradeHazard", &status,
        "{'tenantId': '%s', 'id': '%s', 'version': %lld, 'grade': 'GRADE_GENERAL', 'reason': '复核'}", h->tenant_id,
        h->id, (long long)listed->version);
    assert_reason(status, STATE_CONFLICT);
    assert_int_equal(now_of(h)->version, listed->version);
    // The county and the township see who watches.
    const char *page = ask_well(region, as(region, "township_clerk", TOWNSHIP_100, "镇"), "ListListings",
                                "{'unitId': '%s', 'state': 'LISTING_STAGE_IN_FORCE'}", region->ids[TOWNSHIP_100]);
    assert_string_equal(reply_at(region, page, "listings"), "1");
    assert_string_equal(reply_at(region, page, "listings.0.hazardId"), h->id);
    // So does their ledger, by itself.
    page = ask_well(region, officer, "ListHazards", "{'listed': true}");
    assert_string_equal(reply_at(region, page, "hazards"), "1");
    assert_string_equal(reply_at(region, page, "hazards.0.id"), h->id);
    page = ask_well(region, officer, "ListHazards", "{'listed': true, 'states': ['STATE_ASSIGNED']}");
    assert_string_equal(reply_at(region, page, "hazards"), "");
    page = ask_well(region, as(region, "county_officer", COUNTY_150423, "邻县"), "ListHazards", "{'listed': true}");
    assert_string_equal(reply_at(region, page, "hazards"), "");
    ask(region, officer, "ListHazards", &status, "{'listed': true, 'order': 'HAZARD_ORDER_OLDEST'}");
    assert_reason(status, FIELD_INVALID);
}

static const hazard *to_asked(const hazard *from)
{
    const hazard *accepted = must(region, &cast, must(region, &cast, from, ACTION(REPORT)), ACTION(ACCEPT));
    struct status status = {0};
    const char *reply = ask_well(region, as(region, "county_officer", COUNTY_150424, "销号人"), "CloseHazard",
                                 "{'tenantId': '%s', 'id': '%s', 'version': %lld}", accepted->tenant_id, accepted->id,
                                 (long long)accepted->version);
    assert_string_equal(reply_at(region, reply, "hazard.state"), "STATE_ACCEPTED");
    assert_string_equal(reply_at(region, reply, "hazard.listing"), "LISTING_STATE_CLOSING_ASKED");
    assert_string_equal(reply_at(region, reply, "hazard.nextUnitId"), region->ids[REGION_15]);
    const hazard *asked = now_of(accepted);
    step(region, &cast, asked, ACTION(CLOSE), &status);
    assert_reason(status, STATE_CONFLICT);
    step(region, &cast, asked, ACTION(REFUSE), &status);
    assert_reason(status, STATE_CONFLICT);
    return asked;
}

// As officers work: the program shows what is listed, and by whom.
static void the_program_shows_it(void **state)
{
    char output[8192];
    (void)state;
    const hazard *h = hazard_in(region, &cast, STATE(ASSIGNED), GRADE(MAJOR));
    int code = instance_run(region, output, sizeof(output),
                            "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_HAZARDS=ipc://%s/hazards-0 "
                            "ANLAN_TOKEN="
                            "$(anlan token --keys %s/keys --role region_officer --unit %s --name 区安委办); export "
                            "ANLAN_TOKEN; anlan listings "
                            "open --unit 15 --tenant 150424 --id %s --document 内安委办2号 --level region --until "
                            "2099-01-01 --reason 久拖不改 "
                            "2>&1 && anlan listings list --hazard %s 2>&1 && anlan help listings decide",
                            region->dir, region->dir, region->dir, region->ids[REGION_15], h->id, h->id);
    if (code != 0)
        fail_msg("%s", output);
    assert_non_null(strstr(output, "内安委办2号"));
    assert_non_null(strstr(output, "内蒙古自治区"));
    assert_non_null(strstr(output, "granted|refused"));
    const char *page = ask_well(region, lister, "ListListings", "{'hazardId': '%s'}", h->id);
    const char *id = reply_at(region, page, "listings.0.id");
    await(id, "LISTING_STAGE_IN_FORCE");
    code = instance_run(region, output, sizeof(output),
                        "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_HAZARDS=ipc://%s/hazards-0 "
                        "ANLAN_TOKEN="
                        "$(anlan token --keys %s/keys --role county_officer --unit %s --name 王建国); export "
                        "ANLAN_TOKEN; anlan --lang zh hazards get "
                        "--tenant 150424 --id %s 2>&1; anlan --lang zh hazards list --listed 2>&1",
                        region->dir, region->dir, region->dir, region->ids[COUNTY_150424], h->id);
    if (code != 0 || !strstr(output, "挂牌督办") || !strstr(output, "内蒙古自治区  自治区级  内安委办2号  2099-01-01"))
        fail_msg("%s", output);
    withdraw(id);
    await(id, "LISTING_STAGE_DELISTED");
    page = ask_well(region, officer, "ListHazards", "{'listed': true, 'states': ['STATE_ASSIGNED']}");
    assert_string_equal(reply_at(region, page, "hazards"), "");
}

// The whole way, with a refusal; whoever follows is killed before each step of the other side.
static const hazard *closed;
static const char *its_listing;

static void kill_followers(void)
{
    for (int i = 0; i < 2; i++) {
        instance_end_hazards(region, i, true);
        instance_start_hazards(region, i);
    }
}

static void who_listed_it_decides_on_its_closing(void **state)
{
    (void)state;
    struct status status = {0};
    const hazard *h = hazard_in(region, &cast, STATE(RECTIFYING), GRADE(MAJOR));
    its_listing = list_it(lister, region->ids[REGION_15], h, &status);
    kill_followers();
    await(its_listing, "LISTING_STAGE_IN_FORCE");
    decide(lister, its_listing, "DECISION_GRANTED", &status);
    assert_reason(status, STATE_CONFLICT);    // nobody has asked
    to_asked(now_of(h));
    await(its_listing, "LISTING_STAGE_CLOSING_ASKED");
    // Not who rectified or asked, were he at the region; nor the county by itself.
    decide(as(region, "region_officer", REGION_15, "整改人"), its_listing, "DECISION_GRANTED", &status);
    assert_reason(status, SAME_PERSON);
    decide(as(region, "region_officer", REGION_15, "销号人"), its_listing, "DECISION_GRANTED", &status);
    assert_reason(status, SAME_PERSON);
    decide(officer, its_listing, "DECISION_GRANTED", &status);
    assert_reason(status, RECORD_NOT_FOUND);    // nobody of a tenant below acts on what one above keeps
    assert_non_null(decide(lister, its_listing, "DECISION_REFUSED", &status));
    kill_followers();
    await(its_listing, "LISTING_STAGE_IN_FORCE");
    const hazard *back = now_of(h);
    assert_int_equal(back->state, STATE(RECTIFYING));
    assert_int_equal(back->listing, LISTING(LISTED));
    assert_null(back->life->accepted);
    to_asked(back);
    await(its_listing, "LISTING_STAGE_CLOSING_ASKED");
    assert_non_null(decide(lister, its_listing, "DECISION_GRANTED", &status));
    kill_followers();
    await(its_listing, "LISTING_STAGE_DELISTED");
    closed = now_of(h);
    assert_int_equal(closed->state, STATE(CLOSED));
    assert_int_equal(closed->listing, LISTING(DELISTED));
    assert_string_equal(closed->life->closed->person, "区安委办");
}

static bool caught_up(struct instance *instance)
{
    return instance_sql(instance, "hazards",
                        "SELECT count(*) FROM heads h JOIN follow_cursors c USING (tenant_id) WHERE " OF_CHANGES
                        " AND c.position < h.position") == 0;
}

// All logs are followed from the beginning once more, as after a cursor that was lost: nothing is done twice.
static void what_is_repeated_changes_nothing(void **state)
{
    (void)state;
    char output[4096];
    assert_true(eventually(caught_up, region));
    long long entries = instance_changes(region, "hazards");
    for (int i = 0; i < 2; i++)
        instance_end_hazards(region, i, true);
    instance_sql(region, "hazards",
                 "WITH r AS (DELETE FROM results RETURNING 1), c AS (UPDATE follow_cursors SET "
                 "position = 0 RETURNING 1) SELECT count(*) FROM r, c");
    for (int i = 0; i < 2; i++)
        instance_start_hazards(region, i);
    assert_true(eventually(caught_up, region));
    assert_int_equal(instance_changes(region, "hazards"), entries);
    assert_int_equal(now_of(closed)->version, closed->version);
    assert_int_equal(instance_sql(region, "hazards", "SELECT count(*) FROM follow_stuck"), 0);
    int code = instance_run(region, output, sizeof(output), "anlan-hazards verify --database='%s' 2>&1",
                            instance_conninfo(region, "hazards", false));
    if (code != 0)
        fail_msg("%s", output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_open_and_major_is_listed),     cmocka_unit_test(what_is_not_is_refused),
        cmocka_unit_test(what_is_listed_is_not_got_rid_of),     cmocka_unit_test(the_program_shows_it),
        cmocka_unit_test(who_listed_it_decides_on_its_closing), cmocka_unit_test(what_is_repeated_changes_nothing),
    };
    return cmocka_run_group_tests(tests, up, down);
}
