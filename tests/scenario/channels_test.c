// SPDX-License-Identifier: Apache-2.0
// Messages leave by webhook and mail: to real receivers that are good, slow, failing or hanging; nothing is lost,
// nothing goes where it may not, and a person has dead letters sent again.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/ask.h"

static struct instance *county;
static struct person officer;
static pid_t receivers;
static char folder[96];

#define RULE_TEXTS                                                                                                              \
    "'texts': {'titleZh': '隐患已交办：{description}', 'titleEn': 'Assigned', 'textZh': '{description}，请整改。', " \
    "'textEn': '{description}'}"

static int port_of(const char *name)
{
    char output[64];
    if (instance_run(county, output, sizeof(output), "sed -n 's/^%s=//p' %s/ports", name, folder) != 0 || !*output)
        fail_msg("no port %s", name);
    return (int)strtol(output, NULL, 10);
}

static const char *shell(const char *format, const char *argument)
{
    char *output = arena_alloc(&county->arena, 65536);
    int status = instance_run(county, output, 65536, format, folder, argument);
    if (status != 0)
        fail_msg("%s: %s", format, output);
    return output;
}

static void start_receivers(void)
{
    const char *source = getenv("ANLAN_SOURCE");
    const char *script = arena_printf(&county->arena, "%s/tests/support/receivers.py", source ? source : ".");
    snprintf(folder, sizeof(folder), "%s/receivers", county->dir);
    receivers = fork();
    assert_true(receivers >= 0);
    if (receivers == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl("/usr/bin/python3", "python3", "-B", "-W", "ignore", script, "serve", folder, NULL);
        _exit(127);
    }
    for (int try = 0; try < 500; try++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/ports", folder);
        if (access(path, R_OK) == 0)
            return;
        usleep(20000);
    }
    fail_msg("the receivers do not come up");
}

// What notifications is started with: with networks that are allowed, or without.
static void set_options(const char *allow, const char *mail)
{
    struct arena *arena = &county->arena;
    const char *options[] = {
        arena_printf(arena, "--webhook-allow=%s", allow),
        arena_printf(arena, "--webhook-ca=%s/ca.crt", folder),
        arena_printf(arena, "--mail-server=%s://localhost:%d", strcmp(mail, "smtps") == 0 ? "smtps" : "smtp",
                     port_of(mail)),
        arena_printf(arena, "--mail-ca=%s/ca.crt", folder),
        "--mail-from=anlan@example.org",
        arena_printf(arena, "--mail-user=%s", strcmp(mail, "smtps") == 0 ? "anlan" : ""),
        arena_printf(arena, "--mail-secret=%s",
                     strcmp(mail, "smtps") == 0 ? arena_printf(arena, "%s/password", county->dir) : ""),
        "--send-timeout=2",
        arena_printf(arena, "--metrics=%d", port_of("metrics")),
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
        county->notification_options[i] = options[i];
}

static void start_anew(const char *allow, const char *mail)
{
    instance_end_notifications(county, false);
    set_options(allow, mail);
    instance_start_notifications(county);
}

static int up(void **state)
{
    char output[64];
    (void)state;
    county = instance_start(1);
    start_receivers();
    instance_run(county, output, sizeof(output), "printf '口令 secret\\n' >%s/password", county->dir);
    set_options("", "smtps");
    instance_start_notifications(county);
    officer = as(county, "county_officer", COUNTY_150424, "王建国");
    ask_well(county, officer, "CreateRule",
             "{'unitId': '%s', 'code': 'a', 'source': 'hazards', 'actions': ['assign'], 'recipient': "
             "'RECIPIENT_RESPONSIBLE_UNIT', 'urgency': 'URGENCY_IMPORTANT', 'channels': ['CHANNEL_WEBHOOK', "
             "'CHANNEL_EMAIL'], " RULE_TEXTS "}",
             county->ids[COUNTY_150424]);
    return 0;
}

static int down(void **state)
{
    (void)state;
    kill(receivers, SIGKILL);
    waitpid(receivers, NULL, 0);
    instance_stop(county);
    return 0;
}

static const char *endpoint(const char *code, const char *channel, const char *address)
{
    const char *reply = ask_well(county, officer, "CreateEndpoint",
                                 "{'unitId': '%s', 'role': 'township_clerk', 'code': '%s', 'channel': 'CHANNEL_%s', "
                                 "'address': '%s', 'attemptsMost': 3, 'firstWaitSeconds': 1}",
                                 county->ids[TOWNSHIP_100], code, channel, address);
    return reply_at(county, reply, "endpoint.id");
}

static const char *webhook(const char *code, const char *server, const char *path)
{
    return endpoint(code, "WEBHOOK",
                    arena_printf(&county->arena, "%s://localhost:%d/%s", strcmp(server, "http") == 0 ? "http" : "https",
                                 port_of(server), path));
}

static void retire(const char *id)
{
    const char *was =
        ask_well(county, officer, "GetEndpoint", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424], id);
    ask_well(county, officer, "UpdateEndpoint",
             "{'tenantId': '%s', 'id': '%s', 'version': %s, 'address': '%s', 'retired': true}",
             county->ids[COUNTY_150424], id, reply_at(county, was, "endpoint.version"),
             reply_at(county, was, "endpoint.address"));
}

