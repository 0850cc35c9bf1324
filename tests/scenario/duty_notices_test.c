// SPDX-License-Identifier: Apache-2.0
// Who is on duty is told: of an urgent report, and where a ladder climbs to a tier; and a unit of gaps in its roster.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/acting.h"
#include "support/ask.h"

static struct instance *county;
static struct person officer;     // of the county, and not on duty
static struct actor mayor;        // leads the duty
static struct actor clerk;        // is on duty
static struct actor temporary;    // is on duty, and holds no post
static const char *awaited;
static struct person reader;

#define at(reply, path) reply_at(county, reply, path)

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    instance_start_notifications(county);
    officer = as(county, "county_officer", COUNTY_150424, "监管员");
    mayor = actor_new(county, "leader", county->ids[COUNTY_150424], "县长", NULL);
    clerk = actor_new(county, "county_officer", county->ids[COUNTY_150424], "值班员", NULL);
    temporary.person_id = at(ask_well(county, as_at(county, "administrator", county->instance_id, "系统管理员"),
                                      "CreatePerson", "{'unitId': '%s', 'name': '借调人员'}", county->ids[CITY_1504]),
                             "person.id");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static bool has(struct person person, const char *text)
{
    return strstr(ask_well(county, person, "ListInbox", "{'pageSize': 200}"), text) != NULL;
}

static bool has_come(struct instance *instance)
{
    (void)instance;
    return has(reader, awaited);
}

static void expect_message(struct person person, const char *text)
{
    reader = person;
    awaited = text;
    if (!eventually(has_come, county))
        fail_msg("no message %s", text);
}

static const char *hours(int from_now)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(clock_now() + from_now * 60 * 60 * CLOCK_SECOND, text);
    return arena_text(&county->arena, text, strlen(text));
}

static const char *report(const char *title)
{
    const char *made = ask_well(
        county, as(county, "enterprise_officer", ENTERPRISE, "矿长"), "ReportUrgent",
        "{'unitId': '%s', 'grade': 'ACCIDENT_GRADE_GENERAL', 'accidentAt': '%s', 'deaths': 1, 'telephone': "
        "'0476-5551234', 'title': '%s', 'overview': '烟花批发', 'scene': '东库', 'course': '起火', 'measures': '疏散'}",
        county->ids[ENTERPRISE], hours(-1), title);
    return made;
}

static void where_no_desk_is_the_posts_are_told(void **state)
{
    (void)state;
    report("无人值班时");
    expect_message(officer, "无人值班时");
    expect_message(acting(county, clerk, NULL), "无人值班时");    // by his post
}

static void who_is_on_duty_is_told_and_his_telephone_stands_first(void **state)
{
    (void)state;
    ask_well(county, officer, "OpenDutyDesk", "{'unitId': '%s', 'telephone': '0476-5550001'}",
             county->ids[COUNTY_150424]);
    // A desk at which nobody sits at this hour: the posts, and its number.
    const char *made = report("值班室无人时");
    assert_string_equal(at(made, "report.detail.steps.0.telephone"), "0476-5550001");
    expect_message(officer, "值班室无人时");
    ask_well(county, officer, "CreateDutyShift",
             "{'unitId': '%s', 'startsAt': '%s', 'endsAt': '%s', 'leaderIds': ['%s'], 'officerIds': ['%s']}",
             county->ids[COUNTY_150424], hours(-2), hours(20), mayor.person_id, clerk.person_id);
    usleep(700000);    // notifications' mirror knows it
    report("仓库起火");
    expect_message(acting(county, clerk, NULL), "仓库起火");
    expect_message(acting(county, mayor, NULL), "仓库起火");
    assert_false(has(officer, "紧急报告：仓库起火"));
    const char *inbox = ask_well(county, acting(county, mayor, NULL), "ListInbox", "{}");
    assert_string_equal(at(inbox, "messages.0.personId"), mayor.person_id);
    assert_string_equal(at(inbox, "messages.0.unitId"), county->ids[COUNTY_150424]);
}

static void who_is_on_duty_and_holds_no_post_has_no_inbox(void **state)
{
    (void)state;
    struct person city = as(county, "city_officer", CITY_1504, "市监管员");
    ask_well(county, city, "OpenDutyDesk", "{'unitId': '%s', 'telephone': '0476-8880001'}", county->ids[CITY_1504]);
    ask_well(county, city, "CreateDutyShift",
             "{'unitId': '%s', 'startsAt': '%s', 'endsAt': '%s', 'officerIds': ['%s']}", county->ids[CITY_1504],
             hours(-2), hours(20), temporary.person_id);
    usleep(700000);
    const char *made = report("上报市里");
    expect_message(acting(county, clerk, NULL), "上报市里");
    ask_well(county, acting(county, clerk, NULL), "ForwardReport", "{'tenantId': '%s', 'id': '%s'}",
             county->ids[COUNTY_150424], at(made, "report.id"));
    expect_message(city, "紧急报告：上报市里");
}

