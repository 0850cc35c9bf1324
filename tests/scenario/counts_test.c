// SPDX-License-Identifier: Apache-2.0
// What an office asks its ledger: by state, grade, sector, unit and deadline; and how many.
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "service/values.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/steps.h"

#define HAZARDS 60

static struct instance *county;
static struct cast cast;

// Twenty hazards each in three sectors, in many states; half of the general ones at the enterprise.
static void fill_ledger(void)
{
    static const char *const sectors[] = {"fireworks", "road_traffic", "public_places"};
    struct status status = {0};
    for (int i = 0; i < HAZARDS; i++) {
        Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
        Anlan__Hazards__V1__Assignment assignment = ANLAN__HAZARDS__V1__ASSIGNMENT__INIT;
        request.request_id = new_request_id(county);
        request.unit_id = county->ids[i % 2 ? ENTERPRISE : TOWNSHIP_100];
        request.grade = GRADE(GENERAL);
        request.sector = (char *)sectors[i % 3];
        request.description = (char *)"通道堵塞";
        request.occurred_at = service_timestamp(clock_now() - 10 * CLOCK_DAY, &county->arena);
        assignment.responsible_unit_id = county->ids[TOWNSHIP_100];
        assignment.responsible_person = (char *)"张三";
        // Every second deadline has passed.
        assignment.deadline =
            service_timestamp(clock_now() + (i % 2 ? 1 : -1) * (i + 1) * 3600 * CLOCK_SECOND, &county->arena);
        if (i % 8 == 3)
            assignment.deadline = service_timestamp(CLOCK_LAST / 2, &county->arena);    // not before that of a transfer
        request.assignment = i % 4 ? &assignment : NULL;
        const Anlan__Hazards__V1__CreateHazardResponse *made =
            (const void *)call_hazards(county, cast.finder, "CreateHazard", &request.base,
                                       &anlan__hazards__v1__create_hazard_response__descriptor, &status);
        assert_ok(status);
        if (i % 4 == 1)
            must(county, &cast, must(county, &cast, must(county, &cast, made->hazard, ACTION(START)), ACTION(REPORT)),
                 ACTION(ACCEPT));
        else if (i % 4 == 2)
            must(county, &cast, made->hazard, ACTION(START));
        else if (i % 8 == 3)
            must(county, &cast, made->hazard, ACTION(TRANSFER));
    }
}