// Something happens of which the township's clerk is told.
static void happen(const char *description)
{
    char deadline[CLOCK_TEXT_SIZE];
    struct status status = {0};
    const Anlan__Hazards__V1__Hazard *made = create_hazard(county, officer, TOWNSHIP_100, description, NULL, &status);
    assert_ok(status);
    clock_format(clock_now() + CLOCK_DAY, deadline);
    ask_well(county, officer, "AssignHazard",
             "{'tenantId': '%s', 'id': '%s', 'version': 1, 'assignment': {'responsibleUnitId': '%s', "
             "'responsiblePerson': '张三', 'deadline': '%s'}}",
             made->tenant_id, made->id, county->ids[TOWNSHIP_100], deadline);
}

enum { WAITING = 1, SENDING, SENT, DEAD, WITHDRAWN };

static long long count_of(const char *endpoint_id, int state)
{
    return instance_sql(county, "notifications",
                        "SELECT count(*) FROM deliveries WHERE endpoint_id = '%s' AND state = %d", endpoint_id, state);
}

// Waits until so many deliveries of an endpoint have come to a state.
static void expect(const char *endpoint_id, int state, int count)
{
    for (int try = 0; try < 800; try++) {
        if (count_of(endpoint_id, state) == count)
            return;
        usleep(50000);
    }
    fail_msg("%lld of %d deliveries in state %d; sent %lld, dead %lld, waiting %lld", count_of(endpoint_id, state),
             count, state, count_of(endpoint_id, SENT), count_of(endpoint_id, DEAD), count_of(endpoint_id, WAITING));
}

// The only delivery of an endpoint, as GetDelivery answers it.
static const char *delivery_of(const char *endpoint_id)
{
    char id[64];
    if (instance_run(county, id, sizeof(id),
                     "psql -X -q -A -t -h %s -U postgres -d anlan_notifications -c \"SELECT id FROM deliveries WHERE "
                     "endpoint_id = '%s'\"",
                     county->dir, endpoint_id) != 0)
        fail_msg("%s", id);
    id[strcspn(id, "\n")] = '\0';
    return ask_well(county, officer, "GetDelivery", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424], id);
}

static void expect_outcome(const char *endpoint_id, const char *text)
{
    const char *outcome = reply_at(county, delivery_of(endpoint_id), "delivery.outcome");
    if (!strstr(outcome, text))
        fail_msg("'%s', not '%s'", outcome, text);
}

static long requests_at(const char *path)
{
    return strtol(shell("cat %s/requests 2>/dev/null | grep -c '\"path\": \"/%s\"' || true", path), NULL, 10);
}

static void replay(const char *endpoint_id)
{
    ask_well(county, officer, "ReplayDelivery", "{'tenantId': '%s', 'id': '%s', 'note': '已放行'}",
             county->ids[COUNTY_150424], reply_at(county, delivery_of(endpoint_id), "delivery.id"));
}

