// SPDX-License-Identifier: Apache-2.0
// The three administrators (三员) keep watch on one another; and the rules of signing in, which one of them sets.
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/signing.h"

static struct instance *region;
static struct person key_holder;
static const struct person nobody;
static struct actor systems[2], security, audit;

#define at(reply, path) reply_at(region, reply, path)

static int up(void **state)
{
    (void)state;
    region = instance_start(1);
    key_holder = as_at(region, "administrator", region->instance_id, "密钥持有人");
    systems[0] = actor_new(region, "system_administrator", region->ids[REGION_15], "系统管理员甲", NULL);
    systems[1] = actor_new(region, "system_administrator", region->ids[REGION_15], "系统管理员乙", NULL);
    security = actor_new(region, "security_administrator", region->ids[REGION_15], "安全管理员", NULL);
    audit = actor_new(region, "audit_administrator", region->ids[REGION_15], "审计管理员", NULL);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

#define me(actor) acting(region, actor, NULL)

static const char create[] = "{'personId': '%s', 'name': '%s', 'password': '" SIGNING_FIRST "'}";

static void nobody_takes_the_place_of_who_watches_him(void **state)
{
    (void)state;
    struct status status = {0};
    const struct actor watchers[] = {security, audit};
    static const char *const names[] = {"anquan", "shenji"};
    for (size_t i = 0; i < COUNT_OF(watchers); i++) {
        ask(region, me(systems[0]), "CreateAccount", &status, create, watchers[i].person_id, names[i]);
        assert_reason(status, PERMISSION_MISSING);
        const char *id =
            at(ask_well(region, key_holder, "CreateAccount", create, watchers[i].person_id, names[i]), "account.id");
        ask(region, me(systems[0]), "ResetAccount", &status,
            "{'id': '%s', 'version': 1, 'password': 'another-first-1', 'dropSecondFactor': true}", id);
        assert_reason(status, PERMISSION_MISSING);
        ask(region, me(systems[0]), "DisableAccount", &status, "{'id': '%s', 'version': 1, 'reason': '碍事'}", id);
        assert_reason(status, PERMISSION_MISSING);
        ask(region, me(systems[0]), "RequireSecondFactor", &status, "{'id': '%s', 'version': 1, 'needed': true}", id);
        assert_reason(status, PERMISSION_MISSING);
        // Who holds the instance's key resets it, and disables it; the system administrator does not enable it again.
        ask_well(region, key_holder, "DisableAccount", "{'id': '%s', 'version': 1, 'reason': '离岗'}", id);
        ask(region, me(systems[0]), "EnableAccount", &status, "{'id': '%s', 'version': 2}", id);
        assert_reason(status, PERMISSION_MISSING);
    }
    // Of the others accounts are no business at all.
    ask(region, me(security), "CreateAccount", &status, create, systems[0].person_id, "xitong");
    assert_reason(status, PERMISSION_MISSING);
    ask(region, me(audit), "CreateAccount", &status, create, systems[0].person_id, "xitong");
    assert_reason(status, PERMISSION_MISSING);
}

static void the_accounts_of_all_others_are_the_system_administrators(void **state)
{
    (void)state;
    struct status status = {0};
    struct actor officer = actor_new(region, "county_officer", region->ids[COUNTY_150424], "王建国", NULL);
    ask_well(region, me(systems[0]), "CreateAccount", create, officer.person_id, "wang");
    const char *id =
        at(ask_well(region, me(systems[0]), "CreateAccount", create, systems[1].person_id, "yi"), "account.id");
    ask_well(region, me(systems[0]), "RequireSecondFactor", "{'id': '%s', 'version': 1, 'needed': true}", id);
    // Another role has the right, and not the watcher's place.
    ask_well(region, key_holder, "CreateRole",
             "{'name': 'account_keeper', 'zh': '账号管理员', 'en': 'keeper of accounts', 'permissions': "
             "['accounts.manage', 'accounts.read']}");
    struct actor keeper = actor_new(region, "account_keeper", region->ids[REGION_15], "账号管理员", NULL);
    const char *wang = at(ask_well(region, me(keeper), "GetAccount", "{'name': 'wang'}"), "account.id");
    ask_well(region, me(keeper), "RequireSecondFactor", "{'id': '%s', 'version': 1, 'needed': true}", wang);
    ask(region, me(keeper), "RequireSecondFactor", &status, "{'id': '%s', 'version': 2, 'needed': false}", id);
    assert_reason(status, PERMISSION_MISSING);
    // When the watcher's post has ended he is a person like all others.
    struct actor former = actor_new(region, "audit_administrator", region->ids[REGION_15], "前审计管理员", NULL);
    ask_well(region, key_holder, "EndPost", "{'id': '%s', 'version': 1, 'document': '免1号'}", former.post_id);
    ask_well(region, me(systems[0]), "CreateAccount", create, former.person_id, "qian");
}

#define RULES                                                                                                          \
    "{'version': %d, 'costLog2': %d, 'blockSize': %d, 'lanes': 1, 'passwordMinChars': %d, 'attemptsMost': %d, "        \
    "'attemptsWindowS': 900, 'tokenS': %d, 'sessionS': 43200, 'reason': '等保整改'}"

static void the_rules_are_what_the_program_comes_with_until_they_are_set(void **state)
{
    (void)state;
    struct status status = {0};
    const struct actor readers[] = {systems[0], security, audit};
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        const char *read = ask_well(region, me(readers[i]), "GetSignInRules", "{}");
        assert_string_equal(at(read, "rules.version"), "");
        assert_string_equal(at(read, "rules.costLog2"), "15");
        assert_string_equal(at(read, "rules.passwordMinChars"), "10");
        assert_string_equal(at(read, "rules.attemptsWindowS"), "900");
    }
    ask(region, as(region, "county_officer", COUNTY_150424, "王建国"), "GetSignInRules", &status, "{}");
    assert_reason(status, PERMISSION_MISSING);
}

