// SPDX-License-Identifier: Apache-2.0
// Clients of other agencies sign in by their keys; the instance's own keys change while everything runs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anlan/organisations/v1/sign_in.pb-c.h"
#include "anlan/rpc/v1/token.pb-c.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "service/values.h"
#include "support/acting.h"
#include "support/ask.h"

#define FIRST "first-pass-word-1"
#define SECOND "zwei-worte-und-3"

static struct instance *county;
static struct person admin;
static const struct person nobody;

#define at(reply, path) reply_at(county, reply, path)

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

static struct crypto_key *new_key(const char *name)
{
    char path[128];
    char public_path[128];
    struct crypto_key *key = NULL;
    snprintf(path, sizeof(path), "%s/%s", county->dir, name);
    snprintf(public_path, sizeof(public_path), "%s/%s.pub", county->dir, name);
    assert_true(crypto_key_create(path, public_path) && crypto_key_read(path, true, 1, &key));
    return key;
}

static const char *register_client(const char *name, const struct crypto_key *key)
{
    uint8_t *bytes = arena_alloc(&county->arena, CRYPTO_PUBLIC_SIZE);
    crypto_key_public(key, bytes);
    const char *made =
        ask_well(county, admin, "RegisterClient",
                 "{'name': '%s', 'unitId': '%s', 'publicKey': '%s', 'endsAt': '2099-01-01T00:00:00Z', "
                 "'document': '林应急函〔2026〕8号'}",
                 name, county->ids[COUNTY_150424], base64_of(county, (struct bytes){bytes, CRYPTO_PUBLIC_SIZE}));
    return at(made, "client.id");
}

// An assertion and its signature, as the fields of a request.
static const char *assertion(const char *client, const char *instance, clock_time time, const struct crypto_key *key)
{
    struct arena *arena = &county->arena;
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    uint8_t *nonce = arena_alloc(arena, 16);
    crypto_random(nonce, 16);
    Anlan__Organisations__V1__ClientAssertion said = ANLAN__ORGANISATIONS__V1__CLIENT_ASSERTION__INIT;
    said.instance_id = (char *)instance;
    said.client_id = (char *)client;
    said.time = service_timestamp(time, arena);
    said.nonce = (ProtobufCBinaryData){.data = nonce, .len = 16};
    size_t length = anlan__organisations__v1__client_assertion__get_packed_size(&said);
    uint8_t *packed = arena_alloc(arena, length);
    anlan__organisations__v1__client_assertion__pack(&said, packed);
    static const char prefix[] = "anlan assertion v1";
    const struct bytes parts[] = {{(const uint8_t *)prefix, sizeof(prefix)}, {packed, length}};
    assert_true(crypto_sign(key, parts, 2, signature));
    return arena_printf(arena, "'clientId': '%s', 'assertion': '%s', 'signature': '%s'", client,
                        base64_of(county, parts[1]), base64_of(county, (struct bytes){signature, sizeof(signature)}));
}

static status_reason client_signs_in(const char *proof)
{
    struct status status = {0};
    ask(county, nobody, "SignInClient", &status, "{%s}", proof);
    return status.reason;
}

// The county lets it read: asked for by one of its people, approved by another.
static const char *grant_reading(const char *client)
{
    struct actor asker = actor_new(county, "county_officer", county->ids[COUNTY_150424], "经办人", NULL);
    struct actor approver = actor_new(county, "county_officer", county->ids[COUNTY_150424], "审批人", NULL);
    const char *made = ask_well(county, acting(county, asker, NULL), "RequestGrant",
                                "{'ground': 'GRANT_GROUND_AGENCY_DATA', 'grantorPostId': '%s', 'granteeClientId': "
                                "'%s', 'unitId': '%s', 'permissions': ['hazards.read'], 'endsAt': "
                                "'2027-01-01T00:00:00Z', 'reason': '数据共享', 'document': '林应急函〔2026〕9号'}",
                                approver.post_id, client, county->ids[COUNTY_150424]);
    ask_well(county, acting(county, approver, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}",
             at(made, "grant.id"));
    return at(made, "grant.id");
}

static status_reason ledger_says(struct bytes token)
{
    struct status status = {0};
    list_hazards(county, (struct person){.credential = token}, county->ids[COUNTY_150424], "", 1, &status);
    return status.reason;
}