static void a_private_address_is_not_called_unless_allowed(void **state)
{
    (void)state;
    struct status status = {0};
    struct person clerk = as(county, "township_clerk", TOWNSHIP_100, "赵铁柱");
    const char *good = webhook("good", "https", "good");
    happen("一号隐患");
    expect(good, DEAD, 1);
    expect_outcome(good, "may not be called");
    assert_int_equal(requests_at("good"), 0);
    const char *dead = ask_well(county, officer, "ListDeliveries", "{'dead': true}");
    assert_string_equal(reply_at(county, dead, "deliveries.0.endpointId"), good);
    // Who has no permission replays nothing.
    assert_null(ask(county, clerk, "ReplayDelivery", &status, "{'tenantId': '%s', 'id': '%s'}",
                    county->ids[COUNTY_150424], reply_at(county, dead, "deliveries.0.id")));
    assert_reason(status, PERMISSION_MISSING);
    start_anew("127.0.0.0/8,::1", "smtps");
    replay(good);
    expect(good, SENT, 1);
    assert_int_equal(requests_at("good"), 1);
    const char *sent = delivery_of(good);
    assert_string_equal(reply_at(county, sent, "delivery.replays"), "1");
    assert_string_equal(reply_at(county, sent, "delivery.detail.replayedBy"), "王建国");
    status = (struct status){0};
    assert_null(ask(county, officer, "ReplayDelivery", &status, "{'tenantId': '%s', 'id': '%s'}",
                    county->ids[COUNTY_150424], reply_at(county, sent, "delivery.id")));
    assert_reason(status, STATE_CONFLICT);
    retire(good);
}

static const char *secret_of(const char *endpoint_id, int number)
{
    char *output = arena_alloc(&county->arena, 256);
    if (instance_run(county, output, 256, "anlan endpoints secret --id %s --number %d --keys %s/keys 2>&1", endpoint_id,
                     number, county->dir) != 0)
        fail_msg("%s", output);
    output[strcspn(output, "\n")] = '\0';
    return output;
}

// The client program, as a person of a role.
static int anlan(const char *role, const char *unit_id, char *output, size_t size, const char *command)
{
    return instance_run(county, output, size,
                        "export ANLAN_KEYS=%s/keys ANLAN_ORGANISATIONS=ipc://%s/organisations-0 "
                        "ANLAN_HAZARDS=ipc://%s/hazards-0 ANLAN_NOTIFICATIONS=ipc://%s/notifications-0 LC_ALL=C.UTF-8; "
                        "ANLAN_TOKEN=$(anlan token --role %s --unit %s --name 值班员); export ANLAN_TOKEN; %s 2>&1",
                        county->dir, county->dir, county->dir, county->dir, role, unit_id, command);
}

static void expect_printed(const char *role, int code, const char *text, const char *command)
{
    char output[16384];
    int status = anlan(role, county->ids[COUNTY_150424], output, sizeof(output), command);
    if (status != code || !strstr(output, text))
        fail_msg("%s: %d, no '%s' in %s", command, status, text, output);
}

static bool doctor_tells(struct instance *instance)
{
    char output[16384];
    (void)instance;
    anlan("county_officer", county->ids[COUNTY_150424], output, sizeof(output), "anlan doctor");
    return strstr(output, "1 dead letters") && strstr(output, "anlan deliveries replay");
}

static void a_person_does_it_all_by_the_client_program(void **state)
{
    char command[1024];
    (void)state;
    snprintf(command, sizeof(command),
             "anlan endpoints create --unit %s --role township_clerk --code by_hand --channel webhook --address "
             "https://localhost:%d/flaky/1 --attempts 1 --note 县平台 --json",
             county->ids[TOWNSHIP_100], port_of("other"));
    char made[4096];
    assert_int_equal(anlan("county_officer", county->ids[COUNTY_150424], made, sizeof(made), command), 0);
    const char *id = reply_at(county, arena_printf(&county->arena, "%s", made), "id");
    if (!*id)
        fail_msg("%s", made);
    // Who may not, makes none; nor one of an address that would say more than where it is.
    expect_printed("township_clerk", 1, "PERMISSION_MISSING", command);
    snprintf(command, sizeof(command),
             "anlan endpoints create --unit %s --role township_clerk --code bad --channel webhook --address "
             "https://user:secret@localhost/",
             county->ids[TOWNSHIP_100]);
    expect_printed("county_officer", 1, "address", command);
    happen("十号隐患");
    expect(id, DEAD, 1);
    expect_printed("county_officer", 0, "http 503", "anlan deliveries list --dead");
    expect_printed("county_officer", 0, "死信", "anlan --lang zh deliveries list --dead");
    if (!eventually(doctor_tells, county))
        fail_msg("doctor does not tell of the dead letter");
    char scrape[128];
    snprintf(scrape, sizeof(scrape), "$ANLAN_SOURCE/tests/support/scrape %d | grep ^anlan_deliver", port_of("metrics"));
    expect_printed("county_officer", 0, "anlan_deliveries_dead  1", scrape);
    expect_printed("county_officer", 0, "anlan_delivery_attempts_total channel=webhook,result=failed 1", scrape);
    const char *dead = reply_at(county, delivery_of(id), "delivery.id");
    snprintf(command, sizeof(command), "anlan deliveries replay --tenant %s --id %s --note 已恢复",
             county->ids[COUNTY_150424], dead);
    expect_printed("township_clerk", 1, "PERMISSION_MISSING", command);
    expect_printed("county_officer", 0, "waiting", command);
    expect(id, SENT, 1);
    snprintf(command, sizeof(command), "anlan deliveries show --tenant %s --id %s", county->ids[COUNTY_150424], dead);
    expect_printed("county_officer", 0, "http 204", command);
    snprintf(command, sizeof(command), "anlan endpoints change --tenant %s --id %s --first-wait 5",
             county->ids[COUNTY_150424], id);
    expect_printed("county_officer", 0, "flaky/1", command);    // what is not given stays
    snprintf(command, sizeof(command), "anlan endpoints change --tenant %s --id %s --retire",
             county->ids[COUNTY_150424], id);
    expect_printed("county_officer", 0, "retired", command);
    const char *was =
        ask_well(county, officer, "GetEndpoint", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424], id);
    assert_string_equal(reply_at(county, was, "endpoint.detail.note"), "县平台");
    assert_string_equal(reply_at(county, was, "endpoint.firstWaitSeconds"), "5");
    assert_string_equal(reply_at(county, was, "endpoint.attemptsMost"), "1");
}

