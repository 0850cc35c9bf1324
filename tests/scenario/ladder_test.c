// SPDX-License-Identifier: Apache-2.0
// Who does not answer is reminded, then his leader and the tier above are told: each once, and nobody when it is done.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/acting.h"
#include "support/ask.h"

static struct instance *county;
static struct person officer;
static struct person clerk;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    instance_start_notifications(county);
    officer = as(county, "county_officer", COUNTY_150424, "王建国");
    clerk = as(county, "township_clerk", TOWNSHIP_100, "赵铁柱");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static size_t count_in(struct person person, const char *text)
{
    size_t count = 0;
    for (const char *at = strstr(ask_well(county, person, "ListInbox", "{'pageSize': 200}"), text); at;
         at = strstr(at + 1, text))
        count++;
    return count;
}

static const char *awaited;
static struct person reader;

static bool has_come(struct instance *instance)
{
    (void)instance;
    return count_in(reader, awaited) > 0;
}

static void expect(struct person person, const char *text)
{
    reader = person;
    awaited = text;
    if (!eventually(has_come, county))
        fail_msg("no message %s", text);
}

// A rule with a ladder for what is assigned within the county.
static void rule(const char *ladder)
{
    static int64_t version;
    static const char *id;
    char *said =
        arena_printf(&county->arena,
                     "'actions': ['assign'], 'recipient': 'RECIPIENT_RESPONSIBLE_UNIT', 'urgency': "
                     "'URGENCY_IMPORTANT', 'ladder': [%s], 'texts': {'titleZh': '交办', 'titleEn': 'Assigned', "
                     "'textZh': '{description}', 'textEn': '{description}'}",
                     ladder);
    const char *reply =
        version == 0 ? ask_well(county, officer, "CreateRule", "{'unitId': '%s', 'code': 'a', 'source': 'hazards', %s}",
                                county->ids[COUNTY_150424], said)
                     : ask_well(county, officer, "UpdateRule", "{'tenantId': '%s', 'id': '%s', 'version': %lld, %s}",
                                county->ids[COUNTY_150424], id, (long long)version, said);
    id = reply_at(county, reply, "rule.id");
    version = strtoll(reply_at(county, reply, "rule.version"), NULL, 10);
}

static const char *hazard_id;

static void assign_to(enum place place, const char *description, int seconds)
{
    char deadline[CLOCK_TEXT_SIZE];
    struct status status = {0};
    const Anlan__Hazards__V1__Hazard *made = create_hazard(county, officer, TOWNSHIP_100, description, NULL, &status);
    assert_ok(status);
    hazard_id = made->id;
    clock_format(clock_now() + seconds * CLOCK_SECOND, deadline);
    ask_well(county, officer, "AssignHazard",
             "{'tenantId': '%s', 'id': '%s', 'version': 1, 'assignment': {'responsibleUnitId': '%s', "
             "'responsiblePerson': '张三', 'deadline': '%s'}}",
             made->tenant_id, made->id, county->ids[place], deadline);
}

static void assign(const char *description, int seconds)
{
    assign_to(TOWNSHIP_100, description, seconds);
}

static void who_does_not_answer_is_reminded_once_whoever_is_killed(void **state)
{
    (void)state;
    rule("{'countsFrom': 'RUNG_BASE_DELIVERY', 'minutes': 0, 'recipient': 'RECIPIENT_RECEIVER'}");
    assign("没有签收", 86400);
    expect(clerk, "催办：交办");
    instance_end_notifications(county, true);
    instance_start_notifications(county);
    sleep(7);    // past its lease
    assert_int_equal(count_in(clerk, "催办：交办"), 1);
    assert_int_equal(instance_sql(county, "notifications", "SELECT count(*) FROM messages WHERE due_at IS NOT NULL"),
                     0);
}