static void no_rule_goes_below_the_floor(void **state)
{
    (void)state;
    static const struct {
        int cost, block, chars, attempts, token;
        const char *field;
    } bad[] = {{13, 8, 10, 10, 900, "cost_log2"},         {15, 7, 10, 10, 900, "block_size"},
               {15, 8, 7, 10, 900, "password_min_chars"}, {15, 8, 10, 101, 900, "attempts_most"},
               {15, 8, 10, 10, 3601, "token_s"},          {20, 8, 10, 10, 900, "block_size"},
               {21, 8, 10, 10, 900, "cost_log2"}};
    struct status status = {0};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        ask(region, me(security), "UpdateSignInRules", &status, RULES, 0, bad[i].cost, bad[i].block, bad[i].chars,
            bad[i].attempts, bad[i].token);
        assert_reason(status, FIELD_INVALID);
        assert_string_equal(status.violations[0].field, bad[i].field);
    }
    assert_string_equal(at(ask_well(region, me(audit), "GetSignInRules", "{}"), "rules.version"), "");
}

static void the_security_administrator_sets_them_and_the_next_sign_in_obeys(void **state)
{
    (void)state;
    struct status status = {0};
    struct actor below = actor_new(region, "security_administrator", region->ids[COUNTY_150424], "县安全管理员", NULL);
    ask(region, me(systems[0]), "UpdateSignInRules", &status, RULES, 0, 14, 8, 16, 3, 120);
    assert_reason(status, PERMISSION_MISSING);
    ask(region, me(audit), "UpdateSignInRules", &status, RULES, 0, 14, 8, 16, 3, 120);
    assert_reason(status, PERMISSION_MISSING);
    ask(region, me(below), "UpdateSignInRules", &status, RULES, 0, 14, 8, 16, 3, 120);
    assert_reason(status, PERMISSION_MISSING);
    ask(region, me(security), "UpdateSignInRules", &status, RULES, 1, 14, 8, 16, 3, 120);
    assert_reason(status, VERSION_CONFLICT);
    const char *set = ask_well(region, me(security), "UpdateSignInRules", RULES, 0, 14, 8, 17, 3, 120);
    assert_string_equal(at(set, "rules.version"), "1");
    assert_string_equal(at(set, "rules.id"), region->instance_id);
    set = ask_well(region, me(security), "UpdateSignInRules", RULES, 1, 14, 8, 16, 3, 120);
    assert_string_equal(at(set, "rules.version"), "2");
    assert_string_equal(at(ask_well(region, me(systems[0]), "GetSignInRules", "{}"), "rules.passwordMinChars"), "16");
    signing_person(region, "李娜", "lina");    // SIGNING_CHOSEN has 16 characters
    ask(region, nobody, "ChangePassword", &status,
        "{'name': 'lina', 'password': '" SIGNING_CHOSEN "', 'newPassword': '15-characters-x'}");
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].description, "must have at least 16 characters");
    assert_int_equal(instance_sql(region, "organisations",
                                  "SELECT s.cost_log2 FROM account_secrets s JOIN accounts a ON a.id = s.account_id "
                                  "WHERE a.name = 'lina'"),
                     14);
    for (int i = 0; i < 4; i++)
        signing_in(region, "nobody.at.all", "a guess", "", &status);
    assert_reason(status, SIGN_IN_LIMITED);
    assert_int_equal(instance_sql(region, "organisations",
                                  "SELECT count(*) FROM entries WHERE position(convert_to("
                                  "'anlan.organisations.v1.SignInRules', 'UTF8') IN entry) > 0 AND "
                                  "position(convert_to('%s', 'UTF8') IN entry) > 0",
                                  security.person_id),
                     2);
}

