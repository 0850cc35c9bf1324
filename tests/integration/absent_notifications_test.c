// SPDX-License-Identifier: Apache-2.0
// Absent means absent, of messages, rules, endpoints, deliveries and urgent reports: what is in 林西县 (150424) is
// hidden from 巴林右旗 (150423), and is answered there as what is nowhere.
#include <stdio.h>
#include <string.h>

#include "anlan_notifications_v1.policy.h"
#include "base/clock.h"
#include "support/ask.h"
#include "support/probes.h"

static struct instance *region;
static struct actor officer;     // of 巴林右旗
static struct actor receiver;    // of a message, at 林西镇

#define at(reply, path) reply_at(region, reply, path)

#define TEXTS "'texts': {'titleZh': '已交办', 'titleEn': 'Assigned', 'textZh': '请整改。', 'textEn': '{description}'}"
#define RULE "'actions': ['assign'], 'recipient': 'RECIPIENT_RESPONSIBLE_UNIT', 'urgency': 'URGENCY_NORMAL', " TEXTS
#define NEW_RULE "'source': 'hazards', " RULE
#define ADDRESS "'address': 'https://localhost:1/hook'"
#define ENDPOINT "'channel': 'CHANNEL_WEBHOOK', " ADDRESS
#define CONTENTS                                                                                                                  \
    "'telephone': '0476-5551234', 'title': '仓库爆炸', 'overview': '烟花批发企业', 'scene': '东侧库房', 'course': " \
    "'卸货时起火', 'measures': '已疏散', 'grade': 'ACCIDENT_GRADE_GENERAL', 'accidentAt': '2026-05-01T00:00:00Z'"
#define CLOCKS "'clocks': {'minutesFirst': 60}"

// One record, named by tenant and id: by the one that is not there, and by the other.
#define RECORD(who, method, name, rest)                                                                                \
    {who, method, "county", "{'tenantId': '$', 'id': '{" name "}'" rest "}"}, RECORD_ID(who, method, name, rest)
#define RECORD_ID(who, method, name, rest)                                                                             \
    {                                                                                                                  \
        who, method, name, "{'tenantId': '{county}', 'id': '$'" rest "}"                                               \
    }
// A page of what lies at a unit, and a new record at one.
#define AT_UNIT(who, method, rest)                                                                                     \
    {                                                                                                                  \
        who, method, "township", "{'unitId': '$'" rest "}"                                                             \
    }

static const struct probe rows[] = {
    // Messages.
    {&officer, "GetMessage", "county", "{'tenantId': '$', 'id': '{message}'}", .witness = &receiver},
    {&officer, "GetMessage", "message", "{'tenantId': '{county}', 'id': '$'}", .witness = &receiver},
    {&officer, "AcknowledgeMessage", "county", "{'tenantId': '$', 'id': '{message}'}", .witness = &receiver},
    {&officer, "AcknowledgeMessage", "message", "{'tenantId': '{county}', 'id': '$'}", .witness = &receiver},
    // Rules.
    RECORD(&officer, "GetRule", "rule", ""),
    RECORD(&officer, "UpdateRule", "rule", ", 'version': 1, " RULE),
    AT_UNIT(&officer, "CreateRule", ", 'code': 'new', " NEW_RULE),
    AT_UNIT(&officer, "ListRules", ""),
    // Endpoints and deliveries.
    RECORD(&officer, "GetEndpoint", "endpoint", ""),
    RECORD(&officer, "UpdateEndpoint", "endpoint", ", 'version': 1, " ADDRESS),
    AT_UNIT(&officer, "CreateEndpoint", ", 'code': 'new', " ENDPOINT),
    {&officer, "CreateEndpoint", "person", "{'unitId': '{own}', 'personId': '$', 'code': '{fresh}', " ENDPOINT "}",
     .makes = true, .alike = "it is written down, and nobody is looked up before something goes there"},
    AT_UNIT(&officer, "ListEndpoints", ""),
    RECORD(&officer, "GetDelivery", "delivery", ""),
    RECORD(&officer, "ReplayDelivery", "delivery", ""),
    AT_UNIT(&officer, "ListDeliveries", ""),
    // Urgent reports.
    RECORD(&officer, "notifications/GetReport", "report", ""),
    RECORD(&officer, "SupplementReport", "report", ", 'version': 1, 'text': '又一人受伤', 'injured': 1"),
    RECORD(&officer, "AcknowledgeReport", "report", ""),
    RECORD(&officer, "ForwardReport", "report", ""),
    {&officer, "ReportUrgent", "enterprise", "{'unitId': '$', " CONTENTS "}"},
    {&officer, "ListReports", "enterprise", "{'unitId': '$'}"},
    RECORD(&officer, "UpdateReportSettings", "settings", ", 'version': 1, " CLOCKS),
    AT_UNIT(&officer, "CreateReportSettings", ", " CLOCKS),
    AT_UNIT(&officer, "ListReportSettings", ""),
};

