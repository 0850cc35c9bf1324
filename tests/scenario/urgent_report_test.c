// SPDX-License-Identifier: Apache-2.0
// An accident is reported: up the tiers by two lines, against the clock; who does not answer is passed over, and still
// owes his answer.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/acting.h"
#include "support/ask.h"

static struct instance *county;
static struct person enterprise;
static const char *county_department;
static const char *city_department;
static const char *police;
static const char *id;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    instance_start_notifications(county);
    enterprise = as(county, "enterprise_officer", ENTERPRISE, "矿长");
    county_department = unit_new(county, county->ids[COUNTY_150424], "UNIT_KIND_DEPARTMENT", "林西县应急管理局");
    city_department = unit_new(county, county->ids[CITY_1504], "UNIT_KIND_DEPARTMENT", "赤峰市应急管理局");
    police = unit_new(county, county->ids[COUNTY_150424], "UNIT_KIND_REGULATOR", "林西县公安局");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

// The report as JSON, and one of its values.
static const char *read_report(void)
{
    return ask_well(county, enterprise, "GetReport", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424], id);
}

static const char *at(const char *reply, const char *path)
{
    return reply_at(county, reply, path);
}

static const char *awaited;
static struct person reader;

static bool has_come(struct instance *instance)
{
    (void)instance;
    return strstr(ask_well(county, reader, "ListInbox", "{'pageSize': 200}"), awaited) != NULL;
}

static void expect_message(struct person person, const char *text)
{
    reader = person;
    awaited = text;
    if (!eventually(has_come, county))
        fail_msg("no message %s", text);
}

#define CONTENTS                                                                                                                  \
    "'telephone': '0476-5551234', 'title': '仓库爆炸', 'overview': '烟花批发企业', 'scene': '东侧库房', 'course': " \
    "'卸货时起火', 'measures': '已疏散'"

static void settings_are_data(void **state)
{
    (void)state;
    struct status status = {0};
    struct person region = as(county, "region_officer", REGION_15, "自治区监管员");
    const char *settings = arena_printf(
        &county->arena,
        "{'unitId': '%s', 'document': '国务院令第493号', 'clocks': {'minutesFirst': 60, 'minutesAnswer': 1, "
        "'minutesNext': 120, 'grades': [{'grade': 'ACCIDENT_GRADE_GENERAL', 'upTo': 'city'}, {'grade': "
        "'ACCIDENT_GRADE_LARGER', 'deaths': 3, 'upTo': 'region'}, {'grade': 'ACCIDENT_GRADE_MAJOR', "
        "'deaths': 10, 'upTo': 'region'}], 'bodies': [{'name': '公安机关', 'telephone': '110', 'unitId': "
        "'%s'}, {'name': '工会', 'telephone': '12351'}], 'desks': [{'unitId': '%s', 'telephone': "
        "'0476-5550001'}]}}",
        county->ids[REGION_15], police, county->ids[COUNTY_150424]);
    assert_null(ask(county, region, "CreateReportSettings", &status,
                    "{'unitId': '%s', 'clocks': {'grades': [{'grade': 'ACCIDENT_GRADE_GENERAL', 'upTo': 'moon'}]}}",
                    county->ids[REGION_15]));
    assert_reason(status, FIELD_INVALID);
    ask_well(county, region, "CreateReportSettings", "%s", settings);
    assert_null(
        ask(county, region, "CreateReportSettings", &status, "%s",
            arena_printf(&county->arena, "{'unitId': '%s', 'clocks': {'minutesFirst': 1}}", county->ids[REGION_15])));
    assert_reason(status, RECORD_EXISTS);
}