static void signatures_are_those_of_the_standard_in_both_secrets_while_they_change(void **state)
{
    (void)state;
    const char *id = webhook("signed", "https", "good");
    shell("rm -f %s/requests", "");
    happen("二号隐患");
    expect(id, SENT, 1);
    const char *first = secret_of(id, 1);
    const char *check = "python3 -B \"$ANLAN_SOURCE/tests/support/receivers.py\" check %s %s 2>&1";
    assert_string_equal(shell(check, first), "1\n");
    char output[256];
    if (instance_run(county, output, sizeof(output),
                     "python3 -B \"$ANLAN_SOURCE/tests/support/receivers.py\" check %s %s 2>&1", folder,
                     secret_of(id, 2)) == 0)
        fail_msg("a secret that has not signed is taken");
    const char *was =
        ask_well(county, officer, "GetEndpoint", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424], id);
    ask_well(county, officer, "UpdateEndpoint",
             "{'tenantId': '%s', 'id': '%s', 'version': 1, 'address': '%s', 'newSecret': true, 'attemptsMost': 3, "
             "'firstWaitSeconds': 1}",
             county->ids[COUNTY_150424], id, reply_at(county, was, "endpoint.address"));
    shell("rm -f %s/requests", "");
    happen("三号隐患");
    expect(id, SENT, 2);
    assert_string_equal(shell(check, first), "1\n");
    assert_string_equal(shell(check, secret_of(id, 2)), "1\n");
    retire(id);
}

static void receivers_that_fail_are_tried_again_as_they_ask(void **state)
{
    (void)state;
    const char *flaky = webhook("flaky", "https", "flaky/2");
    const char *later = webhook("later", "https", "later");
    const char *slow = webhook("slow", "https", "slow");
    const char *broken = webhook("broken", "https", "status/500");
    const char *gone = webhook("gone", "https", "status/404");
    const char *redirect = webhook("redirect", "https", "redirect");
    const char *endless = webhook("endless", "https", "endless");
    const char *rogue = webhook("rogue", "rogue", "good");
    const char *plain = webhook("plain", "http", "good");
    const char *all[] = {flaky, later, slow, broken, gone, redirect, endless, rogue, plain};
    int64_t began = clock_monotonic();
    happen("四号隐患");
    expect(slow, SENT, 1);
    expect(gone, DEAD, 1);
    expect_outcome(gone, "http 404");
    expect(redirect, DEAD, 1);
    expect_outcome(redirect, "http 307");
    assert_int_equal(requests_at("private"), 0);
    expect(plain, DEAD, 1);
    expect_outcome(plain, "may not be called");
    expect(endless, SENT, 1);
    expect(later, SENT, 1);
    assert_true(clock_monotonic() - began > 3 * CLOCK_SECOND);    // as the receiver asked
    expect(flaky, SENT, 1);
    assert_string_equal(reply_at(county, delivery_of(flaky), "delivery.attempts"), "3");
    assert_string_equal(reply_at(county, delivery_of(flaky), "delivery.detail.attempts.0.outcome"), "http 503");
    expect(broken, DEAD, 1);
    assert_int_equal(requests_at("status/500"), 3);
    expect(rogue, DEAD, 1);
    expect_outcome(rogue, "certificate");
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        retire(all[i]);
}

