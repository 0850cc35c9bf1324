// SPDX-License-Identifier: Apache-2.0
// Who keeps several counties' ledgers takes over by itself what one hands over to another, each once, in any process.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed/entry.h"
#include "hazard_life.h"
#include "support/ask.h"
#include "support/steps.h"

#define HAZARDS 24

static struct instance *city;
static struct person giver;
static struct person taker;
static const hazard *planted[HAZARDS];

static int up(void **state)
{
    (void)state;
    city = instance_start(2);
    giver = as(city, "county_officer", COUNTY_150424, "林西县监管员");
    taker = as(city, "county_officer", COUNTY_150423, "巴林右旗监管员");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(city);
    return 0;
}

static void follow(void)
{
    char addresses[256];
    snprintf(addresses, sizeof(addresses), "ipc://%s/hazards-0.feed,ipc://%s/hazards-1.feed", city->dir, city->dir);
    setenv("ANLAN_FOLLOW_HAZARDS", addresses, 1);
    for (int i = 0; i < 2; i++) {
        instance_end_hazards(city, i, false);
        instance_start_hazards(city, i);
    }
}

static void move_the_township(void)
{
    struct person admin = as_at(city, "administrator", city->instance_id, "系统管理员");
    const char *version =
        reply_at(city, ask_well(city, admin, "GetUnit", "{'id': '%s'}", city->ids[TOWNSHIP_100]), "unit.version");
    ask_well(city, admin, "MoveUnit", "{'id': '%s', 'version': %s, 'parentId': '%s', 'document': '内政字1号'}",
             city->ids[TOWNSHIP_100], version, city->ids[COUNTY_150423]);
}

static long long taken_over(void)
{
    return instance_sql(city, "hazards", "SELECT count(*) FROM hazards WHERE tenant_id = '%s'",
                        city->ids[COUNTY_150423]);
}

static bool all_taken_over(struct instance *instance)
{
    (void)instance;
    return taken_over() == HAZARDS;
}

static const hazard *handed_over(int number)
{
    struct status status = {0};
    const hazard *over = hand_over(city, giver, planted[number], city->ids[TOWNSHIP_100], &status);
    assert_ok(status);
    return over;
}

static void what_is_handed_over_is_taken_over_without_anybody(void **state)
{
    (void)state;
    struct status status = {0};
    for (int i = 0; i < HAZARDS; i++) {
        planted[i] = create_hazard(city, giver, TOWNSHIP_100, "随镇划转", NULL, &status);
        assert_ok(status);
    }
    move_the_township();
    // A person was faster, before anybody followed.
    const hazard *first = handed_over(0);
    assert_non_null(take_over(city, taker, first, city->ids[TOWNSHIP_100], first->sector, &status));
    assert_ok(status);
    follow();
    for (int i = 1; i < HAZARDS; i++) {
        planted[i] = handed_over(i);
        if (i == HAZARDS / 2) {    // whoever follows is killed meanwhile
            instance_end_hazards(city, 0, true);
            instance_start_hazards(city, 0);
        }
    }
    assert_true(eventually(all_taken_over, city));
}

static void each_once_and_the_receipt_says_by_whom(void **state)
{
    (void)state;
    struct status status = {0};
    char output[4096];
    assert_int_equal(taken_over(), HAZARDS);
    assert_int_equal(instance_sql(city, "hazards", "SELECT count(*) FROM follow_stuck"), 0);
    const hazard *now = get_hazard(city, taker, city->ids[COUNTY_150423], planted[5]->successor_id, &status);
    assert_ok(status);
    assert_string_equal(now->life->origin->id, planted[5]->id);
    assert_string_equal(now->life->steps[0]->by->person, "hazards");
    assert_string_equal(now->life->steps[0]->by->unit_id, city->instance_id);
    take_over(city, taker, planted[5], city->ids[TOWNSHIP_100], planted[5]->sector, &status);
    assert_reason(status, RECORD_EXISTS);    // a person who is slower
    int code = instance_run(city, output, sizeof(output),
                            "anlan-hazards verify --database='%s' 2>&1 && anlan-hazards follows --database='%s' 2>&1",
                            instance_conninfo(city, "hazards", false), instance_conninfo(city, "hazards", false));
    if (code != 0 || !strstr(output, "applied up to"))
        fail_msg("%s", output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_handed_over_is_taken_over_without_anybody),
        cmocka_unit_test(each_once_and_the_receipt_says_by_whom),
    };
    return cmocka_run_group_tests(tests, up, down);
}
