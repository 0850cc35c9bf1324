// SPDX-License-Identifier: Apache-2.0
// Reasons of signing in: what stands between a person and his token.
#include "base/clock.h"
#include "crypto/passwords.h"
#include "support/ask.h"
#include "support/reasons.h"

#define FIRST "first-pass-word-1"
#define CHOSEN "another-word-of-3"

static const struct person nobody;

static struct person administrator(void)
{
    return as_at(world, "administrator", world->instance_id, "系统管理员");
}

static const char *new_person(const char *name, bool employed)
{
    const char *made = ask_well(world, administrator(), "CreatePerson", "{'unitId': '%s', 'name': '%s'}",
                                world->ids[COUNTY_150424], name);
    const char *id = reply_at(world, made, "person.id");
    if (employed)
        ask_well(world, administrator(), "CreatePost",
                 "{'personId': '%s', 'unitId': '%s', 'role': 'county_officer', 'document': '任'}", id,
                 world->ids[COUNTY_150424]);
    return id;
}

static void new_account(const char *person, const char *name, bool second_factor)
{
    ask_well(world, administrator(), "CreateAccount",
             "{'personId': '%s', 'name': '%s', 'password': '" FIRST "', 'needsSecondFactor': %s}", person, name,
             second_factor ? "true" : "false");
}

static void choose_password(const char *name)
{
    ask_well(world, nobody, "ChangePassword", "{'name': '%s', 'password': '" FIRST "', 'newPassword': '" CHOSEN "'}",
             name);
}

static struct status sign_in(const char *name, const char *password)
{
    struct status status = {0};
    ask(world, nobody, "SignIn", &status, "{'name': '%s', 'password': '%s'}", name, password);
    return status;
}

// An account whose second factor's key is 20 digits.
static void enrol(const char *name)
{
    struct bytes key = {(const uint8_t *)"12345678901234567890", 20};
    ask_well(world, nobody, "EnrolSecondFactor",
             "{'name': '%s', 'password': '" CHOSEN "', 'key': '%s', 'code': '%06u'}", name, base64_of(world, key),
             crypto_hotp(key, (uint64_t)(clock_now() / CLOCK_SECOND / CRYPTO_TOTP_SECONDS), CRYPTO_TOTP_DIGITS));
}

static struct status token_revoked(void)
{
    struct status status = {0};
    new_account(new_person("退出者", true), "reason.out", false);
    choose_password("reason.out");
    const char *session = ask_well(world, nobody, "SignIn", "{'name': 'reason.out', 'password': '" CHOSEN "'}");
    struct person person = {.credential = reply_bytes(world, session, "session.token")};
    ask_well(world, person, "SignOut", "{}");
    list_hazards(world, person, world->ids[COUNTY_150424], "", 1, &status);
    return status;
}

static struct status sign_in_refused(void)
{
    return sign_in("reason.nobody", "whatever it is");
}

static struct status second_factor_needed(void)
{
    new_account(new_person("管理员甲", true), "reason.factor", true);
    choose_password("reason.factor");
    enrol("reason.factor");
    return sign_in("reason.factor", CHOSEN);
}

static struct status second_factor_refused(void)
{
    struct status status = {0};
    new_account(new_person("管理员乙", true), "reason.code", true);
    choose_password("reason.code");
    enrol("reason.code");
    ask(world, nobody, "SignIn", &status, "{'name': 'reason.code', 'password': '" CHOSEN "', 'code': 'abcdef'}");
    return status;
}

static struct status sign_in_limited(void)
{
    struct status status = {0};
    for (int i = 0; i < 11; i++)
        status = sign_in("reason.guessed", "a guess of many");
    return status;
}

static struct status password_change_needed(void)
{
    new_account(new_person("新人", true), "reason.new", false);
    return sign_in("reason.new", FIRST);
}

static struct status second_factor_missing(void)
{
    new_account(new_person("管理员丙", true), "reason.missing", true);
    choose_password("reason.missing");
    return sign_in("reason.missing", CHOSEN);
}

static struct status no_post(void)
{
    new_account(new_person("待岗", false), "reason.idle", false);
    choose_password("reason.idle");
    return sign_in("reason.idle", CHOSEN);
}

const struct reason_row reasons_of_sign_in[] = {
    {REASON(TOKEN_REVOKED), CODE(UNAUTHENTICATED), 0, token_revoked},
    {REASON(SIGN_IN_REFUSED), CODE(UNAUTHENTICATED), 0, sign_in_refused},
    {REASON(SECOND_FACTOR_NEEDED), CODE(UNAUTHENTICATED), 0, second_factor_needed},
    {REASON(SECOND_FACTOR_REFUSED), CODE(UNAUTHENTICATED), 0, second_factor_refused},
    {REASON(SIGN_IN_LIMITED), CODE(RESOURCE_EXHAUSTED), RETRY, sign_in_limited},
    {REASON(PASSWORD_CHANGE_NEEDED), CODE(FAILED_PRECONDITION), 0, password_change_needed},
    {REASON(SECOND_FACTOR_MISSING), CODE(FAILED_PRECONDITION), 0, second_factor_missing},
    {REASON(NO_POST), CODE(PERMISSION_DENIED), 0, no_post},
};
const size_t reasons_of_sign_in_count = COUNT_OF(reasons_of_sign_in);