static void the_client_shows_and_sets_them(void **state)
{
    (void)state;
    char output[8192];
    static const char *const commands[] = {
        "anlan --lang zh sign-in-rules show",
        "anlan sign-in-rules set --attempts-most 10 --session-seconds 28800 --reason 'the working day'",
        "anlan --json sign-in-rules show",
    };
    static const char *const said[] = {"密码最少字符数", "version 3: the working day", "\"sessionS\": 28800"};
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        int code = instance_run(region, output, sizeof(output),
                                "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_KEYS=%s/keys; export "
                                "ANLAN_TOKEN=$(anlan token --role security_administrator --unit %s); %s 2>&1",
                                region->dir, region->dir, region->ids[REGION_15], commands[i]);
        if (code != 0 || !strstr(output, said[i]))
            fail_msg("%s: %d: %s", commands[i], code, output);
    }
    int code = instance_run(region, output, sizeof(output),
                            "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_KEYS=%s/keys; export "
                            "ANLAN_TOKEN=$(anlan token --role security_administrator --unit %s); "
                            "anlan --lang zh sign-in-rules set --cost 1x --reason 试 2>&1",
                            region->dir, region->dir, region->ids[REGION_15]);
    assert_int_not_equal(code, 0);
    assert_non_null(strstr(output, "--cost=1x 不是有效取值"));
}

static int recover(const char *keys, const char *name, char *output, size_t size)
{
    return instance_run(
        region, output, size,
        "ANLAN_ORGANISATIONS=ipc://%s/organisations-0 anlan --lang zh accounts recover --keys %s/%s --name "
        "%s 2>&1",
        region->dir, region->dir, keys, name);
}

// The last system administrator has left, his telephone with him, and his account was disabled.
static void who_holds_the_keys_lets_an_administrator_in_again(void **state)
{
    (void)state;
    char output[4096];
    char password[64] = "";
    struct status status = {0};
    struct actor lost = actor_new(region, "system_administrator", region->ids[REGION_15], "丢失的管理员", NULL);
    const char *id =
        at(ask_well(region, key_holder, "CreateAccount",
                    "{'personId': '%s', 'name': 'diushi', 'password': '" SIGNING_FIRST "', 'needsSecondFactor': true}",
                    lost.person_id),
           "account.id");
    ask_well(region, key_holder, "DisableAccount", "{'id': '%s', 'version': 1, 'reason': '离岗'}", id);
    assert_null(signing_in(region, "diushi", SIGNING_FIRST, "", &status));
    assert_int_equal(recover("nowhere", "diushi", output, sizeof(output)), 1);
    assert_int_equal(recover("keys", "nobody", output, sizeof(output)), 1);
    assert_non_null(strstr(output, "RECORD_NOT_FOUND"));
    if (recover("keys", "diushi", output, sizeof(output)) != 0)
        fail_msg("%s", output);
    const char *told = strstr(output, "：");
    assert_non_null(told);
    assert_int_equal(sscanf(told + strlen("："), "%63s", password), 1);
    // The old password is nothing any more; the new one is good for choosing another.
    status = (struct status){0};
    assert_null(signing_in(region, "diushi", SIGNING_FIRST, "", &status));
    assert_reason(status, SIGN_IN_REFUSED);
    status = (struct status){0};
    assert_null(signing_in(region, "diushi", password, "", &status));
    assert_reason(status, PASSWORD_CHANGE_NEEDED);
    // Both steps stand in the log, under who took them.
    int code =
        instance_run(region, output, sizeof(output),
                     "ANLAN_ORGANISATIONS=ipc://%s/organisations-0 "
                     "ANLAN_ORGANISATIONS_FEED=ipc://%s/organisations-0.feed ANLAN_TOKEN=$(anlan token --keys %s/keys "
                     "--role service --instance) anlan log organisations --tenant %s | grep 密钥持有人（ | "
                     "grep -c 'EnableAccount\\|ResetAccount'",
                     region->dir, region->dir, region->dir, region->instance_id);
    if (code != 0 || strcmp(output, "2\n") != 0)
        fail_msg("%d: %s", code, output);
}

static void the_tables_are_what_the_log_says(void **state)
{
    (void)state;
    char output[4096];
    static const char *const verbs[] = {"verify", "rebuild", "verify"};
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        bool owner = strcmp(verbs[i], "rebuild") == 0;
        if (owner)
            instance_sql(region, "organisations",
                         "TRUNCATE units, roles, grants, posts, people, responsibilities, accounts, clients, "
                         "token_revocations, sign_in_rules");
        int code = instance_run(region, output, sizeof(output), "anlan-organisations %s --database='%s' 2>&1", verbs[i],
                                instance_conninfo(region, "organisations", owner));
        if (code != 0)
            fail_msg("%s: %s", verbs[i], output);
    }
    assert_int_equal(instance_sql(region, "organisations", "SELECT version FROM sign_in_rules"), 3);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_takes_the_place_of_who_watches_him),
        cmocka_unit_test(the_accounts_of_all_others_are_the_system_administrators),
        cmocka_unit_test(the_rules_are_what_the_program_comes_with_until_they_are_set),
        cmocka_unit_test(no_rule_goes_below_the_floor),
        cmocka_unit_test(the_security_administrator_sets_them_and_the_next_sign_in_obeys),
        cmocka_unit_test(the_client_shows_and_sets_them),
        cmocka_unit_test(who_holds_the_keys_lets_an_administrator_in_again),
        cmocka_unit_test(the_tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests_name("administrators", tests, up, down);
}
