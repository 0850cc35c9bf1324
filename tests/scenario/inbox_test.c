// SPDX-License-Identifier: Apache-2.0
// Who is told of what happens to hazards: by rules that are data, once, in the inbox of a post, as long as he reaches
// what it tells of.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/load.h"

static struct instance *county;
static struct person region;
static struct person officer;
static struct person clerk;

static int import_rules(const char *file, enum place place, const char *role)
{
    char output[4096];
    int code = instance_run(county, output, sizeof(output),
                            "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 "
                            "ANLAN_NOTIFICATIONS=ipc://%s/notifications-0 ANLAN_KEYS=%s/keys; export "
                            "ANLAN_TOKEN=$(anlan token --role %s --unit %s); anlan notify rules import %s --unit %s "
                            "--rule-set 默认规则 2>&1",
                            county->dir, county->dir, county->dir, role, county->ids[place], file, county->ids[place]);
    if (code != 0)
        fail_msg("%d: %s", code, output);
    return code;
}

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    instance_start_notifications(county);
    region = as(county, "region_officer", REGION_15, "自治区监管员");
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

static const char *listed;

static const char *inbox(struct person person, bool open)
{
    return ask_well(county, person, "ListInbox", "{'open': %s, 'pageSize': 200}", open ? "true" : "false");
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        count++;
    return count;
}

static const char *awaited;
static struct person reader;

static bool has_come(struct instance *instance)
{
    (void)instance;
    listed = inbox(reader, false);
    return strstr(listed, awaited) != NULL;
}

// The inbox once it has a text; ends the test where that does not come.
static const char *inbox_with(struct person person, const char *text)
{
    reader = person;
    awaited = text;
    if (!eventually(has_come, county))
        fail_msg("no %s in %s", text, listed);
    return listed;
}

// All that has happened so far has been applied.
static bool caught_up(struct instance *instance)
{
    long long head = instance_sql(instance, "hazards", "SELECT sum(position) FROM heads WHERE " OF_CHANGES);
    return instance_sql(instance, "notifications",
                        "SELECT sum(position) FROM follow_cursors WHERE source = 'hazards'") == head;
}

static const Anlan__Hazards__V1__Hazard *assigned(const char *description)
{
    struct status status = {0};
    const Anlan__Hazards__V1__Hazard *made = create_hazard(county, officer, ENTERPRISE, description, NULL, &status);
    assert_ok(status);
    made = assign_hazard(county, officer, made, NULL, &status);
    assert_ok(status);
    return made;
}

static void rules_are_imported_and_a_second_time_nothing_changes(void **state)
{
    (void)state;
    assigned("规则之前");
    import_rules("\"$ANLAN_SOURCE/deploy/data/notify-rules.csv\"", REGION_15, "region_officer");
    long long rules = instance_sql(county, "notifications", "SELECT count(*) FROM notify_rules");
    long long entries = instance_changes(county, "notifications");
    assert_true(rules > 15);
    import_rules("\"$ANLAN_SOURCE/deploy/data/notify-rules.csv\"", REGION_15, "region_officer");
    assert_int_equal(instance_changes(county, "notifications"), entries);
    struct status status = {0};
    assert_null(ask(county, officer, "CreateRule", &status,
                    "{'unitId': '%s', 'code': 'x', 'source': 'hazards', 'actions': ['assing'], 'recipient': "
                    "'RECIPIENT_UNIT', 'urgency': 'URGENCY_NORMAL', 'texts': {'titleZh': '{nonsense}', 'titleEn': 'a', "
                    "'textZh': 'a', 'textEn': 'a'}}",
                    county->ids[COUNTY_150424]));
    assert_reason(status, FIELD_INVALID);
    assert_int_equal(status.violation_count, 2);
    assert_null(ask(county, officer, "CreateRule", &status,
                    "{'unitId': '%s', 'code': 'x', 'source': 'hazards', 'actions': ['assign'], 'recipient': "
                    "'RECIPIENT_UNIT', 'urgency': 'URGENCY_NORMAL', 'texts': {'titleZh': 'a', 'titleEn': 'a', "
                    "'textZh': 'a', 'textEn': 'a'}}",
                    county->ids[REGION_15]));
    assert_reason(status, UNIT_NOT_FOUND);    // not his to say
}

