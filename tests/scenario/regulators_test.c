// SPDX-License-Identifier: Apache-2.0
// A regulator sees its sectors, and always what it found or sent, whatever sector that is of: by each list, one by one,
// in an export and in its stream. It counts its sectors.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/ask.h"
#include "support/copy.h"
#include "support/steps.h"

static struct instance *county;
static struct cast cast;    // the county's and a township's
static struct person regulator;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    cast = cast_of(county);
    regulator = as(county, "county_officer", REGULATOR, "监管");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static const hazard *registered(struct person who, const char *sector, struct status *status)
{
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    request.request_id = new_request_id(county);
    request.unit_id = county->ids[TOWNSHIP_100];
    request.grade = GRADE(GENERAL);
    request.sector = (char *)sector;
    request.description = (char *)"路面塌陷";
    *status = (struct status){0};
    const Anlan__Hazards__V1__CreateHazardResponse *made = (const void *)call_hazards(
        county, who, "CreateHazard", &request.base, &anlan__hazards__v1__create_hazard_response__descriptor, status);
    return made ? made->hazard : NULL;
}

// Found by one and assigned by another, 林西镇 to rectify it.
static const hazard *assigned(struct person finder, struct person assigner, const char *sector)
{
    struct status status = {0};
    const hazard *made = registered(finder, sector, &status);
    assert_ok(status);
    made = assign_hazard(county, assigner, made, NULL, &status);
    assert_ok(status);
    return made;
}

// What the regulator found, what it sent, and what is neither.
struct three {
    const hazard *found;
    const hazard *sent;
    const hazard *neither;
};

static struct three three_of(const char *sector)
{
    struct three three = {
        .found = assigned(regulator, cast.assigner, sector),
        .sent = assigned(cast.finder, regulator, sector),
        .neither = assigned(cast.finder, cast.assigner, sector),
    };
    assert_string_equal(three.found->finding_unit_id, county->ids[REGULATOR]);
    assert_string_equal(three.found->sending_unit_id, county->ids[COUNTY_150424]);
    assert_string_equal(three.sent->finding_unit_id, county->ids[COUNTY_150424]);
    assert_string_equal(three.sent->sending_unit_id, county->ids[REGULATOR]);
    return three;
}

// Each is a statement of its own, whose branches for finder and sender are its own.
static const struct {
    const char *method;
    const char *request;    // "": of what the regulator is party to
} views[] = {
    {"ListHazards", "{}"},
    {"ListHazards", "{'states': ['STATE_ASSIGNED', 'STATE_RECTIFYING']}"},
    {"ListHazards", "{'order': 'HAZARD_ORDER_OLDEST'}"},
    {"ListHazards", "{'order': 'HAZARD_ORDER_DEADLINE'}"},
    {"ListHazards", "{'listed': true}"},
    {"ListHazards", ""},
    {"ExportHazards", "{'purpose': '季度核对台账'}"},
};

// It is seen by its id and in all lists, or nowhere; in the list of what the regulator is party to where it is that. It
// is as if it were listed for supervision.
static void sees(const hazard *h, bool expected, bool party)
{
    struct status status = {0};
    instance_sql(county, "hazards", "UPDATE hazards SET listing = 1, grade = 2 WHERE id = '%s'", h->id);
    get_hazard(county, regulator, h->tenant_id, h->id, &status);
    if (expected)
        assert_ok(status);
    else
        assert_reason(status, RECORD_NOT_FOUND);
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        bool all = *views[i].request;
        const char *page =
            all ? ask_well(county, regulator, views[i].method, "%s", views[i].request)
                : ask_well(county, regulator, views[i].method, "{'partyUnitId': '%s'}", county->ids[REGULATOR]);
        assert_string_equal(reply_at(county, page, "nextPageToken"), "");
        if ((strstr(page, h->id) != NULL) != (expected && (party || all)))
            fail_msg("%s %s of %s: %s", views[i].method, views[i].request, h->id, page);
    }
}

