// SPDX-License-Identifier: Apache-2.0
// People sign in, strangers do not, and neither keeps the other out.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "crypto/passwords.h"
#include "support/answers.h"
#include "support/ask.h"
#include "support/signing.h"

#define FIRST SIGNING_FIRST
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

#define employ(name) signing_employ(county, name)
#define open_account(person, name, factor) signing_open(county, person, name, factor)
#define person_with_account(name, account) signing_person(county, name, account)
#define sign_in(name, password, device, status) signing_in(county, name, password, device, status)
#define sign_in_well(name) signing_in_well(county, name)
#define bearer(session) signing_bearer(county, session)
#define ledger_says(person) signing_ledger_says(county, person)
#define directory_says(person) signing_directory_says(county, person)

static void a_first_password_is_changed_before_anything_else(void **state)
{
    (void)state;
    struct status status = {0};
    const char *person = employ("王建国");
    const char *id = open_account(person, "wang.jianguo", false);
    sign_in("wang.jianguo", FIRST, "", &status);
    assert_reason(status, PASSWORD_CHANGE_NEEDED);
    static const struct {
        const char *password;
        const char *fault;
    } bad[] = {{"short", "must have at least 10 characters"},
               {"my-Wang.Jianguo-1", "must not hold the account's name"},
               {"Password123", "is one of the commonest passwords"},
               {FIRST, "must not be the present one"}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        ask(county, nobody, "ChangePassword", &status,
            "{'name': 'wang.jianguo', 'password': '" FIRST "', 'newPassword': '%s'}", bad[i].password);
        assert_reason(status, FIELD_INVALID);
        assert_string_equal(status.violations[0].field, "new_password");
        assert_string_equal(status.violations[0].description, bad[i].fault);
    }
    ask(county, nobody, "ChangePassword", &status,
        "{'name': 'wang.jianguo', 'password': 'something else', 'newPassword': '" SECOND "'}");
    assert_reason(status, SIGN_IN_REFUSED);
    ask_well(county, nobody, "ChangePassword",
             "{'name': 'WANG.jianguo', 'password': '" FIRST "', 'newPassword': '" SECOND "'}");
    sign_in("wang.jianguo", FIRST, "", &status);
    assert_reason(status, SIGN_IN_REFUSED);
    const char *session = sign_in_well("Wang.Jianguo");
    assert_string_equal(at(session, "session.subjectId"), person);
    assert_string_equal(at(session, "session.subjectName"), "王建国");
    assert_string_equal(at(session, "session.posts"), "1");
    assert_string_equal(at(session, "session.posts.0.role"), "county_officer");
    assert_string_equal(at(session, "session.posts.0.unitName"), "林西县");
    assert_string_equal(at(session, "session.postId"), at(session, "session.posts.0.id"));
    assert_int_equal(ledger_says(bearer(session)), REASON(UNSPECIFIED));
    assert_int_equal(directory_says(bearer(session)), REASON(UNSPECIFIED));
    const char *read = ask_well(county, admin, "GetAccount", "{'id': '%s'}", id);
    assert_string_equal(at(read, "account.mustChangePassword"), "");
    assert_string_equal(at(read, "account.secrets"), "");
}

// Neither log, nor stored results, nor the record's table hold what a password could be guessed from.
static void secrets_stand_in_one_table_alone(void **state)
{
    (void)state;
    person_with_account("孙保密", "sun");
    assert_int_equal(
        instance_sql(county, "organisations",
                     "SELECT count(*) FROM entries e, account_secrets s WHERE position(s.password_hash IN e.entry) > 0 "
                     "OR position(s.password_salt IN e.entry) > 0"),
        0);
    char *request_id = new_request_id(county);
    const char *person = employ("钱保密");
    const char *made[2];
    // The same request with another password is the same: nothing that is stored depends on it.
    for (int i = 0; i < 2; i++)
        made[i] = ask_well(county, admin, "CreateAccount",
                           "{'requestId': '%s', 'personId': '%s', 'name': 'qian', 'password': '" FIRST "%d'}",
                           request_id, person, i);
    assert_string_equal(made[0], made[1]);
    assert_int_equal(instance_sql(county, "organisations",
                                  "SELECT count(*) FROM account_secrets s JOIN accounts a "
                                  "ON a.id = s.account_id WHERE a.name = 'qian'"),
                     1);
}