static int up(void **state)
{
    (void)state;
    county = instance_start(2);
    cast = cast_of(county);
    fill_ledger();
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static Anlan__Hazards__V1__ListHazardsRequest question(void)
{
    Anlan__Hazards__V1__ListHazardsRequest request = ANLAN__HAZARDS__V1__LIST_HAZARDS_REQUEST__INIT;
    request.page_size = 4;    // so that answers span pages
    return request;
}

static const Anlan__Hazards__V1__ListHazardsResponse *
page_of(struct person person, const Anlan__Hazards__V1__ListHazardsRequest *request, struct status *status)
{
    return (const void *)call_hazards(county, person, "ListHazards", &request->base,
                                      &anlan__hazards__v1__list_hazards_response__descriptor, status);
}

// All pages: as many as SQL finds, none twice, each as asked for, in order.
static void answers(struct person person, Anlan__Hazards__V1__ListHazardsRequest request, const char *where,
                    int (*order)(const hazard *, const hazard *))
{
    struct status status = {0};
    const hazard *before = NULL;
    long long count = 0;
    do {
        const Anlan__Hazards__V1__ListHazardsResponse *page = page_of(person, &request, &status);
        assert_ok(status);
        const char *ids = "";
        for (size_t i = 0; i < page->n_hazards; i++) {
            const hazard *h = page->hazards[i];
            if (before && order(before, h) >= 0)
                fail_msg("%s: out of order", where);
            before = h;
            count++;
            ids = arena_printf(&county->arena, "%s%s'%s'", ids, i ? ", " : "", h->id);
        }
        if (page->n_hazards && instance_sql(county, "hazards", "SELECT count(*) FROM hazards WHERE id IN (%s) AND (%s)",
                                            ids, where) != (long long)page->n_hazards)
            fail_msg("some of %s are not %s", ids, where);
        request.page_token = page->next_page_token;
    } while (*request.page_token);
    long long expected = instance_sql(county, "hazards", "SELECT count(*) FROM hazards WHERE %s", where);
    assert_true(expected > 0);
    if (count != expected)
        fail_msg("%s: %lld listed, %lld there", where, count, expected);
}

static int compare_time(const Google__Protobuf__Timestamp *left, const Google__Protobuf__Timestamp *right)
{
    clock_time a = service_time(left);
    clock_time b = service_time(right);
    return (a > b) - (a < b);
}

static int newest(const hazard *left, const hazard *right)
{
    int order = compare_time(right->entered_at, left->entered_at);
    return order ? order : strcmp(right->id, left->id);
}

static int oldest(const hazard *left, const hazard *right)
{
    return newest(right, left);
}

static int by_deadline(const hazard *left, const hazard *right)
{
    int order = compare_time(left->deadline, right->deadline);
    return order ? order : strcmp(left->id, right->id);
}

static void a_list_holds_what_was_asked_for(void **state)
{
    (void)state;
    struct person officer = cast.finder;
    Anlan__Hazards__V1__State open[] = {STATE(REGISTERED), STATE(ASSIGNED), STATE(RECTIFYING)};
    Anlan__Hazards__V1__ListHazardsRequest request = question();
    answers(officer, request, "true", newest);
    request.states = open;
    request.n_states = 3;
    answers(officer, request, "state IN (1, 2, 3)", newest);
    request.order = ANLAN__HAZARDS__V1__HAZARD_ORDER__HAZARD_ORDER_OLDEST;
    answers(officer, request, "state IN (1, 2, 3)", oldest);
    request.sector = (char *)"road_traffic";
    answers(officer, request, "state IN (1, 2, 3) AND sector = 'road_traffic'", oldest);
    request = question();
    request.sector = (char *)"fireworks";
    answers(officer, request, "sector = 'fireworks'", newest);
    request.grade = GRADE(GENERAL);
    answers(officer, request, "sector = 'fireworks' AND grade = 1", newest);
    request = question();
    request.order = ANLAN__HAZARDS__V1__HAZARD_ORDER__HAZARD_ORDER_DEADLINE;
    answers(officer, request, "state IN (2, 3)", by_deadline);
    request.overdue = true;
    answers(officer, request, "state IN (2, 3) AND deadline < now()", by_deadline);
    request.sector = (char *)"fireworks";
    request.states = open + 2;
    request.n_states = 1;
    answers(officer, request, "state = 3 AND deadline < now() AND sector = 'fireworks'", by_deadline);
}

static void a_list_by_party_stays_within_the_scope(void **state)
{
    (void)state;
    struct status status = {0};
    char where[512];
    Anlan__Hazards__V1__ListHazardsRequest request = question();
    request.party_unit_id = county->ids[ENTERPRISE];
    snprintf(where, sizeof(where), "unit_id = '%s'", county->ids[ENTERPRISE]);
    answers(cast.finder, request, where, newest);
    request.overdue = false;
    request.sector = (char *)"road_traffic";
    snprintf(where, sizeof(where), "unit_id = '%s' AND sector = 'road_traffic'", county->ids[ENTERPRISE]);
    answers(cast.finder, request, where, newest);
    // What a township passed on is in its list still.
    request = question();
    request.party_unit_id = county->ids[TOWNSHIP_100];
    snprintf(where, sizeof(where), "unit_id = '%1$s' OR responsible_unit_id = '%1$s' OR '%1$s' = ANY (former_unit_ids)",
             county->ids[TOWNSHIP_100]);
    answers(cast.finder, request, where, newest);
    // A sibling asks in vain.
    const Anlan__Hazards__V1__ListHazardsResponse *page =
        page_of(as(county, "county_officer", COUNTY_150423, "邻县"), &request, &status);
    assert_ok(status);
    assert_int_equal(page->n_hazards, 0);
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    struct status status = {0};
    Anlan__Hazards__V1__ListHazardsRequest request = question();
    request.overdue = true;
    request.order = ANLAN__HAZARDS__V1__HAZARD_ORDER__HAZARD_ORDER_NEWEST;
    page_of(cast.finder, &request, &status);
    assert_reason(status, FIELD_INVALID);
    request = question();
    request.party_unit_id = county->ids[ENTERPRISE];
    request.order = ANLAN__HAZARDS__V1__HAZARD_ORDER__HAZARD_ORDER_OLDEST;
    page_of(cast.finder, &request, &status);
    assert_reason(status, FIELD_INVALID);
    // A token goes with its filters.
    request = question();
    const Anlan__Hazards__V1__ListHazardsResponse *page = page_of(cast.finder, &request, &status);
    request.sector = (char *)"fireworks";
    request.page_token = page->next_page_token;
    page_of(cast.finder, &request, &status);
    assert_reason(status, CURSOR_INVALID);
}

// A page ends where its bound of examined rows does, and the next one goes on.
static void a_rare_match_is_found_behind_many_others(void **state)
{
    (void)state;
    instance_sql(county, "hazards",
                 "INSERT INTO hazards (tenant_id, id, version, region_id, city_id, county_id, township_id, unit_id, "
                 "state, grade, sector, finding_unit_id, entered_at, responsible_person, last_action, "
                 "former_unit_ids, external_id, summary, detail) "
                 "SELECT tenant_id, gen_random_uuid(), 1, region_id, city_id, county_id, township_id, unit_id, 1, 1, "
                 "'food_and_drugs', finding_unit_id, now() - n * interval '1 s', '凑数', 1, '{}', '', summary, detail "
                 "FROM (SELECT * FROM hazards WHERE state = 1 LIMIT 1) h, generate_series(1, 7000) n");
    Anlan__Hazards__V1__State registered[] = {STATE(REGISTERED)};
    Anlan__Hazards__V1__ListHazardsRequest request = question();
    request.sector = (char *)"public_places";
    request.states = registered;
    request.n_states = 1;
    request.order = ANLAN__HAZARDS__V1__HAZARD_ORDER__HAZARD_ORDER_OLDEST;
    answers(cast.finder, request, "state = 1 AND sector = 'public_places'", oldest);
    instance_sql(county, "hazards", "DELETE FROM hazards WHERE responsible_person = '凑数'");
}

static const Anlan__Hazards__V1__ListHazardCountsResponse *counts(struct person person, const char *unit_id,
                                                                  Anlan__Hazards__V1__CountBy by, const char *sector)
{
    struct status status = {0};
    Anlan__Hazards__V1__ListHazardCountsRequest request = ANLAN__HAZARDS__V1__LIST_HAZARD_COUNTS_REQUEST__INIT;
    request.unit_id = (char *)unit_id;
    request.by = by;
    request.sector = (char *)sector;
    const Anlan__Hazards__V1__ListHazardCountsResponse *reply =
        (const void *)call_hazards(county, person, "ListHazardCounts", &request.base,
                                   &anlan__hazards__v1__list_hazard_counts_response__descriptor, &status);
    assert_ok(status);
    assert_string_equal(reply->next_page_token, "");
    return reply;
}

// Each count is what SQL counts, and together they are all.
static void equals_a_recount(const Anlan__Hazards__V1__ListHazardCountsResponse *reply, const char *where,
                             const char *unit_column)
{
    long long sum = 0;
    const char *counted = "(NULL, 0, 0, '', 0::bigint)";
    for (size_t i = 0; i < reply->n_counts; i++) {
        const Anlan__Hazards__V1__HazardCount *c = reply->counts[i];
        counted = arena_printf(&county->arena, "%s, ('%s', %d, %d, '%s', %lld)", counted, c->sector, (int)c->grade,
                               (int)c->state, c->unit_id, (long long)c->count);
        sum += c->count;
    }
    if (instance_sql(
            county, "hazards",
            "SELECT count(*) FROM (VALUES %s) AS c(sector, grade, state, unit, n) WHERE n <> (SELECT count(*) "
            "FROM hazards h WHERE (%s) AND h.sector = c.sector AND h.grade = c.grade AND h.state = c.state AND "
            "(c.unit = '' OR h.%s::text = c.unit))",
            counted, where, unit_column) != 0)
        fail_msg("%s: a count differs: %s", where, counted);
    assert_int_equal(sum, instance_sql(county, "hazards", "SELECT count(*) FROM hazards WHERE (%s) AND %s IS NOT NULL",
                                       where, unit_column));
}

#define BY(name) ANLAN__HAZARDS__V1__COUNT_BY__COUNT_BY_##name

static void counters_equal_a_recount(void **state)
{
    (void)state;
    char where[256];
    struct person region = as(county, "region_officer", REGION_15, "区");
    struct person clerk = as(county, "township_clerk", TOWNSHIP_100, "镇");
    struct person enterprise = as(county, "enterprise_officer", ENTERPRISE, "企业");
    struct person regulator = as(county, "county_officer", REGULATOR, "监管");
    equals_a_recount(counts(region, "", BY(UNSPECIFIED), ""), "true", "unit_id");
    equals_a_recount(counts(cast.finder, "", BY(UNSPECIFIED), ""), "true", "unit_id");
    equals_a_recount(counts(cast.finder, "", BY(UNSPECIFIED), "fireworks"), "sector = 'fireworks'", "unit_id");
    equals_a_recount(counts(cast.finder, county->ids[TOWNSHIP_100], BY(UNSPECIFIED), ""), "township_id IS NOT NULL",
                     "unit_id");
    equals_a_recount(counts(region, "", BY(TENANT), ""), "true", "tenant_id");
    equals_a_recount(counts(cast.finder, "", BY(TOWNSHIP), ""), "true", "township_id");
    equals_a_recount(counts(cast.finder, "", BY(UNIT), ""), "true", "unit_id");
    equals_a_recount(counts(cast.finder, "", BY(RESPONSIBLE_UNIT), ""), "true", "responsible_unit_id");
    equals_a_recount(counts(regulator, "", BY(UNSPECIFIED), ""), "sector = 'fireworks'", "unit_id");
    snprintf(where, sizeof(where), "township_id = '%s'", county->ids[TOWNSHIP_100]);
    equals_a_recount(counts(clerk, "", BY(UNSPECIFIED), ""), where, "unit_id");
    snprintf(where, sizeof(where), "unit_id = '%s'", county->ids[ENTERPRISE]);
    equals_a_recount(counts(enterprise, "", BY(UNSPECIFIED), ""), where, "unit_id");
    assert_int_equal(counts(as(county, "county_officer", COUNTY_150423, "邻县"), "", BY(UNSPECIFIED), "")->n_counts, 0);
}

static void what_two_scopes_have_is_counted_once(void **state)
{
    (void)state;
    char where[256];
    char ends[CLOCK_TEXT_SIZE];
    struct actor head = actor_new(county, "emergency_officer", county->ids[COUNTY_150424], "王建国", NULL);
    struct actor regulator = actor_new(county, "emergency_officer", county->ids[REGULATOR], "监管", NULL);
    struct person alone = acting(county, regulator, NULL);
    clock_format(clock_now() + CLOCK_DAY, ends);
    const char *made =
        ask_well(county, alone, "RequestGrant",
                 "{'ground': 'GRANT_GROUND_ASSISTING', 'grantorPostId': '%s', 'granteePersonId': '%s', 'unitId': '%s', "
                 "'permissions': ['hazards.read'], 'endsAt': '%s', 'reason': '协助', 'document': '1 号'}",
                 head.post_id, regulator.person_id, county->ids[TOWNSHIP_100], ends);
    const char *id = reply_at(county, made, "grant.id");
    ask_well(county, acting(county, head, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", id);
    // His sector in the county, and all of the township, where his sector is too.
    snprintf(where, sizeof(where), "sector = 'fireworks' OR township_id = '%s'", county->ids[TOWNSHIP_100]);
    equals_a_recount(counts(acting(county, regulator, id, NULL), "", BY(UNSPECIFIED), ""), where, "unit_id");
}

static void a_false_counter_is_found_and_put_right(void **state)
{
    (void)state;
    char output[4096];
    instance_sql(county, "hazards",
                 "UPDATE hazard_counts SET counts[11] = counts[11] + 1 WHERE part = 1 AND counts[11] > 0");
    int code = instance_run(county, output, sizeof(output), "anlan-hazards verify --database='%s' 2>&1",
                            instance_conninfo(county, "hazards", false));
    assert_int_equal(code, 1);
    assert_non_null(strstr(output, "a counter differs from a recount"));
    instance_sql(county, "hazards", "TRUNCATE hazards, hazard_views, hazard_counts");
    code = instance_run(county, output, sizeof(output), "anlan-hazards rebuild --database='%s' 2>&1",
                        instance_conninfo(county, "hazards", true));
    if (code != 0)
        fail_msg("%s", output);
    code = instance_run(county, output, sizeof(output), "anlan-hazards verify --database='%s' 2>&1",
                        instance_conninfo(county, "hazards", false));
    if (code != 0)
        fail_msg("%s", output);
    assert_int_equal(
        instance_sql(county, "hazards", "SELECT sum(count) FROM hazard_counts, unnest(counts) AS count WHERE part = 1"),
        HAZARDS);
}

static const char *anlan(const char *arguments, int expected)
{
    static char output[16384];
    int code = instance_run(county, output, sizeof(output),
                            "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_HAZARDS=ipc://%s/hazards-0; "
                            "ANLAN_TOKEN=$(anlan token --keys %s/keys --role county_officer --unit %s --name 王建国); "
                            "export ANLAN_TOKEN; anlan %s 2>&1",
                            county->dir, county->dir, county->dir, county->ids[COUNTY_150424], arguments);
    if (code != expected)
        fail_msg("%d: %s", code, output);
    return output;
}

static void contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text);
}

// Every sector that there is has names; a page goes on where the last one ended.
static void sectors_have_names_in_both_languages(void **state)
{
    (void)state;
    struct status status = {0};
    long long count = 0;
    Anlan__Hazards__V1__ListSectorsRequest request = ANLAN__HAZARDS__V1__LIST_SECTORS_REQUEST__INIT;
    request.page_size = 5;
    do {
        const Anlan__Hazards__V1__ListSectorsResponse *page =
            (const void *)call_hazards(county, as(county, "enterprise_officer", ENTERPRISE, "企业"), "ListSectors",
                                       &request.base, &anlan__hazards__v1__list_sectors_response__descriptor, &status);
        assert_ok(status);
        for (size_t i = 0; i < page->n_sectors; i++, count++)
            assert_int_equal(instance_sql(county, "hazards",
                                          "SELECT count(*) FROM sectors WHERE code = '%s' AND zh = '%s' AND en = '%s'",
                                          page->sectors[i]->code, page->sectors[i]->zh, page->sectors[i]->en),
                             1);
        request.page_token = page->next_page_token;
    } while (*request.page_token);
    assert_true(count > 5);
    assert_int_equal(count, instance_sql(county, "hazards", "SELECT count(*) FROM sectors"));
    contains(anlan("hazards sectors --lang zh", 0), "hazardous_chemicals  危化物品");
    contains(anlan("hazards sectors --lang en", 0), "fireworks            Fireworks");
}

// The table of people: sectors and units by name, each state a column, and what is beside the sum.
static void the_program_shows_the_counts(void **state)
{
    (void)state;
    const char *said = anlan("hazards counts --lang zh", 0);
    contains(said, "行业");
    contains(said, "烟花爆竹  一般");
    contains(said, "合计  移交  线索");
    said = anlan("hazards counts --lang en", 0);
    contains(said, "Firewor…  general");    // names give way where the table is too wide
    contains(said, "all  handed-over  lead");
    said = anlan("hazards counts --by unit --lang zh", 0);
    contains(said, "林西镇");
    contains(said, "道路交通");
    said = anlan("hazards list --sector fireworks --lang zh", 0);
    contains(said, "烟花爆竹");
    assert_null(strstr(said, "fireworks"));
    contains(anlan("hazards counts --json --sector fireworks", 0), "\"sector\":\"fireworks\"");
    anlan("hazards counts --by planet", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sectors_have_names_in_both_languages),
        cmocka_unit_test(the_program_shows_the_counts),
        cmocka_unit_test(a_list_holds_what_was_asked_for),
        cmocka_unit_test(a_list_by_party_stays_within_the_scope),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(counters_equal_a_recount),
        cmocka_unit_test(what_two_scopes_have_is_counted_once),
        cmocka_unit_test(a_rare_match_is_found_behind_many_others),
        cmocka_unit_test(a_false_counter_is_found_and_put_right),
    };
    return cmocka_run_group_tests(tests, up, down);
}