static const struct probe_exemption exempt[] = {
    {"UpdateReportSettings", "unitId", "of bodies and desks: it is written down, and not looked up"},
};

static struct probes probes = {
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .contract = &anlan_notifications_v1_contract,
    .exemptions = exempt,
    .exemption_count = sizeof(exempt) / sizeof(exempt[0]),
    .timed = {"GetMessage", "GetRule", "ListEndpoints", "ReplayDelivery", "AcknowledgeReport"}};

#define keep(name, value) probes_name(&probes, name, value)
#define kept(name) probes_value(&probes, name)

static bool delivery_is_dead(struct instance *instance)
{
    const char *found =
        ask_well(instance, as(instance, "county_officer", COUNTY_150424, "王建国"), "ListDeliveries", "{'dead': true}");
    return strcmp(reply_at(instance, found, "deliveries"), "1") == 0;
}

// A message to 林西镇 by a rule of its county, which goes out to an address that may not be called.
static void make_message(struct person there)
{
    struct status status = {0};
    const char *made = ask_well(region, there, "CreateRule",
                                "{'unitId': '%s', 'code': 'assigned', 'channels': ['CHANNEL_WEBHOOK'], " NEW_RULE "}",
                                kept("township"));
    keep("rule", at(made, "rule.id"));
    made = ask_well(region, there, "CreateEndpoint",
                    "{'unitId': '%s', 'role': 'township_clerk', 'code': 'hook', 'attemptsMost': 1, " ENDPOINT "}",
                    kept("township"));
    keep("endpoint", at(made, "endpoint.id"));
    const Anlan__Hazards__V1__Hazard *found = create_hazard(region, there, TOWNSHIP_100, "安全出口上锁", NULL, &status);
    assert_ok(status);
    assign_hazard(region, there, found, NULL, &status);
    assert_ok(status);
    assert_true(eventually(delivery_is_dead, region));
    made = ask_well(region, there, "ListDeliveries", "{}");
    keep("delivery", at(made, "deliveries.0.id"));
    keep("message", at(made, "deliveries.0.messageId"));
}

static void make_report(struct person there)
{
    struct person enterprise = as(region, "enterprise_officer", ENTERPRISE, "矿长");
    const char *made =
        ask_well(region, enterprise, "ReportUrgent", "{'unitId': '%s', " CONTENTS "}", kept("enterprise"));
    keep("report", at(made, "report.id"));
    made = ask_well(region, there, "CreateReportSettings", "{'unitId': '%s', " CLOCKS "}", kept("township"));
    keep("settings", at(made, "settings.id"));
}

static int up(void **state)
{
    (void)state;
    region = probes.instance = instance_start(1);
    instance_start_notifications(region);
    keep("county", region->ids[COUNTY_150424]);
    keep("township", region->ids[TOWNSHIP_100]);
    keep("enterprise", region->ids[ENTERPRISE]);
    keep("own", region->ids[COUNTY_150423]);
    keep("own_township", region->ids[TOWNSHIP_OTHER]);
    probes_people(&probes, region->ids[TOWNSHIP_101]);
    officer = actor_new(region, "county_officer", kept("own"), "邻县王五", NULL);
    receiver = actor_new(region, "township_clerk", kept("township"), "李娜", NULL);
    keep("person", receiver.person_id);
    struct person there = as(region, "county_officer", COUNTY_150424, "王建国");
    make_message(there);
    make_report(there);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(whatever_names_something_is_probed, &probes),
        cmocka_unit_test_prestate(what_is_hidden_is_answered_like_what_is_not_there, &probes),
        cmocka_unit_test_prestate(it_takes_no_longer, &probes),
        cmocka_unit_test_prestate(who_may_see_it_hears_the_difference, &probes),
    };
    return cmocka_run_group_tests(tests, up, down);
}