static void a_client_signs_in_by_its_key_once_for_each_assertion(void **state)
{
    (void)state;
    struct crypto_key *key = new_key("brigade");
    struct crypto_key *other = new_key("other");
    const char *id = register_client("消防救援支队", key);
    assert_int_equal(client_signs_in(assertion(id, county->instance_id, clock_now(), key)), REASON(PERMISSION_MISSING));
    const char *grant = grant_reading(id);
    clock_time now = clock_now();
    const char *proof = assertion(id, county->instance_id, now, key);
    const char *session = ask_well(county, nobody, "SignInClient", "{%s}", proof);
    assert_string_equal(at(session, "session.subjectName"), "消防救援支队");
    assert_string_equal(at(session, "session.refreshToken"), "");
    assert_string_equal(at(session, "session.grantIds.0"), grant);
    struct bytes token = reply_bytes(county, session, "session.token");
    assert_int_equal(ledger_says(token), REASON(UNSPECIFIED));
    // A replay, a foreign key, an old one, one of the future, another instance's, an unknown client, a byte changed.
    assert_int_equal(client_signs_in(proof), REASON(SIGN_IN_REFUSED));
    assert_int_equal(client_signs_in(assertion(id, county->instance_id, now, other)), REASON(SIGN_IN_REFUSED));
    assert_int_equal(client_signs_in(assertion(id, county->instance_id, now - 61 * CLOCK_SECOND, key)),
                     REASON(SIGN_IN_REFUSED));
    assert_int_equal(client_signs_in(assertion(id, county->instance_id, now + 90 * CLOCK_SECOND, key)),
                     REASON(SIGN_IN_REFUSED));
    assert_int_equal(client_signs_in(assertion(id, new_request_id(county), now, key)), REASON(SIGN_IN_REFUSED));
    assert_int_equal(client_signs_in(assertion(new_request_id(county), county->instance_id, now, key)),
                     REASON(SIGN_IN_REFUSED));
    char *altered = arena_printf(&county->arena, "%s", assertion(id, county->instance_id, now, key));
    char *digit = strstr(altered, "'assertion': '") + 40;
    *digit = *digit == 'A' ? 'B' : 'A';
    assert_int_equal(client_signs_in(altered), REASON(SIGN_IN_REFUSED));
    assert_int_equal(client_signs_in(assertion(id, county->instance_id, clock_now(), key)), REASON(UNSPECIFIED));
    ask_well(county, admin, "RetireClient", "{'id': '%s', 'version': 1, 'reason': '协议终止'}", id);
    assert_int_equal(client_signs_in(assertion(id, county->instance_id, clock_now(), key)), REASON(SIGN_IN_REFUSED));
    assert_int_equal(ledger_says(token), REASON(TOKEN_REVOKED));
    crypto_key_free(key);
    crypto_key_free(other);
}

static void what_is_registered_proves_itself(void **state)
{
    (void)state;
    struct status status = {0};
    static const char *const bad[] = {"", ", 'publicKey': 'AAAA'", ", 'certificateDigest': 'AAAA'"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        ask(county, admin, "RegisterClient", &status,
            "{'name': '某系统', 'unitId': '%s', 'endsAt': '2099-01-01T00:00:00Z', 'document': '文号'%s}",
            county->ids[COUNTY_150424], bad[i]);
        assert_reason(status, FIELD_INVALID);
    }
    struct crypto_key *key = new_key("twice");
    register_client("同名系统", key);
    uint8_t bytes[CRYPTO_PUBLIC_SIZE];
    crypto_key_public(key, bytes);
    ask(county, admin, "RegisterClient", &status,
        "{'name': '同名系统', 'unitId': '%s', 'publicKey': '%s', 'endsAt': '2099-01-01T00:00:00Z', 'document': '文'}",
        county->ids[COUNTY_150424], base64_of(county, (struct bytes){bytes, sizeof(bytes)}));
    assert_reason(status, RECORD_EXISTS);
    ask(county, as(county, "administrator", COUNTY_150423, "邻县"), "RegisterClient", &status,
        "{'name': '邻县系统', 'unitId': '%s', 'publicKey': '%s', 'endsAt': '2099-01-01T00:00:00Z', 'document': '文'}",
        county->ids[COUNTY_150424], base64_of(county, (struct bytes){bytes, sizeof(bytes)}));
    assert_reason(status, UNIT_NOT_FOUND);
    crypto_key_free(key);
}