static void keeps_what_it_found_or_sent(const struct three *three)
{
    sees(three->found, true, true);
    sees(three->sent, true, true);
    sees(three->neither, false, false);
}

// How many hazards the regulator counts: those of the sector, and no others.
static void counts_only(const char *sector)
{
    Anlan__Hazards__V1__ListHazardCountsRequest request = ANLAN__HAZARDS__V1__LIST_HAZARD_COUNTS_REQUEST__INIT;
    struct status status = {0};
    int64_t sum = 0;
    const Anlan__Hazards__V1__ListHazardCountsResponse *reply =
        (const void *)call_hazards(county, regulator, "ListHazardCounts", &request.base,
                                   &anlan__hazards__v1__list_hazard_counts_response__descriptor, &status);
    assert_ok(status);
    for (size_t i = 0; i < reply->n_counts; i++) {
        assert_string_equal(reply->counts[i]->sector, sector);
        sum += reply->counts[i]->count;
    }
    assert_true(sum > 0);
    assert_int_equal(sum, instance_sql(county, "hazards",
                                       "SELECT count(*) FROM hazards WHERE sector = '%s' AND county_id = '%s'", sector,
                                       county->ids[COUNTY_150424]));
}

static void it_sees_its_sector_and_no_other(void **state)
{
    (void)state;
    struct status status = {0};
    struct three own = three_of("fireworks");
    sees(own.found, true, true);
    sees(own.sent, true, true);
    sees(own.neither, true, false);
    sees(assigned(cast.finder, cast.assigner, "road_traffic"), false, false);
    counts_only("fireworks");
    // It may not register in a sector that is not its own.
    registered(regulator, "road_traffic", &status);
    assert_reason(status, UNIT_NOT_FOUND);
}

static void set_sector(const struct three *three, const char *sector)
{
    instance_sql(county, "hazards", "UPDATE hazards SET sector = '%s' WHERE id IN ('%s', '%s', '%s')", sector,
                 three->found->id, three->sent->id, three->neither->id);
}

// What is said of a hazard's sector turns out wrong; then each of the three goes on.
static void what_it_found_or_sent_stays_when_its_sector_changes(void **state)
{
    (void)state;
    struct copy copy;
    struct copy later;
    struct status status = {0};
    struct three three = three_of("fireworks");
    copy_open(&copy, county, 0, regulator);
    assert_true(copy_follow(&copy, &status));
    copy_check(&copy, "its sector");
    set_sector(&three, "road_traffic");
    must(county, &cast, three.found, ACTION(START));
    must(county, &cast, three.sent, ACTION(START));
    must(county, &cast, three.neither, ACTION(START));
    keeps_what_it_found_or_sent(&three);
    const char *page = ask_well(county, regulator, "ListHazards", "{'sector': 'road_traffic'}");
    assert_string_equal(reply_at(county, page, "hazards"), "2");
    // The stream tells of two steps, and takes back the third hazard without a word of its step.
    assert_true(copy_follow(&copy, &status));
    assert_int_equal(copy.changes, 2);
    assert_int_equal(copy.withdrawals, 1);
    copy_check(&copy, "without the one that is neither found nor sent");
    copy_open(&later, county, 0, regulator);
    assert_true(copy_follow(&later, &status));
    assert_int_equal(HASH_COUNT(later.records), HASH_COUNT(copy.records));
    copy_check(&later, "a snapshot");
    copy_close(&later);
    copy_close(&copy);
    set_sector(&three, "fireworks");
}