// The ladder of a message climbs to the tier above: who is on duty there.
static void a_ladder_climbs_to_who_is_on_duty(void **state)
{
    (void)state;
    struct status status = {0};
    struct person region = as(county, "region_officer", REGION_15, "自治区");
    struct actor watch = actor_new(county, "city_officer", county->ids[CITY_1504], "市值班员", NULL);
    struct person city = as(county, "city_officer", CITY_1504, "市监管员");
    const char *now = ask_well(county, city, "GetDuty", "{'unitId': '%s'}", county->ids[CITY_1504]);
    ask_well(
        county, city, "ChangeDutyShift",
        "{'id': '%s', 'version': 1, 'kind': 'DUTY_CHANGE_KIND_REPLACEMENT', 'officerIds': ['%s'], 'reason': '顶班'}",
        at(now, "duty.shift.id"), watch.person_id);
    ask_well(
        county, region, "CreateRule",
        "{'unitId': '%s', 'code': 'climbing', 'source': 'hazards', 'actions': ['assign'], 'recipient': "
        "'RECIPIENT_RESPONSIBLE_UNIT', 'urgency': 'URGENCY_IMPORTANT', 'texts': {'titleZh': '交办：{description}', "
        "'titleEn': 'Assigned', 'textZh': '整改', 'textEn': 'Fix'}, 'ladder': [{'recipient': "
        "'RECIPIENT_TIER_ABOVE', 'countsFrom': 'RUNG_BASE_DELIVERY', 'minutes': 1}]}",
        county->ids[REGION_15]);
    const Anlan__Hazards__V1__Hazard *made = create_hazard(county, officer, TOWNSHIP_100, "护栏缺失", NULL, &status);
    assert_ok(status);
    assign_hazard(county, officer, made, NULL, &status);
    assert_ok(status);
    expect_message(as(county, "township_clerk", TOWNSHIP_100, "镇"), "交办：护栏缺失");
    reader = acting(county, watch, NULL);
    awaited = "护栏缺失";
    for (int i = 0; i < 10 && !eventually(has_come, county); i++)    // a minute
        ;
    assert_true(has(reader, "护栏缺失"));
    assert_false(has(city, "护栏缺失"));
}

static void a_unit_is_told_of_gaps_once(void **state)
{
    (void)state;
    // It may have been warned by now: a minute has passed since its roster was entered.
    instance_sql(county, "organisations", "UPDATE duty_desks SET due_at = now() WHERE unit_id = '%s'; SELECT 1",
                 county->ids[COUNTY_150424]);
    expect_message(officer, "值班缺岗提醒");
    const char *inbox = ask_well(county, officer, "ListInbox", "{}");
    const char *message = ask_well(county, officer, "GetMessage", "{'tenantId': '%s', 'id': '%s'}",
                                   county->ids[COUNTY_150424], at(inbox, "messages.0.id"));
    const char *text = at(message, "message.detail.textZh");
    if (!strstr(text, "无值班员") || !strstr(text, "无带班领导") || !strstr(text, "0476-5550001"))
        fail_msg("%s", text);
    instance_end_notifications(county, true);
    instance_start_notifications(county);
    sleep(2);
    inbox = ask_well(county, officer, "ListInbox", "{'pageSize': 200}");
    int count = 0;
    for (const char *found = strstr(inbox, "值班缺岗提醒"); found; found = strstr(found + 1, "值班缺岗提醒"))
        count++;
    assert_int_equal(count, 1);
    // Nobody of a neighbour hears of it.
    assert_false(has(as(county, "county_officer", COUNTY_150423, "邻旗"), "值班缺岗提醒"));
}

static int told;

static bool is_told_so_often(struct instance *instance)
{
    const char *inbox = ask_well(instance, officer, "ListInbox", "{'pageSize': 200}");
    int count = 0;
    for (const char *seen = strstr(inbox, "应急提权告警"); seen; seen = strstr(seen + 1, "应急提权告警"))
        count++;
    return count == told;
}

static const char *newest_of_officer(void)
{
    const char *id = at(ask_well(county, officer, "ListInbox", "{'pageSize': 1}"), "messages.0.id");
    return ask_well(county, officer, "GetMessage", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424], id);
}

// Whose records are opened hears of it, and why; nobody else does, and its review is no news.
static void broken_glass_is_told_to_the_tenant(void **state)
{
    (void)state;
    struct actor pressed = actor_new(county, "township_clerk", county->ids[TOWNSHIP_100], "赵值守", NULL);
    struct person elsewhere = as(county, "county_officer", COUNTY_150423, "邻县");
    static const char body[] = "{'permissions': ['hazards.read'], 'minutes': 30, 'reason': '%s'}";
    const char *made = ask_well(county, acting(county, pressed, NULL), "BreakGlass", body, "氨气泄漏处置");
    expect_message(officer, "应急提权告警");
    assert_false(has(elsewhere, "应急提权"));
    const char *id = at(ask_well(county, officer, "ListInbox", "{'pageSize': 1}"), "messages.0.id");
    const char *message =
        ask_well(county, officer, "GetMessage", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424], id);
    assert_non_null(strstr(message, "赵值守启用了应急提权，至 20"));
    assert_non_null(strstr(message, "理由：氨气泄漏处置。"));
    ask_well(county, acting(county, clerk, NULL), "ReviewGrant",
             "{'id': '%s', 'version': 1, 'verdict': 'GRANT_VERDICT_JUSTIFIED', 'note': '属实'}", at(made, "grant.id"));
    ask_well(county, acting(county, pressed, NULL), "BreakGlass", body, "第二次泄漏");
    told = 2;
    assert_true(eventually(is_told_so_often, county));
    assert_non_null(strstr(newest_of_officer(), "理由：第二次泄漏。"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_no_desk_is_the_posts_are_told),
        cmocka_unit_test(who_is_on_duty_is_told_and_his_telephone_stands_first),
        cmocka_unit_test(who_is_on_duty_and_holds_no_post_has_no_inbox),
        cmocka_unit_test(a_ladder_climbs_to_who_is_on_duty),
        cmocka_unit_test(a_unit_is_told_of_gaps_once),
        cmocka_unit_test(broken_glass_is_told_to_the_tenant),
    };
    return cmocka_run_group_tests_name("duty notices", tests, up, down);
}