// Clock ticks of processor time that organisations has used.
static long worked(void)
{
    char output[64];
    instance_run(county, output, sizeof(output), "awk '{print $14 + $15}' /proc/%d/stat", (int)county->organisations);
    return strtol(output, NULL, 10);
}

static long work_of(const char *name, int times)
{
    struct status status = {0};
    long before = worked();
    for (int i = 0; i < times; i++) {
        sign_in(name, "not the password", "", &status);
        assert_reason(status, SIGN_IN_REFUSED);
    }
    return worked() - before;
}

// The same answer after the same work: measured as the processor's time, whatever else the machine does.
static void an_unknown_name_is_refused_like_a_wrong_password(void **state)
{
    (void)state;
    enum { TIMES = 9 };
    struct status unknown = {0};
    struct status wrong = {0};
    person_with_account("李明", "liming");
    sign_in("nobody.at.all", "not the password", "", &unknown);
    sign_in("liming", "not the password", "", &wrong);
    assert_reason(unknown, SIGN_IN_REFUSED);
    assert_reason(wrong, SIGN_IN_REFUSED);
    assert_string_equal(unknown.message, wrong.message);
    long for_unknown = work_of("nobody.at.all", TIMES);
    long for_wrong = work_of("liming", TIMES);
    print_message("unknown %ld ticks, wrong %ld ticks for %d attempts\n", for_unknown, for_wrong, TIMES);
    assert_true(for_unknown > TIMES && for_wrong > TIMES);    // it is scrypt that was measured
    assert_true(for_unknown * 10 > for_wrong * 7 && for_wrong * 10 > for_unknown * 7);
}

static void a_stranger_does_not_lock_the_owner_out(void **state)
{
    (void)state;
    struct status status = {0};
    person_with_account("赵铁柱", "zhao");
    const char *device = at(sign_in_well("zhao"), "device");
    for (int i = 0; i < 10; i++) {
        sign_in("zhao", "a guess of strangers", "", &status);
        assert_reason(status, SIGN_IN_REFUSED);
    }
    sign_in("zhao", "a guess of strangers", "", &status);
    assert_reason(status, SIGN_IN_LIMITED);
    assert_true(status.retry_after_ms > 600000 && status.retry_after_ms <= 900000);
    // From a new device the owner is locked out too; from his own he is not.
    sign_in("zhao", SECOND, "", &status);
    assert_reason(status, SIGN_IN_LIMITED);
    assert_non_null(sign_in("zhao", SECOND, device, &status));
    // Nor does his device open another's account, nor a forged one his own.
    person_with_account("周某", "zhou");
    for (int i = 0; i < 11; i++)
        sign_in("zhou", "a guess of strangers", device, &status);
    assert_reason(status, SIGN_IN_LIMITED);
    sign_in("zhao", SECOND, "AAAA", &status);
    assert_reason(status, SIGN_IN_LIMITED);
    // Guesses on his own device are counted for it alone, and end it.
    for (int i = 0; i < 11; i++)
        sign_in("zhao", "a guess of his child", device, &status);
    assert_reason(status, SIGN_IN_LIMITED);
    // A name that nobody has is limited likewise.
    for (int i = 0; i < 11; i++)
        sign_in("no.such.person", "a guess", "", &status);
    assert_reason(status, SIGN_IN_LIMITED);
    // When the time is over the count begins anew.
    instance_sql(county, "organisations",
                 "WITH u AS (UPDATE sign_in_attempts SET since = since - interval '16 minutes' RETURNING 1) "
                 "SELECT count(*) FROM u");
    assert_non_null(sign_in("zhao", SECOND, "", &status));
}