static void who_must_act_is_told_and_nobody_beside_him(void **state)
{
    (void)state;
    assigned("仓库堵塞");
    const char *text = inbox_with(clerk, "隐患已交办");
    assert_null(strstr(text, "规则之前"));    // of what happened before the rules nobody is told
    assert_int_equal(count_of(text, "\"id\"") > 0, 1);
    assert_string_equal(reply_at(county, text, "messages.0.subject.action"), "assign");
    assert_string_equal(reply_at(county, text, "messages.0.unitId"), county->ids[TOWNSHIP_100]);
    // The enterprise hears of what was found at it; others hear nothing.
    inbox_with(as(county, "enterprise_officer", ENTERPRISE, "企业安全员"), "本单位被查出隐患");
    static const struct {
        const char *role;
        enum place place;
    } strangers[] = {{"township_clerk", TOWNSHIP_101}, {"county_officer", COUNTY_150423}, {"leader", CITY_1504}};
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
        struct person stranger = as(county, strangers[i].role, strangers[i].place, "旁人");
        assert_null(strstr(inbox(stranger, false), "titleZh"));
        struct status status = {0};
        assert_null(ask(county, stranger, "GetMessage", &status, "{'tenantId': '%s', 'id': '%s'}",
                        county->ids[COUNTY_150424], reply_at(county, text, "messages.0.id")));
        assert_reason(status, RECORD_NOT_FOUND);
    }
}

static void a_message_is_acknowledged_once(void **state)
{
    (void)state;
    struct status status = {0};
    const char *id = reply_at(county, inbox_with(clerk, "隐患已交办"), "messages.0.id");
    const char *whole =
        ask_well(county, clerk, "GetMessage", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424], id);
    assert_non_null(strstr(reply_at(county, whole, "message.detail.textZh"), "一般隐患：仓库堵塞"));
    const char *after = ask_well(county, clerk, "AcknowledgeMessage",
                                 "{'tenantId': '%s', 'id': '%s', 'note': '已安排'}", county->ids[COUNTY_150424], id);
    assert_string_equal(reply_at(county, after, "message.acknowledged.person"), "赵铁柱");
    struct person colleague = as(county, "township_clerk", TOWNSHIP_100, "钱多多");
    assert_null(ask(county, colleague, "AcknowledgeMessage", &status, "{'tenantId': '%s', 'id': '%s'}",
                    county->ids[COUNTY_150424], id));
    assert_reason(status, STATE_CONFLICT);
    assert_non_null(strstr(status.message, "赵铁柱"));
    assert_null(strstr(inbox(colleague, true), id));
    assert_non_null(strstr(inbox(colleague, false), id));
    assert_null(ask(county, officer, "DeliverMessage", &status, "{}"));
    assert_reason(status, METHOD_UNKNOWN);    // nobody but the service itself
}

// A post that reaches one sector only; and one that ends.
static void who_does_not_reach_it_does_not_see_the_message(void **state)
{
    (void)state;
    struct status status = {0};
    struct actor one = actor_new(county, "county_officer", county->ids[COUNTY_150424], "道路专员", "road_traffic");
    struct actor all = actor_new(county, "county_officer", county->ids[COUNTY_150424], "全面专员", NULL);
    const Anlan__Hazards__V1__Hazard *made = create_hazard(
        county, as(county, "county_officer", COUNTY_150424, "发现人"), TOWNSHIP_100, "待作废", NULL, &status);
    assert_ok(status);
    // By the township: the county is told, and is not who did it.
    ask_well(county, clerk, "AskVoiding", "{'tenantId': '%s', 'id': '%s', 'version': 1, 'reason': '重复登记'}",
             made->tenant_id, made->id);
    inbox_with(acting(county, all, NULL), "申请作废");
    assert_null(strstr(inbox(acting(county, one, NULL), false), "申请作废"));
    ask_well(county, as_at(county, "security_administrator", county->instance_id, "安全管理员"), "EndPost",
             "{'id': '%s', 'version': 1, 'document': '调离'}", all.post_id);
    assert_null(ask(county, acting(county, all, NULL), "ListInbox", &status, "{}"));
    assert_reason(status, POST_ENDED);
}

static void a_nearer_rule_takes_the_place_of_one_above(void **state)
{
    (void)state;
    ask_well(
        county, officer, "CreateRule",
        "{'unitId': '%s', 'code': 'assigned', 'source': 'hazards', 'actions': ['assign'], 'recipient': "
        "'RECIPIENT_RESPONSIBLE_UNIT', 'urgency': 'URGENCY_URGENT', 'texts': {'titleZh': '林西县交办单', 'titleEn': "
        "'Linxi', 'textZh': '{description}', 'textEn': '{description}'}}",
        county->ids[COUNTY_150424]);
    assigned("按县里的规则");
    const char *text = inbox_with(clerk, "林西县交办单");
    assert_true(eventually(caught_up, county));
    assert_int_equal(count_of(inbox(clerk, false), "隐患已交办"), count_of(text, "隐患已交办"));
    const char *list = ask_well(county, officer, "ListRules", "{}");
    const char *id = reply_at(county, list, "rules.0.id");
    ask_well(county, officer, "UpdateRule",
             "{'tenantId': '%s', 'id': '%s', 'version': 1, 'actions': ['assign'], 'recipient': "
             "'RECIPIENT_RESPONSIBLE_UNIT', 'urgency': 'URGENCY_URGENT', 'retired': true, 'texts': {'titleZh': 'a', "
             "'titleEn': 'a', 'textZh': 'a', 'textEn': 'a'}}",
             county->ids[COUNTY_150424], id);
    assert_null(strstr(ask_well(county, officer, "ListRules", "{}"), id));
    size_t before = count_of(inbox(clerk, false), "隐患已交办");
    assigned("又按上级的规则");
    for (int try = 0; try < 100 && count_of(inbox(clerk, false), "隐患已交办") == before; try++)
        usleep(50000);
    assert_int_equal(count_of(inbox(clerk, false), "隐患已交办"), before + 1);
}