static void a_receiver_that_hangs_keeps_nobody_else_waiting(void **state)
{
    (void)state;
    const char *hangs = webhook("hangs", "other", "hang");    // of another machine than the good one
    for (int i = 0; i < 12; i++)
        happen("五号隐患");
    for (int try = 0; try < 500 && count_of(hangs, SENDING) == 0; try++)
        usleep(20000);
    assert_in_range(count_of(hangs, SENDING), 1, 4);    // however much lies there for it
    const char *good = webhook("prompt", "https", "good");
    int64_t began = clock_monotonic();
    happen("六号隐患");
    expect(good, SENT, 1);
    assert_true(clock_monotonic() - began < 5 * CLOCK_SECOND);
    retire(hangs);
    expect(hangs, WAITING, 0);
    retire(good);
}

static void mail_says_it_in_chinese_whatever_the_text_holds(void **state)
{
    (void)state;
    const char *mail = endpoint("mail", "EMAIL", "zhiban@example.org");
    const char *reject = endpoint("reject", "EMAIL", "reject@example.org");
    const char *later = endpoint("mail_later", "EMAIL", "later@example.org");
    const char *hang = endpoint("mail_hang", "EMAIL", "hang@example.org");
    happen("消防通道被占用，应急照明损坏，灭火器过期未检\\r\\nBcc: thief@example.org\\r\\n\\r\\n.\\r\\n注入");
    expect(mail, SENT, 1);
    expect(reject, DEAD, 1);
    expect_outcome(reject, "smtp 550");
    expect(later, SENT, 1);
    expect(hang, DEAD, 1);
    const char *said = shell("python3 -B \"$ANLAN_SOURCE/tests/support/receivers.py\" mail %s 2>&1%s", "");
    if (!strstr(said, "\"subject\": \"隐患已交办：消防通道被占用") || !strstr(said, "请整改。") ||
        !strstr(said, "\"tls\": true") || strstr(said, "\"to\": [\"thief") ||
        !strstr(said, "\"headers\": [\"Auto-Submitted\", \"Content-Transfer-Encoding\", \"Content-Type\", \"Date\", "
                      "\"From\", \"MIME-Version\", \"Message-ID\", \"Subject\", \"To\"]") ||
        !strstr(said, reply_at(county, delivery_of(mail), "delivery.messageId")))
        fail_msg("%s", said);
    const char *all[] = {mail, reject, later, hang};
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        retire(all[i]);
}

static void mail_goes_by_starttls_and_never_without(void **state)
{
    (void)state;
    start_anew("127.0.0.0/8,::1", "plain");
    shell("rm -f %s/mails", "");
    const char *mail = endpoint("starttls", "EMAIL", "zhiban@example.org");
    happen("七号隐患");
    expect(mail, DEAD, 1);
    expect_outcome(mail, "smtp");
    start_anew("127.0.0.0/8,::1", "starttls");
    replay(mail);
    expect(mail, SENT, 1);
    const char *said = shell("python3 -B \"$ANLAN_SOURCE/tests/support/receivers.py\" mail %s 2>&1%s", "");
    if (!strstr(said, "\"tls\": true") || strstr(said, "\"tls\": false"))
        fail_msg("%s", said);
    retire(mail);
}

static void nothing_is_lost_when_the_service_is_killed(void **state)
{
    (void)state;
    const char *id = webhook("killed", "https", "slow");
    shell("rm -f %s/requests", "");
    for (int i = 0; i < 10; i++)
        happen("八号隐患");
    for (int i = 0; i < 3; i++) {
        for (int try = 0; try < 500 && count_of(id, SENDING) == 0; try++)
            usleep(10000);
        instance_end_notifications(county, true);
        instance_start_notifications(county);
    }
    expect(id, SENT, 10);
    // As many ids as messages, however often each came; and each of its own.
    const char *ids = shell("grep -o '\"webhook-id\": \"[^\"]*\"' %s/requests | sort -u | wc -l%s", "");
    assert_int_equal(strtol(ids, NULL, 10), 10);
    assert_int_equal(instance_sql(county, "notifications",
                                  "SELECT count(*) FROM (SELECT message_id, endpoint_id FROM "
                                  "deliveries GROUP BY 1, 2 HAVING count(*) > 1) d"),
                     0);
    retire(id);
}