// Forty guesses at once: the count comes before the work, so no more than ten of them are worked on.
static void guesses_at_once_are_counted_one_by_one(void **state)
{
    (void)state;
    enum { GUESSES = 40 };
    person_with_account("吴某", "wu");
    struct answers answers = ANSWERS_INIT(NULL, REASON(SIGN_IN_REFUSED));
    uint8_t body[64];
    // SignInRequest: name = 1, password = 2.
    int length = snprintf((char *)body, sizeof(body),
                          "\n\x02wu\x12\x0f"
                          "a guess of many");
    struct rpc_client *client =
        answers_dial(arena_printf(&county->arena, "ipc://%s/organisations-0", county->dir), 1, 1);
    struct rpc_client_call call = {.method = "anlan.organisations.v1.SignInService/SignIn",
                                   .body = {body, (size_t)length},
                                   .timeout_ms = 30000,
                                   .done = answers_note,
                                   .user = &answers};
    for (int i = 0; i < GUESSES; i++)
        rpc_client_send(client, &call);
    answers_wait(&answers, GUESSES);
    rpc_client_close(client);
    assert_int_equal(answers.matching, 10);
}

static uint32_t code_of(struct bytes key, int64_t step)
{
    return crypto_hotp(key, (uint64_t)step, CRYPTO_TOTP_DIGITS);
}

static const char *sign_in_with(const char *name, uint32_t code, struct status *status)
{
    return ask(county, nobody, "SignIn", status, "{'name': '%s', 'password': '" SECOND "', 'code': '%06u'}", name,
               code);
}

static void an_administrator_needs_a_second_factor(void **state)
{
    (void)state;
    struct status status = {0};
    static const uint8_t secret[] = "20 bytes of a secret";
    struct bytes key = {secret, 20};
    const char *id = open_account(employ("郑管理"), "zheng", true);
    ask_well(county, nobody, "ChangePassword",
             "{'name': 'zheng', 'password': '" FIRST "', 'newPassword': '" SECOND "'}");
    sign_in("zheng", SECOND, "", &status);
    assert_reason(status, SECOND_FACTOR_MISSING);
    int64_t step = clock_now() / CLOCK_SECOND / CRYPTO_TOTP_SECONDS;
    ask(county, nobody, "EnrolSecondFactor", &status,
        "{'name': 'zheng', 'password': '" SECOND "', 'key': '%s', 'code': '%06u'}", base64_of(county, key),
        (code_of(key, step) + 1) % 1000000);
    assert_reason(status, SECOND_FACTOR_REFUSED);
    ask(county, nobody, "EnrolSecondFactor", &status,
        "{'name': 'zheng', 'password': '" SECOND "', 'key': '%s', 'code': '123456'}",
        base64_of(county, (struct bytes){secret, 10}));
    assert_reason(status, FIELD_INVALID);
    step = clock_now() / CLOCK_SECOND / CRYPTO_TOTP_SECONDS;
    ask_well(county, nobody, "EnrolSecondFactor",
             "{'name': 'zheng', 'password': '" SECOND "', 'key': '%s', 'code': '%06u'}", base64_of(county, key),
             code_of(key, step - 1));
    sign_in("zheng", SECOND, "", &status);
    assert_reason(status, SECOND_FACTOR_NEEDED);
    // The code that enrolled is used up; the next one is accepted once; an earlier one never again.
    assert_null(sign_in_with("zheng", code_of(key, step - 1), &status));
    assert_reason(status, SECOND_FACTOR_REFUSED);
    assert_non_null(sign_in_with("zheng", code_of(key, step), &status));
    assert_null(sign_in_with("zheng", code_of(key, step), &status));
    assert_reason(status, SECOND_FACTOR_REFUSED);
    assert_null(sign_in_with("zheng", 0, &status));
    assert_reason(status, SECOND_FACTOR_REFUSED);
    ask(county, nobody, "EnrolSecondFactor", &status,
        "{'name': 'zheng', 'password': '" SECOND "', 'key': '%s', 'code': '%06u'}", base64_of(county, key),
        code_of(key, step));
    assert_reason(status, STATE_CONFLICT);
    // In the database it is sealed.
    assert_int_equal(instance_sql(county, "organisations",
                                  "SELECT count(*) FROM account_secrets WHERE position('20 bytes of a secret'::bytea "
                                  "IN factor_sealed) > 0"),
                     0);
    // A lost telephone: an administrator drops the factor.
    const char *version = at(ask_well(county, admin, "GetAccount", "{'id': '%s'}", id), "account.version");
    ask_well(county, admin, "ResetAccount",
             "{'id': '%s', 'version': %s, 'password': 'another-first-1', 'dropSecondFactor': true}", id, version);
    ask_well(county, nobody, "ChangePassword",
             "{'name': 'zheng', 'password': 'another-first-1', 'newPassword': '" SECOND "'}");
    sign_in("zheng", SECOND, "", &status);
    assert_reason(status, SECOND_FACTOR_MISSING);
}

