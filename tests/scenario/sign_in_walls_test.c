// SPDX-License-Identifier: Apache-2.0
// What stands around signing in: a bounded pool, row security, a log that holds no secret.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "crypto/passwords.h"
#include "support/answers.h"
#include "support/ask.h"
#include "support/signing.h"

#define SECOND SIGNING_CHOSEN

static struct instance *county;
static struct person admin;
static const struct person nobody;

static int up(void **state)
{
    (void)state;
    county = instance_start(2);
    admin = as_at(county, "administrator", county->instance_id, "系统管理员");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

#define at(reply, path) reply_at(county, reply, path)

#define person_with_account(name, account) signing_person(county, name, account)
#define sign_in(name, password, device, status) signing_in(county, name, password, device, status)
#define sign_in_well(name) signing_in_well(county, name)
#define bearer(session) signing_bearer(county, session)
#define ledger_says(person) signing_ledger_says(county, person)

static const char *refresh(const char *session, const char *request_id, struct status *status)
{
    return ask(county, nobody, "Refresh", status, "{'refreshToken': '%s', 'requestId': '%s'}",
               at(session, "session.refreshToken"), request_id);
}

// Strangers fill their own queue and no other: the rest of them is refused at once, who was here before signs in, and
// the ledger answers as ever.
static void a_flood_of_strangers_is_refused_and_nobody_else(void **state)
{
    (void)state;
    enum { STRANGERS = 400, WITHIN_MS = 8000 };
    struct status status = {0};
    struct answers answers = ANSWERS_INIT(NULL, REASON(OVERLOADED));
    person_with_account("姜某", "jiangmou");
    const char *session = sign_in_well("jiangmou");
    struct rpc_client *client =
        answers_dial(arena_printf(&county->arena, "ipc://%s/organisations-0", county->dir), 1, 8);
    for (int i = 0; i < STRANGERS; i++) {
        uint8_t body[64];
        int length = snprintf((char *)body, sizeof(body),
                              "\n\x06x%05d\x12\x0f"
                              "a guess of many",
                              i);
        rpc_client_send(client, &(struct rpc_client_call){.method = "anlan.organisations.v1.SignInService/SignIn",
                                                          .body = {body, (size_t)length},
                                                          .timeout_ms = 60000,
                                                          .done = answers_note,
                                                          .user = &answers});
    }
    answers_wait_wanted(&answers, STRANGERS);
    int64_t start = clock_monotonic();
    assert_non_null(sign_in("jiangmou", SECOND, at(session, "device"), &status));
    const char *renewed = refresh(session, new_request_id(county), &status);
    assert_non_null(renewed);
    assert_int_equal(ledger_says(bearer(renewed)), REASON(UNSPECIFIED));
    double ms = (double)(clock_monotonic() - start) / 1000;
    answers_wait(&answers, STRANGERS);
    rpc_client_close(client);
    print_message("%zu of %d strangers refused; meanwhile a sign-in, a refresh and a call took %.0f ms\n",
                  answers.matching, STRANGERS, ms);
    assert_true(answers.matching > 0 && answers.matching < STRANGERS);
    assert_true(answers.status.retry_after_ms > 0);
    assert_true(ms < WITHIN_MS);
}

// Rows that the service's role sees behind a wall.
static long long rows_behind(const char *settings, const char *table)
{
    return instance_sql(county, "organisations",
                        "SET ROLE anlan_organisations; BEGIN; SET LOCAL anlan.tenant = '%s'; %s; SELECT count(*) FROM "
                        "%s; COMMIT",
                        county->instance_id, settings, table);
}

// Whoever has no token yet is told at once that the directory is not that far, and comes again.
static void a_stranger_keeps_no_place_by_a_position_that_he_made_up(void **state)
{
    (void)state;
    static const uint8_t body[] = "\n\x06nobody\x12\x10" SECOND;
    int64_t from = clock_monotonic();
    struct status status =
        answers_call(arena_printf(&county->arena, "ipc://%s/organisations-0", county->dir),
                     (struct rpc_client_call){.method = "anlan.organisations.v1.SignInService/SignIn",
                                              .body = {body, sizeof(body) - 1},
                                              .timeout_ms = 40000,
                                              .directory_position = INT64_MAX},
                     1, NULL);
    assert_reason(status, DIRECTORY_BEHIND);
    assert_true(clock_monotonic() - from < 20 * CLOCK_SECOND);
}

static bool refused(const char *sql)
{
    char output[2048];
    return instance_run(county, output, sizeof(output),
                        "psql -X -q -v ON_ERROR_STOP=1 -h %s -U anlan_organisations -d anlan_organisations 2>&1 "
                        "<<'SQL'\n%s\nSQL",
                        county->dir, sql) != 0;
}

static status_reason guess(const char *device, const char *code)
{
    struct status status = {0};
    ask(county, nobody, "SignIn", &status,
        "{'name': 'ningmou', 'password': '" SECOND "', 'device': '%s', 'code': '%s'}", device, code);
    return status.reason;
}

// Who has stolen a device and its owner's password still needs the code: asking without one forgives no wrong one.
static void a_code_is_guessed_ten_times_and_no_more(void **state)
{
    (void)state;
    enum { ATTEMPTS = 10 };
    static const uint8_t secret[] = "20 bytes of a secret";
    const struct bytes key = {secret, 20};
    person_with_account("宁某", "ningmou");
    const char *device = at(sign_in_well("ningmou"), "device");
    int64_t step = clock_now() / CLOCK_SECOND / CRYPTO_TOTP_SECONDS;
    uint32_t right = crypto_hotp(key, (uint64_t)step, CRYPTO_TOTP_DIGITS);
    ask_well(county, nobody, "EnrolSecondFactor",
             "{'name': 'ningmou', 'password': '" SECOND "', 'key': '%s', 'code': '%06u'}", base64_of(county, key),
             right);
    for (int i = 0; i < ATTEMPTS; i++) {
        assert_int_equal(guess(device, "000000"), REASON(SECOND_FACTOR_REFUSED));
        if (i + 1 < ATTEMPTS)
            assert_int_equal(guess(device, ""), REASON(SECOND_FACTOR_NEEDED));
    }
    assert_int_equal(guess(device, ""), REASON(SIGN_IN_LIMITED));
    assert_int_equal(guess(device, "000000"), REASON(SIGN_IN_LIMITED));
}

static void a_sign_in_sees_its_own_rows_and_no_other(void **state)
{
    (void)state;
    static const char *const tables[] = {"accounts", "account_secrets", "sessions", "sign_in_attempts"};
    static const char *const blind[] = {"SET LOCAL anlan.wall = ''", "SET LOCAL anlan.wall = 'work'",
                                        "SET LOCAL anlan.wall = 'work'; SET LOCAL anlan.key = ''",
                                        "SET LOCAL anlan.wall = 'work'; SET LOCAL anlan.key = 'no.such.person'"};
    person_with_account("谢某", "xie.mou");
    sign_in_well("xie.mou");
    for (size_t t = 0; t < COUNT_OF(tables); t++) {
        for (size_t b = 0; b + (t == 3) < COUNT_OF(blind); b++)
            if (rows_behind(blind[b], tables[t]) != 0)
                fail_msg("%s: %s", tables[t], blind[b]);
        assert_int_equal(rows_behind("SET LOCAL anlan.wall = 'work'; SET LOCAL anlan.key = 'xie.mou'", tables[t]), 1);
    }
    // Who may see the account by his scope sees no secret of it.
    assert_true(rows_behind("SET LOCAL anlan.wall = 'scope'; SET LOCAL anlan.scope = 'all||||'", "accounts") > 1);
    for (size_t t = 1; t < COUNT_OF(tables); t++)
        assert_int_equal(rows_behind("SET LOCAL anlan.wall = 'scope'; SET LOCAL anlan.scope = 'all||||'", tables[t]),
                         0);
    assert_int_equal(rows_behind("SET LOCAL anlan.wall = 'work'; SET LOCAL anlan.key = 'xie.mou'", "posts"), 1);
    assert_true(rows_behind("SET LOCAL anlan.wall = 'work'; SET LOCAL anlan.key = 'xie.mou'", "units") > 0);
    assert_int_equal(rows_behind("SET LOCAL anlan.wall = 'work'; SET LOCAL anlan.key = 'xie.mou'", "people"), 0);
    assert_true(refused("DELETE FROM accounts"));
    assert_true(refused("DELETE FROM account_secrets"));
    assert_true(refused("UPDATE token_revocations SET reason = ''"));
    assert_true(refused("INSERT INTO sign_in_rules (tenant_id) VALUES (gen_random_uuid())"));
    assert_true(refused("BEGIN; SET LOCAL anlan.wall = 'work'; SET LOCAL anlan.tenant = "
                        "'00000000-0000-7000-8000-000000000001'; INSERT INTO sign_in_rules (tenant_id) VALUES "
                        "('00000000-0000-7000-8000-000000000001'); COMMIT"));
    assert_false(refused("SELECT count(*) FROM sign_in_rules"));
}

static void verify(const char *verb, bool owner)
{
    char output[4096];
    int status = instance_run(county, output, sizeof(output), "anlan-organisations %s --database='%s' 2>&1", verb,
                              instance_conninfo(county, "organisations", owner));
    if (status != 0)
        fail_msg("%s: %s", verb, output);
}

// The log holds no secret, so secrets outlive a rebuild beside it: people sign in as before.
static void the_tables_are_what_the_log_says(void **state)
{
    (void)state;
    person_with_account("邹某", "zou.mou");
    verify("verify", false);
    instance_sql(county, "organisations",
                 "TRUNCATE units, roles, grants, posts, people, responsibilities, accounts, clients, "
                 "token_revocations");
    verify("rebuild", true);
    sign_in_well("zou.mou");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_of_strangers_is_refused_and_nobody_else),
        cmocka_unit_test(a_stranger_keeps_no_place_by_a_position_that_he_made_up),
        cmocka_unit_test(a_code_is_guessed_ten_times_and_no_more),
        cmocka_unit_test(a_sign_in_sees_its_own_rows_and_no_other),
        cmocka_unit_test(the_tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests_name("sign_in_walls", tests, up, down);
}