static void what_is_overdue_climbs_though_it_was_acknowledged(void **state)
{
    (void)state;
    struct person city = as(county, "city_officer", CITY_1504, "市监管员");
    rule("{'countsFrom': 'RUNG_BASE_DELIVERY', 'minutes': 1000, 'recipient': 'RECIPIENT_RECEIVER'}, {'countsFrom': "
         "'RUNG_BASE_DEADLINE', 'minutes': 0, 'recipient': 'RECIPIENT_TIER_ABOVE'}");
    assign("将要逾期", 4);
    reader = clerk;
    for (int try = 0; try < 200 && count_in(clerk, "交办") < 3; try++)
        usleep(20000);
    const char *list = ask_well(county, clerk, "ListInbox", "{}");
    ask_well(county, clerk, "AcknowledgeMessage", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424],
             reply_at(county, list, "messages.0.id"));
    assert_int_equal(count_in(city, "逾期"), 0);
    expect(city, "逾期：交办");
    assert_int_equal(instance_sql(county, "notifications", "SELECT count(*) FROM messages WHERE unit_id = '%s'",
                                  county->ids[CITY_1504]),
                     1);
}

static void rectify(void)
{
    ask_well(county, clerk, "StartRectification", "{'tenantId': '%s', 'id': '%s', 'version': 2}",
             county->ids[COUNTY_150424], hazard_id);
    ask_well(county, clerk, "ReportRectification",
             "{'tenantId': '%s', 'id': '%s', 'version': 3, 'measures': '已清理', 'evidence': ['照片']}",
             county->ids[COUNTY_150424], hazard_id);
}

static void what_is_done_in_time_does_not_climb(void **state)
{
    (void)state;
    struct person city = as(county, "city_officer", CITY_1504, "市监管员");
    size_t before = count_in(city, "逾期");
    assign("按时完成", 5);
    rectify();
    sleep(9);
    assert_int_equal(count_in(city, "逾期"), before);
    assert_int_equal(instance_sql(county, "notifications", "SELECT count(*) FROM messages WHERE due_at IS NOT NULL"),
                     0);
}

static bool all_is_told(struct instance *instance)
{
    return instance_sql(instance, "notifications",
                        "SELECT count(*) FROM follow_cursors WHERE source = 'hazards' AND tenant_id = '%s' AND "
                        "position = %lld",
                        instance->ids[COUNTY_150424],
                        instance_sql(instance, "hazards", "SELECT position FROM heads WHERE tenant_id = '%s'",
                                     instance->ids[COUNTY_150424])) == 1;
}

static long long ladders(void)
{
    if (!eventually(all_is_told, county))
        fail_msg("the ledger's log is not followed");
    return instance_sql(county, "notifications", "SELECT count(*) FROM messages WHERE due_at IS NOT NULL");
}

// What is registered and assigned while notifications is away arrives at once: the ladder of the one begins and ends.
static void what_was_done_meanwhile_does_not_climb(void **state)
{
    (void)state;
    ask_well(county, officer, "CreateRule",
             "{'unitId': '%s', 'code': 'registered', 'source': 'hazards', 'actions': ['register'], 'recipient': "
             "'RECIPIENT_UNIT', 'urgency': 'URGENCY_IMPORTANT', 'ladder': [{'countsFrom': 'RUNG_BASE_DELIVERY', "
             "'minutes': 1000, 'recipient': 'RECIPIENT_RECEIVER'}], 'texts': {'titleZh': '待交办', 'titleEn': "
             "'To be assigned', 'textZh': '{description}', 'textEn': '{description}'}}",
             county->ids[COUNTY_150424]);
    instance_end_notifications(county, false);
    assign("停机期间交办", 86400);
    instance_start_notifications(county);
    assert_int_equal(ladders(), 1);    // that of what is assigned
    assert_int_equal(count_in(clerk, "待交办"), 1);
    rectify();
    assert_int_equal(ladders(), 0);
}