// Nobody has to remember to ask for it: the role does, of sessions that are there already too.
static void who_becomes_an_administrator_needs_a_second_factor(void **state)
{
    (void)state;
    struct status status = {0};
    static const uint8_t secret[] = "a third secret of 20";
    struct bytes key = {secret, 20};
    const char *person = person_with_account("陆审计", "lu");
    const char *session = sign_in_well("lu");
    session = ask_well(county, nobody, "Refresh", "{'refreshToken': '%s'}", at(session, "session.refreshToken"));
    ask_well(county, admin, "CreatePost",
             "{'personId': '%s', 'unitId': '%s', 'role': 'audit_administrator', 'document': '林政发〔2026〕9 号'}",
             person, county->ids[COUNTY_150424]);
    ask(county, nobody, "Refresh", &status, "{'refreshToken': '%s'}", at(session, "session.refreshToken"));
    assert_reason(status, SECOND_FACTOR_MISSING);
    sign_in("lu", SECOND, "", &status);
    assert_reason(status, SECOND_FACTOR_MISSING);
    int64_t step = clock_now() / CLOCK_SECOND / CRYPTO_TOTP_SECONDS;
    ask_well(county, nobody, "EnrolSecondFactor",
             "{'name': 'lu', 'password': '" SECOND "', 'key': '%s', 'code': '%06u'}", base64_of(county, key),
             code_of(key, step - 1));
    assert_non_null(sign_in_with("lu", code_of(key, step), &status));
}

// The same code twice at the same time: a step is used up in the database, not in a process.
static void a_code_is_accepted_once_however_fast(void **state)
{
    (void)state;
    enum { TIMES = 4 };
    static const uint8_t secret[] = "another secret of 20";
    struct bytes key = {secret, 20};
    person_with_account("冯某", "feng");
    int64_t step = clock_now() / CLOCK_SECOND / CRYPTO_TOTP_SECONDS;
    ask_well(county, nobody, "EnrolSecondFactor",
             "{'name': 'feng', 'password': '" SECOND "', 'key': '%s', 'code': '%06u'}", base64_of(county, key),
             code_of(key, step - 1));
    struct answers answers = ANSWERS_INIT(NULL, REASON(UNSPECIFIED));
    uint8_t body[64];
    char code[8];
    snprintf(code, sizeof(code), "%06u", code_of(key, step));
    int length = snprintf((char *)body, sizeof(body),
                          "\n\x04"
                          "feng\x12\x10" SECOND "\x1a\x06%s",
                          code);
    struct rpc_client *client =
        answers_dial(arena_printf(&county->arena, "ipc://%s/organisations-0", county->dir), 1, 1);
    struct rpc_client_call call = {.method = "anlan.organisations.v1.SignInService/SignIn",
                                   .body = {body, (size_t)length},
                                   .timeout_ms = 30000,
                                   .done = answers_note,
                                   .user = &answers};
    for (int i = 0; i < TIMES; i++)
        rpc_client_send(client, &call);
    answers_wait(&answers, TIMES);
    rpc_client_close(client);
    assert_int_equal(answers.matching, 1);
}