static void open_account(const char *name)
{
    const char *made =
        ask_well(county, admin, "CreatePerson", "{'unitId': '%s', 'name': '%s'}", county->ids[COUNTY_150424], name);
    const char *person = at(made, "person.id");
    ask_well(county, admin, "CreatePost",
             "{'personId': '%s', 'unitId': '%s', 'role': 'county_officer', 'document': '任'}", person,
             county->ids[COUNTY_150424]);
    ask_well(county, admin, "CreateAccount", "{'personId': '%s', 'name': '%s', 'password': '" FIRST "'}", person, name);
    ask_well(county, nobody, "ChangePassword", "{'name': '%s', 'password': '" FIRST "', 'newPassword': '" SECOND "'}",
             name);
}

static uint32_t period_of(struct bytes token)
{
    Anlan__Rpc__V1__Token *read = anlan__rpc__v1__token__unpack(NULL, token.length, token.data);
    assert_non_null(read);
    uint32_t period = read->key->period;
    anlan__rpc__v1__token__free_unpacked(read, NULL);
    return period;
}

static void rotate(const char *kind)
{
    char output[512];
    if (instance_run(county, output, sizeof(output), "anlan keys rotate --keys %s/keys --kind %s --overlap 3 2>&1",
                     county->dir, kind) != 0)
        fail_msg("%s: %s", kind, output);
}

// Calls with an old token and with ever new ones, while all three kinds of keys change: not one is refused.
static void keys_rotate_under_load_and_nobody_notices(void **state)
{
    (void)state;
    enum { SECONDS = 8 };
    open_account("rotating");
    const char *session = ask_well(county, nobody, "SignIn", "{'name': 'rotating', 'password': '" SECOND "'}");
    struct bytes old = reply_bytes(county, session, "session.token");
    const char *refresh = at(session, "session.refreshToken");
    assert_int_equal(period_of(old), 1);
    rotate("token");
    rotate("session");
    rotate("service");
    unsigned calls = 0;
    unsigned by_new = 0;
    for (int64_t end = clock_monotonic() + SECONDS * CLOCK_SECOND; clock_monotonic() < end; calls++) {
        const char *renewed = ask_well(county, nobody, "Refresh", "{'refreshToken': '%s'}", refresh);
        struct bytes token = reply_bytes(county, renewed, "session.token");
        refresh = at(renewed, "session.refreshToken");
        by_new += period_of(token) == 2;
        assert_int_equal(ledger_says(token), REASON(UNSPECIFIED));
        assert_int_equal(ledger_says(old), REASON(UNSPECIFIED));
    }
    print_message("%u renewals, %u of them by the new key, %u calls: none refused\n", calls, by_new, 2 * calls);
    assert_true(by_new > 0 && by_new < calls);
    char output[2048];
    instance_run(county, output, sizeof(output), "anlan keys list --keys %s/keys --lang en", county->dir);
    assert_non_null(strstr(output, "token-2"));
    // A second rotation before the first has begun to sign would leave a gap; behind it is fine.
    rotate("token");
    assert_int_not_equal(
        instance_run(county, output, sizeof(output), "anlan keys rotate --keys %s/keys --overlap 3 2>&1", county->dir),
        0);
}

static bool is_refused(struct instance *instance)
{
    (void)instance;
    struct bytes token = {0};
    char text[4096];
    size_t length = 0;
    static uint8_t bytes[4096];
    char path[128];
    snprintf(path, sizeof(path), "%s/old.token", county->dir);
    FILE *file = fopen(path, "r");
    assert_true(file && fgets(text, sizeof(text), file));
    fclose(file);
    text[strcspn(text, "\n")] = '\0';
    assert_true(text_base64url_parse(text, bytes, sizeof(bytes), &length));
    token = (struct bytes){bytes, length};
    return ledger_says(token) == REASON(TOKEN_INVALID);
}