static void who_lost_his_access_is_not_sent_it(void **state)
{
    (void)state;
    const char *id = endpoint("lost", "EMAIL", "later@example.com");
    start_anew("127.0.0.0/8,::1", "plain");    // no mail leaves
    happen("九号隐患");
    expect(id, WAITING, 1);
    // The role no longer reads inboxes.
    char output[4096];
    if (instance_run(
            county, output, sizeof(output),
            "sed '/^township_clerk/s/ inbox.read / /' \"$ANLAN_SOURCE/deploy/data/roles.csv\" >%s/roles.csv && "
            "ANLAN_KEYS=%s/keys ANLAN_ORGANISATIONS=ipc://%s/organisations-0 sh -c 'ANLAN_TOKEN=$(anlan token "
            "--role administrator --instance) anlan roles import %s/roles.csv' 2>&1",
            county->dir, county->dir, county->dir, county->dir) != 0)
        fail_msg("%s", output);
    start_anew("127.0.0.0/8,::1", "starttls");
    expect(id, WITHDRAWN, 1);
    expect_outcome(id, "no access");
}

static void tables_are_what_the_log_says_and_no_secret_is_in_it(void **state)
{
    (void)state;
    char output[4096];
    const char *log = arena_printf(&county->arena, "%s/notifications-0.log", county->dir);
    int code = instance_run(county, output, sizeof(output),
                            "anlan-notifications verify --database='%s' 2>&1 && anlan-notifications follows "
                            "--database='%s' 2>&1 && ! grep -e whsec_ -e '口令' %s",
                            instance_conninfo(county, "notifications", false),
                            instance_conninfo(county, "notifications", false), log);
    if (code != 0)
        fail_msg("%s", output);
}

static void tables_are_made_anew_from_the_log(void **state)
{
    (void)state;
    char output[4096];
    const char *sum =
        "SELECT hashtext(string_agg(t::text, ',' ORDER BY t::text)) FROM (SELECT id, version, state::text, due_at, "
        "summary, detail FROM deliveries UNION ALL SELECT id, version, code, NULL, summary, detail FROM "
        "endpoints) t";
    instance_end_notifications(county, false);
    long long before = instance_sql(county, "notifications", "%s", sum);
    instance_sql(county, "notifications",
                 "UPDATE deliveries SET receiver = 'https://thief.example.org' WHERE state = 3");
    if (instance_run(county, output, sizeof(output), "anlan-notifications verify --database='%s' 2>&1",
                     instance_conninfo(county, "notifications", false)) == 0)
        fail_msg("a changed receiver is not found");
    instance_sql(county, "notifications",
                 "TRUNCATE messages, notify_rules, urgent_reports, report_settings, endpoints, deliveries");
    if (instance_run(county, output, sizeof(output), "anlan-notifications rebuild --database='%s' 2>&1",
                     instance_conninfo(county, "notifications", true)) != 0)
        fail_msg("%s", output);
    assert_int_equal(instance_sql(county, "notifications", "%s", sum), before);
    instance_start_notifications(county);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_private_address_is_not_called_unless_allowed),
        cmocka_unit_test(a_person_does_it_all_by_the_client_program),
        cmocka_unit_test(signatures_are_those_of_the_standard_in_both_secrets_while_they_change),
        cmocka_unit_test(receivers_that_fail_are_tried_again_as_they_ask),
        cmocka_unit_test(a_receiver_that_hangs_keeps_nobody_else_waiting),
        cmocka_unit_test(mail_says_it_in_chinese_whatever_the_text_holds),
        cmocka_unit_test(mail_goes_by_starttls_and_never_without),
        cmocka_unit_test(nothing_is_lost_when_the_service_is_killed),
        cmocka_unit_test(who_lost_his_access_is_not_sent_it),
        cmocka_unit_test(tables_are_what_the_log_says_and_no_secret_is_in_it),
        cmocka_unit_test(tables_are_made_anew_from_the_log),
    };
    return cmocka_run_group_tests(tests, up, down);
}