static const char *refresh(const char *session, const char *request_id, struct status *status)
{
    return ask(county, nobody, "Refresh", status, "{'refreshToken': '%s', 'requestId': '%s'}",
               at(session, "session.refreshToken"), request_id);
}

static void a_session_is_renewed_and_a_copied_refresh_token_ends_it(void **state)
{
    (void)state;
    struct status status = {0};
    person_with_account("陈某", "chen");
    const char *first = sign_in_well("chen");
    char *request_id = new_request_id(county);
    const char *second = refresh(first, request_id, &status);
    assert_non_null(second);
    assert_int_equal(ledger_says(bearer(second)), REASON(UNSPECIFIED));
    assert_string_equal(at(first, "session.id"), at(second, "session.id"));
    // The answer was lost: the same request again.
    const char *again = refresh(first, request_id, &status);
    assert_non_null(again);
    const char *third = refresh(again, new_request_id(county), &status);
    assert_non_null(third);
    // Somebody comes with a token that was used: for both it is over.
    assert_null(refresh(first, new_request_id(county), &status));
    assert_reason(status, SIGN_IN_REFUSED);
    assert_null(refresh(third, new_request_id(county), &status));
    assert_reason(status, SIGN_IN_REFUSED);
    // What is no refresh token is none; nor is one a token for calls.
    ask(county, nobody, "Refresh", &status, "{'refreshToken': '%s'}", at(first, "session.token"));
    assert_reason(status, SIGN_IN_REFUSED);
    struct person wrong = {.credential = reply_bytes(county, third, "session.refreshToken")};
    assert_int_equal(ledger_says(wrong), REASON(TOKEN_INVALID));
}

static bool wait_revoked(struct person person, double *ms)
{
    int64_t start = clock_monotonic();
    while (clock_monotonic() - start < 5 * CLOCK_SECOND) {
        bool everywhere = directory_says(person) == REASON(TOKEN_REVOKED);
        for (int i = 0; i < 4; i++)    // both processes of the ledger
            everywhere = ledger_says(person) == REASON(TOKEN_REVOKED) && everywhere;
        *ms = (double)(clock_monotonic() - start) / 1000;
        if (everywhere)
            return true;
    }
    return false;
}

static void who_signs_out_is_out_everywhere_within_a_second(void **state)
{
    (void)state;
    enum { TIMES = 20 };
    struct status status = {0};
    double most = 0;
    person_with_account("褚某", "chu");
    const char *other = sign_in_well("chu");
    for (int i = 0; i < TIMES; i++) {
        double ms = 0;
        const char *session = sign_in_well("chu");
        struct person person = bearer(session);
        assert_int_equal(ledger_says(person), REASON(UNSPECIFIED));
        ask_well(county, person, "SignOut", "{}");
        county->directory_position = 0;    // what others do: they have not heard of it
        assert_true(wait_revoked(person, &ms));
        most = ms > most ? ms : most;
        assert_null(refresh(session, new_request_id(county), &status));
        assert_reason(status, SIGN_IN_REFUSED);
    }
    print_message("refused everywhere after at most %.0f ms\n", most);
    assert_true(most < 1000);
    // Another session of his goes on, until he signs out everywhere.
    double ms = 0;
    assert_int_equal(ledger_says(bearer(other)), REASON(UNSPECIFIED));
    ask_well(county, bearer(other), "SignOut", "{'everywhere': true}");
    assert_true(wait_revoked(bearer(other), &ms));
    assert_int_equal(ledger_says(bearer(sign_in_well("chu"))), REASON(UNSPECIFIED));
}