// A key that has leaked is taken away: what it signed is refused at once, remembered tokens too.
static void a_key_that_is_taken_away_signs_for_nobody(void **state)
{
    (void)state;
    char output[4096];
    instance_run(county, output, sizeof(output),
                 "anlan token --keys %s/keys --role county_officer --unit %s >%s/old.token", county->dir,
                 county->ids[COUNTY_150424], county->dir);
    assert_false(is_refused(county));
    open_account("after");
    // Whichever it was: all but the newest go.
    sleep(4);
    instance_run(county, output, sizeof(output), "rm %s/keys/token-1.pub %s/keys/token-2.pub", county->dir,
                 county->dir);
    assert_true(eventually(is_refused, county));
    const char *session = ask_well(county, nobody, "SignIn", "{'name': 'after', 'password': '" SECOND "'}");
    assert_int_equal(period_of(reply_bytes(county, session, "session.token")), 3);
    assert_int_equal(ledger_says(reply_bytes(county, session, "session.token")), REASON(UNSPECIFIED));
}

// The whole way at the terminal: an account, the first password, a new one, a call, and out.
static void a_person_signs_in_at_the_terminal(void **state)
{
    (void)state;
    char output[8192];
    char prefix[1024];
    snprintf(prefix, sizeof(prefix),
             "export LC_ALL=C.UTF-8 XDG_STATE_HOME=%s/state ANLAN_ORGANISATIONS=ipc://%s/organisations-0 "
             "ANLAN_HAZARDS=ipc://%s/hazards-0; unset ANLAN_TOKEN; ",
             county->dir, county->dir, county->dir);
    const char *made =
        ask_well(county, admin, "CreatePerson", "{'unitId': '%s', 'name': '刘终端'}", county->ids[COUNTY_150424]);
    ask_well(county, admin, "CreatePost",
             "{'personId': '%s', 'unitId': '%s', 'role': 'county_officer', 'document': '任'}", at(made, "person.id"),
             county->ids[COUNTY_150424]);
    int status = instance_run(county, output, sizeof(output),
                              "%s anlan accounts create --person %s --name liu --token $(anlan token --keys %s/keys "
                              "--role administrator --instance) 2>&1",
                              prefix, at(made, "person.id"), county->dir);
    const char *told = strstr(output, "he signs in: ");
    if (status != 0 || !told)
        fail_msg("%s", output);
    char first[64];
    snprintf(first, sizeof(first), "%.*s", (int)strcspn(told + 13, "\n"), told + 13);
    status = instance_run(county, output, sizeof(output), "%s printf '%s\\n%s\\n%s\\n' | anlan sign-in liu 2>&1",
                          prefix, first, SECOND, SECOND);
    if (status != 0 || !strstr(output, "刘终端, signed in until"))
        fail_msg("%s", output);
    status = instance_run(county, output, sizeof(output),
                          "%s anlan whoami && anlan units get --code 150424 2>&1 && "
                          "stat -c %%a %s/state/anlan/*.json",
                          prefix, county->dir);
    if (status != 0 || !strstr(output, "林西县") || !strstr(output, "600"))
        fail_msg("%s", output);
    // The token has expired meanwhile: it is renewed, once, whoever asks first.
    status =
        instance_run(county, output, sizeof(output),
                     "%s sed -i 's/\"expiresAt\": *\"[^\"]*\"/\"expiresAt\": \"2020-01-01T00:00:00Z\"/' "
                     "%s/state/anlan/*.json; for i in 1 2 3 4; do anlan units get --code 150424 2>&1 & done; wait; "
                     "anlan units get --code 150424 2>&1",
                     prefix, county->dir);
    if (status != 0 || strstr(output, "anlan:"))
        fail_msg("%s", output);
    status = instance_run(county, output, sizeof(output), "%s anlan sign-out && anlan whoami 2>&1", prefix);
    if (status != 1 || !strstr(output, "Not signed in"))
        fail_msg("%d %s", status, output);
    status = instance_run(county, output, sizeof(output), "%s echo wrong | anlan --lang zh sign-in liu 2>&1", prefix);
    if (status != 1 || !strstr(output, "登录失败"))
        fail_msg("%d %s", status, output);
    status = instance_run(county, output, sizeof(output), "%s anlan units get --code 150424 2>&1", prefix);
    if (status != 2 || !strstr(output, "not signed in"))
        fail_msg("%d %s", status, output);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_signs_in_by_its_key_once_for_each_assertion),
        cmocka_unit_test(what_is_registered_proves_itself),
        cmocka_unit_test(a_person_signs_in_at_the_terminal),
        cmocka_unit_test(keys_rotate_under_load_and_nobody_notices),
        cmocka_unit_test(a_key_that_is_taken_away_signs_for_nobody),
    };
    return cmocka_run_group_tests_name("keys", tests, up, down);
}