static void an_accident_goes_to_both_lines_of_the_first_tier(void **state)
{
    (void)state;
    char now[CLOCK_TEXT_SIZE];
    struct status status = {0};
    clock_format(clock_now() - 90 * 60 * CLOCK_SECOND, now);
    assert_null(ask(county, enterprise, "ReportUrgent", &status,
                    "{'unitId': '%s', 'grade': 'ACCIDENT_GRADE_GENERAL', 'accidentAt': '%s', 'title': '缺项'}",
                    county->ids[ENTERPRISE], now));
    assert_reason(status, FIELD_INVALID);    // the six contents
    const char *made = ask_well(county, enterprise, "ReportUrgent",
                                "{'unitId': '%s', 'grade': 'ACCIDENT_GRADE_GENERAL', 'accidentAt': '%s', 'deaths': 2, "
                                "'missing': 1, " CONTENTS "}",
                                county->ids[ENTERPRISE], now);
    id = at(made, "report.id");
    assert_string_equal(at(made, "report.grade"), "ACCIDENT_GRADE_LARGER");    // three dead or missing
    assert_string_equal(at(made, "report.upTo"), "region");
    assert_string_equal(at(made, "report.late"), "true");    // 90 minutes after it happened
    assert_string_equal(at(made, "report.detail.steps"), "2");
    assert_string_equal(at(made, "report.detail.steps.0.unitId"), county->ids[COUNTY_150424]);
    assert_string_equal(at(made, "report.detail.steps.0.telephone"), "0476-5550001");
    assert_string_equal(at(made, "report.detail.steps.1.unitId"), county_department);
    assert_string_not_equal(at(made, "report.dueAt"), "");
    struct person officer = as(county, "county_officer", COUNTY_150424, "县政府值班员");
    expect_message(officer, "紧急报告：仓库爆炸");
    expect_message(as_at(county, "emergency_officer", county_department, "应急局值班员"), "紧急报告：仓库爆炸");
    expect_message(as_at(county, "regulator", police, "公安值班员"), "事故通报：仓库爆炸");
    const char *first = at(ask_well(county, officer, "ListInbox", "{}"), "messages.0.id");
    const char *text =
        at(ask_well(county, officer, "GetMessage", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424], first),
           "message.detail.textZh");
    assert_int_equal(strncmp(text, "电话：0476-5551234", strlen("电话：0476-5551234")), 0);
}

static void only_those_to_whom_it_has_gone_acknowledge_it(void **state)
{
    (void)state;
    struct status status = {0};
    struct person officer = as(county, "county_officer", COUNTY_150424, "县政府值班员");
    static const char acknowledge[] = "{'tenantId': '%s', 'id': '%s', 'note': '立即救援'}";
    assert_null(ask(county, as(county, "city_officer", CITY_1504, "市值班员"), "AcknowledgeReport", &status,
                    acknowledge, county->ids[COUNTY_150424], id));
    assert_reason(status, STEP_OF_OTHER_UNIT);
    assert_null(ask(county, as(county, "county_officer", COUNTY_150423, "邻县"), "AcknowledgeReport", &status,
                    acknowledge, county->ids[COUNTY_150424], id));
    assert_reason(status, RECORD_NOT_FOUND);
    ask_well(county, officer, "AcknowledgeReport", acknowledge, county->ids[COUNTY_150424], id);
    assert_null(ask(county, officer, "AcknowledgeReport", &status, acknowledge, county->ids[COUNTY_150424], id));
    assert_reason(status, STATE_CONFLICT);
    expect_message(enterprise, "上级已签收：仓库爆炸");
}

static bool has_climbed(struct instance *instance)
{
    (void)instance;
    return strcmp(at(read_report(), "report.detail.steps"), "4") == 0;
}

// The department does not answer within a minute; the service is killed meanwhile.
static void who_does_not_answer_is_passed_over_and_not_discharged(void **state)
{
    (void)state;
    instance_end_notifications(county, true);
    instance_start_notifications(county);
    for (int i = 0; i < 10 && !eventually(has_climbed, county); i++)
        ;
    instance_end_notifications(county, true);
    instance_start_notifications(county);
    sleep(2);
    const char *now = read_report();
    assert_string_equal(at(now, "report.detail.steps"), "4");
    assert_string_equal(at(now, "report.detail.steps.0.skippedAt"), "");    // it has answered
    assert_string_not_equal(at(now, "report.detail.steps.1.skippedAt"), "");
    assert_string_equal(at(now, "report.detail.steps.2.unitId"), county->ids[CITY_1504]);
    assert_string_equal(at(now, "report.detail.steps.3.unitId"), city_department);
    assert_int_equal(
        instance_sql(county, "notifications",
                     "SELECT count(*) FROM entries WHERE position(convert_to('ClimbReport', 'UTF8') IN entry) "
                     "> 0"),
        1);
    struct person late = as_at(county, "emergency_officer", county_department, "应急局值班员");
    expect_message(late, "已越级上报，仍须签收：仓库爆炸");
    expect_message(as(county, "city_officer", CITY_1504, "市值班员"), "紧急报告：仓库爆炸");
    const char *after =
        ask_well(county, late, "AcknowledgeReport", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424], id);
    assert_string_equal(at(after, "report.detail.steps.1.acknowledged.person"), "应急局值班员");
    assert_string_not_equal(at(after, "report.detail.steps.1.skippedAt"), "");    // it stays on record
}