static void a_disabled_account_is_out_at_once_and_returns(void **state)
{
    (void)state;
    struct status status = {0};
    double ms = 0;
    person_with_account("卫某", "wei");
    const char *session = sign_in_well("wei");
    const char *account = ask_well(county, admin, "GetAccount", "{'name': 'WEI'}");
    const char *id = at(account, "account.id");
    ask(county, admin, "DisableAccount", &status, "{'id': '%s', 'version': 1, 'reason': '停职'}", id);
    assert_reason(status, VERSION_CONFLICT);
    account = ask_well(county, admin, "DisableAccount", "{'id': '%s', 'version': %s, 'reason': '停职'}", id,
                       at(account, "account.version"));
    assert_true(wait_revoked(bearer(session), &ms));
    sign_in("wei", SECOND, "", &status);
    assert_reason(status, SIGN_IN_REFUSED);
    assert_null(refresh(session, new_request_id(county), &status));
    ask(county, admin, "DisableAccount", &status, "{'id': '%s', 'version': %s, 'reason': '停职'}", id,
        at(account, "account.version"));
    assert_reason(status, STATE_CONFLICT);
    ask_well(county, admin, "EnableAccount", "{'id': '%s', 'version': %s}", id, at(account, "account.version"));
    assert_int_equal(ledger_says(bearer(sign_in_well("wei"))), REASON(UNSPECIFIED));
    assert_int_equal(ledger_says(bearer(session)), REASON(TOKEN_REVOKED));
}

static void a_post_that_has_ended_signs_nobody_in(void **state)
{
    (void)state;
    struct status status = {0};
    const char *person = person_with_account("蒋某", "jiang");
    const char *session = sign_in_well("jiang");
    ask_well(county, admin, "EndPost", "{'id': '%s', 'version': 1, 'document': '免职'}", at(session, "session.postId"));
    sign_in("jiang", SECOND, "", &status);
    assert_reason(status, NO_POST);
    assert_null(refresh(session, new_request_id(county), &status));
    assert_reason(status, NO_POST);
    assert_int_equal(ledger_says(bearer(session)), REASON(POST_ENDED));
    ask_well(county, admin, "CreatePost",
             "{'personId': '%s', 'unitId': '%s', 'role': 'township_clerk', 'document': '调任'}", person,
             county->ids[TOWNSHIP_100]);
    // The session goes on in the post that he has now.
    const char *renewed = refresh(session, new_request_id(county), &status);
    assert_non_null(renewed);
    assert_string_equal(at(renewed, "session.posts.0.role"), "township_clerk");
    sign_in("jiang", SECOND, "", &status);
    assert_ok(status);
    ask(county, nobody, "SignIn", &status, "{'name': 'jiang', 'password': '" SECOND "', 'postId': '%s'}",
        at(session, "session.postId"));
    assert_reason(status, NO_POST);
}