// The regulator is given another sector.
static void what_it_found_or_sent_stays_when_its_own_sectors_change(void **state)
{
    (void)state;
    struct copy copy;
    struct status status = {0};
    struct person admin = as_at(county, "administrator", county->instance_id, "系统管理员");
    struct three three = three_of("fireworks");
    const hazard *other = assigned(cast.finder, cast.assigner, "coal_mines");
    copy_open(&copy, county, 0, regulator);
    assert_true(copy_follow(&copy, &status));
    ask_well(county, admin, "UpdateUnit",
             "{'id': '%s', 'version': 1, 'name': '林西县应急管理局', 'sectors': ['coal_mines']}",
             county->ids[REGULATOR]);
    keeps_what_it_found_or_sent(&three);
    sees(other, true, false);
    counts_only("coal_mines");
    assert_true(copy_follow(&copy, &status));
    assert_int_equal(copy.scope_changes, 1);
    assert_int_equal(copy.withdrawals,
                     instance_sql(county, "hazards",
                                  "SELECT count(*) FROM hazards WHERE sector = 'fireworks' AND finding_unit_id <> "
                                  "'%s' AND sending_unit_id <> '%s'",
                                  county->ids[REGULATOR], county->ids[REGULATOR]));
    copy_check(&copy, "another sector");
    // What is done to them later comes too, but for what is done to the third.
    must(county, &cast, three.found, ACTION(START));
    must(county, &cast, three.sent, ACTION(START));
    must(county, &cast, three.neither, ACTION(START));
    assert_true(copy_follow(&copy, &status));
    assert_int_equal(copy.changes, 2);
    copy_check(&copy, "later");
    copy_close(&copy);
}

// The ids of a list in its order, by pages of this size.
static const char *paged(const char *method, const char *filter, int size)
{
    const char *ids = "";
    const char *token = "";
    do {
        const char *page =
            ask_well(county, regulator, method, "{'pageSize': %d, 'pageToken': '%s'%s}", size, token, filter);
        long count = strtol(reply_at(county, page, "hazards"), NULL, 10);
        for (long i = 0; i < count; i++) {
            char path[32];
            snprintf(path, sizeof(path), "hazards.%ld.id", i);
            ids = arena_printf(&county->arena, "%s %s", ids, reply_at(county, page, path));
        }
        token = reply_at(county, page, "nextPageToken");
    } while (*token);
    return ids;
}

// A sector and what it found and sent elsewhere are read apart and merged: small pages have what a large one has, in
// the same order.
static void its_pages_follow_one_another_without_gap_or_double(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *filter;
        bool few;
    } filters[] = {
        {"ListHazards", "", false},
        {"ListHazards", ", 'states': ['STATE_ASSIGNED']", false},
        {"ListHazards", ", 'grade': 'GRADE_GENERAL'", true},
        {"ListHazards", ", 'order': 'HAZARD_ORDER_OLDEST'", false},
        {"ListHazards", ", 'order': 'HAZARD_ORDER_DEADLINE'", false},
        {"ListHazards", ", 'states': ['STATE_RECTIFYING'], 'order': 'HAZARD_ORDER_DEADLINE'", true},
        {"ListHazards", ", 'sector': 'fireworks'", true},
        {"ListHazards", ", 'listed': true", true},
        {"ExportHazards", ", 'purpose': '季度核对台账'", false},
    };
    for (int i = 0; i < 4; i++) {
        assigned(regulator, cast.assigner, "coal_mines");
        assigned(cast.finder, regulator, "coal_mines");
        assigned(cast.finder, cast.assigner, "coal_mines");
    }
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        const char *whole = paged(filters[i].method, filters[i].filter, 100);
        assert_true(strlen(whole) >= (filters[i].few ? 4 : 12) * UUID_TEXT_SIZE);
        for (int size = 1; size <= 5; size += 2)
            assert_string_equal(paged(filters[i].method, filters[i].filter, size), whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_sees_its_sector_and_no_other),
        cmocka_unit_test(what_it_found_or_sent_stays_when_its_sector_changes),
        cmocka_unit_test(what_it_found_or_sent_stays_when_its_own_sectors_change),
        cmocka_unit_test(its_pages_follow_one_another_without_gap_or_double),
    };
    return cmocka_run_group_tests_name("regulators", tests, up, down);
}