static void it_goes_up_until_it_has_arrived(void **state)
{
    (void)state;
    struct status status = {0};
    struct person city = as(county, "city_officer", CITY_1504, "市值班员");
    struct person region = as(county, "region_officer", REGION_15, "自治区值班员");
    static const char which[] = "{'tenantId': '%s', 'id': '%s'}";
    const char *now = ask_well(county, city, "ForwardReport", which, county->ids[COUNTY_150424], id);
    assert_string_equal(at(now, "report.detail.steps"), "5");    // the region has no department here
    assert_string_equal(at(now, "report.arrived"), "");
    expect_message(region, "紧急报告：仓库爆炸");
    now = ask_well(county, region, "AcknowledgeReport", which, county->ids[COUNTY_150424], id);
    assert_string_equal(at(now, "report.arrived"), "true");
    assert_null(ask(county, region, "ForwardReport", &status, which, county->ids[COUNTY_150424], id));
    assert_reason(status, STATE_CONFLICT);
    now = ask_well(county, enterprise, "SupplementReport",
                   "{'tenantId': '%s', 'id': '%s', 'version': %s, 'text': '又有遇难者', 'deaths': 10}",
                   county->ids[COUNTY_150424], id, at(now, "report.version"));
    assert_string_equal(at(now, "report.grade"), "ACCIDENT_GRADE_MAJOR");
    expect_message(region, "续报：仓库爆炸");
    assert_null(strstr(ask_well(county, as(county, "county_officer", COUNTY_150423, "邻县"), "ListReports", "{}"), id));
    assert_non_null(strstr(ask_well(county, region, "ListReports", "{}"), id));
}

static const char *so_many(size_t count, const char *character)
{
    size_t length = strlen(character);
    char *text = arena_alloc(&county->arena, count * length + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * length, character, length);
    return text;
}

// Whoever has much to say is heard at once; the message holds what it can, the report all of it.
static void a_long_report_is_told_all_the_same(void **state)
{
    (void)state;
    char now[CLOCK_TEXT_SIZE];
    struct person officer = as(county, "county_officer", COUNTY_150424, "县政府值班员");
    clock_format(clock_now(), now);
    ask_well(county, enterprise, "ReportUrgent",
             "{'unitId': '%s', 'grade': 'ACCIDENT_GRADE_GENERAL', 'accidentAt': '%s', 'telephone': '0476-5551234', "
             "'title': '%s', 'overview': '企业', 'scene': '%s', 'course': '%s', 'measures': '%s'}",
             county->ids[ENTERPRISE], now, so_many(200, "爆"), so_many(100, "场"), so_many(2000, "过"),
             so_many(10, "施"));
    expect_message(officer, arena_printf(&county->arena, "紧急报告：%s…\"", so_many(194, "爆")));
    const char *first = at(ask_well(county, officer, "ListInbox", "{}"), "messages.0.id");
    const char *got =
        ask_well(county, officer, "GetMessage", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424], first);
    assert_non_null(strstr(at(got, "message.detail.textZh"), "场。简要经过：过过"));
    assert_non_null(strstr(at(got, "message.detail.textZh"), "过…"));
}

static void the_client_shows_the_number_first(void **state)
{
    (void)state;
    char output[8192];
    int code =
        instance_run(county, output, sizeof(output),
                     "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 "
                     "ANLAN_NOTIFICATIONS=ipc://%s/notifications-0 ANLAN_KEYS=%s/keys; export "
                     "ANLAN_TOKEN=$(anlan token --role region_officer --unit %s); anlan --lang zh reports show "
                     "--tenant %s --id %s 2>&1",
                     county->dir, county->dir, county->dir, county->ids[REGION_15], county->ids[COUNTY_150424], id);
    if (code != 0 || strncmp(output, "电话 0476-5551234", strlen("电话 0476-5551234")) != 0 || !strstr(output, "12351"))
        fail_msg("%d: %s", code, output);
    code = instance_run(county, output, sizeof(output), "anlan-notifications verify --database='%s' 2>&1",
                        instance_conninfo(county, "notifications", false));
    if (code != 0)
        fail_msg("%s", output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_data),
        cmocka_unit_test(an_accident_goes_to_both_lines_of_the_first_tier),
        cmocka_unit_test(only_those_to_whom_it_has_gone_acknowledge_it),
        cmocka_unit_test(who_does_not_answer_is_passed_over_and_not_discharged),
        cmocka_unit_test(it_goes_up_until_it_has_arrived),
        cmocka_unit_test(a_long_report_is_told_all_the_same),
        cmocka_unit_test(the_client_shows_the_number_first),
    };
    return cmocka_run_group_tests(tests, up, down);
}