// Who may give a password may act as whom he gives it to.
static void an_administrator_reaches_no_further_than_his_scope(void **state)
{
    (void)state;
    struct status status = {0};
    struct person local = as(county, "administrator", COUNTY_150424, "县管理员");
    const char *person = employ("沈某");
    ask_well(county, local, "CreateAccount", "{'personId': '%s', 'name': 'shen', 'password': '" FIRST "'}", person);
    ask_well(county, admin, "CreatePost",
             "{'personId': '%s', 'unitId': '%s', 'role': 'region_officer', 'document': '借调'}", person,
             county->ids[REGION_15]);
    const char *account = ask_well(county, local, "GetAccount", "{'name': 'shen'}");
    ask(county, local, "ResetAccount", &status, "{'id': '%s', 'version': 1, 'password': 'take-it-over-1'}",
        at(account, "account.id"));
    assert_reason(status, PERMISSION_MISSING);
    struct person sibling = as(county, "administrator", COUNTY_150423, "邻县管理员");
    ask(county, sibling, "GetAccount", &status, "{'name': 'shen'}");
    assert_reason(status, RECORD_NOT_FOUND);
    ask(county, sibling, "ResetAccount", &status, "{'id': '%s', 'version': 1, 'password': 'take-it-over-1'}",
        at(account, "account.id"));
    assert_reason(status, RECORD_NOT_FOUND);
    ask(county, sibling, "CreateAccount", &status, "{'personId': '%s', 'name': 'mine', 'password': '" FIRST "'}",
        employ("韩某"));
    assert_reason(status, RECORD_NOT_FOUND);
    ask(county, sibling, "RevokeTokens", &status, "{'subjectId': '%s', 'reason': 'x'}", person);
    assert_reason(status, RECORD_NOT_FOUND);
    ask(county, local, "RevokeTokens", &status, "{'sessionId': '%s', 'reason': 'x'}", new_request_id(county));
    assert_reason(status, PERMISSION_MISSING);
    ask(county, as(county, "county_officer", COUNTY_150424, "王某"), "DisableAccount", &status,
        "{'id': '%s', 'version': 1, 'reason': 'x'}", at(account, "account.id"));
    assert_reason(status, PERMISSION_MISSING);
    ask(county, admin, "CreateAccount", &status, "{'personId': '%s', 'name': 'shen2', 'password': '" FIRST "'}",
        person);
    assert_reason(status, RECORD_EXISTS);
    ask(county, admin, "CreateAccount", &status, "{'personId': '%s', 'name': 'SHEN', 'password': '" FIRST "'}",
        employ("杨某"));
    assert_reason(status, RECORD_EXISTS);
    ask(county, admin, "CreateAccount", &status, "{'personId': '%s', 'name': '沈 某', 'password': '" FIRST "'}",
        employ("朱某"));
    assert_reason(status, FIELD_INVALID);
}

static void a_password_is_hashed_anew_when_the_rules_change(void **state)
{
    (void)state;
    person_with_account("秦某", "qin");
    instance_sql(county, "organisations",
                 "WITH m AS (INSERT INTO sign_in_rules (tenant_id, cost_log2) VALUES ('%s', 14) RETURNING 1) SELECT "
                 "count(*) FROM m",
                 county->instance_id);
    sign_in_well("qin");
    assert_int_equal(instance_sql(county, "organisations",
                                  "SELECT cost_log2 FROM account_secrets s JOIN accounts a ON "
                                  "a.id = s.account_id WHERE a.name = 'qin'"),
                     14);
    sign_in_well("qin");
    instance_sql(county, "organisations", "WITH d AS (DELETE FROM sign_in_rules RETURNING 1) SELECT count(*) FROM d");
    sign_in_well("qin");
    assert_int_equal(instance_sql(county, "organisations",
                                  "SELECT cost_log2 FROM account_secrets s JOIN accounts a ON "
                                  "a.id = s.account_id WHERE a.name = 'qin'"),
                     15);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_password_is_changed_before_anything_else),
        cmocka_unit_test(secrets_stand_in_one_table_alone),
        cmocka_unit_test(an_unknown_name_is_refused_like_a_wrong_password),
        cmocka_unit_test(a_stranger_does_not_lock_the_owner_out),
        cmocka_unit_test(guesses_at_once_are_counted_one_by_one),
        cmocka_unit_test(an_administrator_needs_a_second_factor),
        cmocka_unit_test(who_becomes_an_administrator_needs_a_second_factor),
        cmocka_unit_test(a_code_is_accepted_once_however_fast),
        cmocka_unit_test(a_session_is_renewed_and_a_copied_refresh_token_ends_it),
        cmocka_unit_test(who_signs_out_is_out_everywhere_within_a_second),
        cmocka_unit_test(a_disabled_account_is_out_at_once_and_returns),
        cmocka_unit_test(a_post_that_has_ended_signs_nobody_in),
        cmocka_unit_test(an_administrator_reaches_no_further_than_his_scope),
        cmocka_unit_test(a_password_is_hashed_anew_when_the_rules_change),
    };
    return cmocka_run_group_tests_name("sign_in", tests, up, down);
}