struct waiting {
    pthread_t thread;
    const char *reply;
    int64_t took;
};

static void *wait_for_message(void *argument)
{
    struct waiting *waiting = argument;
    char output[4096];
    int64_t start = clock_monotonic();
    instance_run(
        county, output, sizeof(output),
        "export ANLAN_NOTIFICATIONS_FEED=ipc://%s/notifications-0.feed ANLAN_KEYS=%s/keys; export "
        "ANLAN_TOKEN=$(anlan token --role township_clerk --unit %s --name 等待者); timeout 40 anlan inbox wait --after "
        "%lld 2>&1",
        county->dir, county->dir, county->ids[TOWNSHIP_100],
        instance_sql(county, "notifications", "SELECT max(position) FROM messages WHERE unit_id = '%s'",
                     county->ids[TOWNSHIP_100]));
    waiting->took = clock_monotonic() - start;
    waiting->reply = strdup(output);
    return NULL;
}

static void who_waits_hears_at_once(void **state)
{
    (void)state;
    struct waiting waiting = {0};
    assert_int_equal(pthread_create(&waiting.thread, NULL, wait_for_message, &waiting), 0);
    sleep(2);
    int64_t sent = clock_monotonic();
    assigned("等待之中");
    pthread_join(waiting.thread, NULL);
    printf("heard %lld ms after it was sent\n", (long long)((clock_monotonic() - sent) / CLOCK_MILLISECOND));
    if (!strstr(waiting.reply, "A hazard is yours to rectify"))
        fail_msg("%s", waiting.reply);
    assert_true(waiting.took > 1500 * CLOCK_MILLISECOND);    // it did wait
    free((char *)waiting.reply);
    struct status status = {0};
    assert_null(ask(county, clerk, "WaitInbox", &status, "{}"));
    assert_reason(status, METHOD_UNKNOWN);    // on the feed address alone
}

static void each_is_told_once_whoever_is_killed(void **state)
{
    (void)state;
    enum { CALLS = 300 };
    assert_true(eventually(caught_up, county));
    long long before = instance_sql(county, "notifications", "SELECT count(*) FROM messages");
    struct rpc_client *client = load_client(county, -1);
    struct load *load = load_new(CALLS);
    struct person finder = as(county, "county_officer", COUNTY_150424, "负载");
    for (int i = 0; i < CALLS; i++) {    // each is told to the enterprise at which it was found
        load_create(load, county, client, finder, county->ids[ENTERPRISE], "负载之下", NULL, 60000);
        load_wait(load, 7);
        if (i % 75 == 74) {
            instance_end_notifications(county, true);
            instance_start_notifications(county);
        }
    }
    load_wait(load, 0);
    assert_int_equal(load_count(load, REASON(UNSPECIFIED)), CALLS);
    for (int i = 0; i < 4 && !eventually(caught_up, county); i++)
        ;
    assert_int_equal(instance_sql(county, "notifications", "SELECT count(*) FROM messages"), before + CALLS);
    assert_int_equal(instance_sql(county, "notifications", "SELECT count(*) FROM follow_stuck"), 0);
    load_free(load);
    rpc_client_close(client);
}

static void tables_are_what_the_log_says(void **state)
{
    (void)state;
    char output[4096];
    int code = instance_run(county, output, sizeof(output), "anlan-notifications verify --database='%s' 2>&1",
                            instance_conninfo(county, "notifications", false));
    if (code != 0)
        fail_msg("%s", output);
    instance_end_notifications(county, false);
    instance_sql(county, "notifications", "TRUNCATE messages, notify_rules");
    code = instance_run(county, output, sizeof(output), "anlan-notifications rebuild --database='%s' 2>&1",
                        instance_conninfo(county, "notifications", true));
    if (code != 0)
        fail_msg("%s", output);
    instance_start_notifications(county);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_imported_and_a_second_time_nothing_changes),
        cmocka_unit_test(who_must_act_is_told_and_nobody_beside_him),
        cmocka_unit_test(a_message_is_acknowledged_once),
        cmocka_unit_test(who_does_not_reach_it_does_not_see_the_message),
        cmocka_unit_test(a_nearer_rule_takes_the_place_of_one_above),
        cmocka_unit_test(who_waits_hears_at_once),
        cmocka_unit_test(each_is_told_once_whoever_is_killed),
        cmocka_unit_test(tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}