// A message to the tier above is a record of another tenant: its ladder ends all the same.
static void what_is_done_does_not_climb_above_either(void **state)
{
    (void)state;
    ask_well(county, officer, "CreateRule",
             "{'unitId': '%s', 'code': 'above', 'source': 'hazards', 'actions': ['assign'], 'recipient': "
             "'RECIPIENT_TIER_ABOVE', 'urgency': 'URGENCY_IMPORTANT', 'ladder': [{'countsFrom': 'RUNG_BASE_DEADLINE', "
             "'minutes': 0, 'recipient': 'RECIPIENT_RECEIVER'}], 'texts': {'titleZh': '下级交办', 'titleEn': "
             "'Assigned below', 'textZh': '{description}', 'textEn': '{description}'}}",
             county->ids[COUNTY_150424]);
    assign("上级也知道", 86400);
    assert_int_equal(ladders(), 2);
    rectify();
    assert_int_equal(ladders(), 0);
}

// Two rules for the same unit are one message: as urgent as the graver one says, with the ladder of the other.
static void who_is_told_twice_hears_the_graver(void **state)
{
    (void)state;
    ask_well(county, officer, "CreateRule",
             "{'unitId': '%s', 'code': 'b', 'source': 'hazards', 'actions': ['assign'], 'recipient': 'RECIPIENT_UNIT', "
             "'urgency': 'URGENCY_URGENT', 'texts': {'titleZh': '紧急交办', 'titleEn': 'Urgent', 'textZh': "
             "'{description}', 'textEn': '{description}'}}",
             county->ids[COUNTY_150424]);
    rule("{'countsFrom': 'RUNG_BASE_DELIVERY', 'minutes': 1000, 'recipient': 'RECIPIENT_RECEIVER'}");
    long long before = ladders();
    assign("两条规则", 86400);
    expect(clerk, "紧急交办");
    const char *list = ask_well(county, clerk, "ListInbox", "{}");
    assert_string_equal(reply_at(county, list, "messages.0.urgency"), "URGENCY_URGENT");
    assert_string_equal(reply_at(county, list, "messages.0.titleZh"), "紧急交办");
    assert_int_equal(ladders(), before + 2);    // his, and that of the tier above
    rectify();
    assert_int_equal(ladders(), before);
}

// More rungs that cannot be climbed than one look takes keep none behind them waiting.
static void what_fails_keeps_nobody_waiting(void **state)
{
    (void)state;
    size_t before = count_in(clerk, "催办：紧急交办");
    instance_sql(
        county, "notifications",
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.unit_id = '%s' THEN RAISE "
        "EXCEPTION 'spoilt'; END IF; RETURN NEW; END $$; CREATE TRIGGER spoil BEFORE UPDATE ON messages FOR "
        "EACH ROW EXECUTE FUNCTION spoil()",
        county->ids[TOWNSHIP_101]);
    rule("{'countsFrom': 'RUNG_BASE_DELIVERY', 'minutes': 0, 'recipient': 'RECIPIENT_RECEIVER'}");
    for (int i = 0; i < 70; i++)
        assign_to(TOWNSHIP_101, "升级出错", 86400);
    assign("排在后面", 86400);
    for (int try = 0; try < 300 && count_in(clerk, "催办：紧急交办") == before; try++)
        usleep(100000);
    assert_int_equal(count_in(clerk, "催办：紧急交办"), before + 1);
    instance_sql(county, "notifications", "DROP TRIGGER spoil ON messages; DROP FUNCTION spoil()");
}

static void tables_are_what_the_log_says(void **state)
{
    (void)state;
    char output[4096];
    int code = instance_run(county, output, sizeof(output),
                            "anlan-notifications verify --database='%s' 2>&1 && anlan-notifications follows "
                            "--database='%s' 2>&1",
                            instance_conninfo(county, "notifications", false),
                            instance_conninfo(county, "notifications", false));
    if (code != 0)
        fail_msg("%s", output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_does_not_answer_is_reminded_once_whoever_is_killed),
        cmocka_unit_test(what_is_overdue_climbs_though_it_was_acknowledged),
        cmocka_unit_test(what_is_done_in_time_does_not_climb),
        cmocka_unit_test(what_was_done_meanwhile_does_not_climb),
        cmocka_unit_test(what_is_done_does_not_climb_above_either),
        cmocka_unit_test(who_is_told_twice_hears_the_graver),
        cmocka_unit_test(what_fails_keeps_nobody_waiting),
        cmocka_unit_test(tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}
