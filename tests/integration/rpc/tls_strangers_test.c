// SPDX-License-Identifier: Apache-2.0
// Authorities of others over real nng and OpenSSL: each vouches for one peer, as long as it is trusted; and a client
// that means one server talks to no other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"
#include "rpc/client.h"
#include "rpc/server.h"
#include "support/answers.h"
#include "support/tls.h"

static struct tls_desk desk;
static struct crypto_peer self;
static struct crypto_peer first;
static struct crypto_peer second;
static struct rpc_tls *server_tls;
static struct rpc_server *server;
static char address[64];
static struct crypto_peer seen;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char told[8192];

static void note(void *user, const struct rpc_tls_event *event)
{
    (void)user;
    pthread_mutex_lock(&mutex);
    size_t used = strlen(told);
    snprintf(told + used, sizeof(told) - used, "%s %s;", event->event, event->reason);
    pthread_mutex_unlock(&mutex);
}

// Waits until it was told since the last time, and forgets all.
static bool heard(const char *wanted)
{
    bool found = false;
    for (int try = 0; try < 500 && !found; try++) {
        pthread_mutex_lock(&mutex);
        found = strstr(told, wanted) != NULL;
        if (found)
            told[0] = '\0';
        pthread_mutex_unlock(&mutex);
        usleep(found ? 0 : 10000);
    }
    return found;
}

static void dispatch(void *user, struct rpc_call *call)
{
    (void)user;
    seen = call->peer;
    rpc_call_finish(call, &(const struct status){0}, (struct bytes){0}, 0);
}

// A file of the desk as text.
static const char *text_of(const char *name, const char *suffix)
{
    static char texts[4][8192];
    static unsigned next;
    char *text = texts[next++ % COUNT_OF(texts)];
    FILE *file = fopen(tls_path(&desk, name, suffix), "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(texts[0]) - 1, file)] = '\0';
    fclose(file);
    return text;
}

static int serve(void **state)
{
    (void)state;
    struct status status = {0};
    struct rpc_tls_options options;
    const struct crypto_tls_stranger strangers[] = {{first, text_of("other", "crt")}};
    rpc_tls_options_init(&options);
    options.files = tls_files(&desk, "server");
    options.files.serves = true;
    options.files.strangers = strangers;
    options.files.stranger_count = COUNT_OF(strangers);
    options.observe = note;
    snprintf(address, sizeof(address), "tls+tcp://127.0.0.1:%u", tls_free_port());
    if (!rpc_tls_open(&server_tls, &options, &status))
        fail_msg("%s", status.message);
    const struct rpc_server_options server_options = {.address = address,
                                                      .tls = server_tls,
                                                      .contexts = 8,
                                                      .message_limit = LIMIT_MESSAGE_BYTES,
                                                      .call_limit = LIMIT_CALLS_PER_MESSAGE,
                                                      .arena_limit = LIMIT_CALL_ARENA_BYTES,
                                                      .send_timeout_ms = 1000,
                                                      .dispatch = dispatch};
    assert_true(rpc_server_start(&server, &server_options, &status));
    told[0] = '\0';
    return 0;
}

static int stop(void **state)
{
    (void)state;
    assert_true(rpc_server_stop(server, 2000));
    rpc_tls_close(server_tls);
    return 0;
}

static int make_desk(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    const struct tls_days days = {-1, 30};
    self = tls_peer(CRYPTO_PEER_UNIT);
    first = tls_peer(CRYPTO_PEER_UNIT);
    second = tls_peer(CRYPTO_PEER_UNIT);
    tls_desk_open(&desk);
    tls_issue(&desk, "ca", "server", "127.0.0.1", self, days);
    tls_issue(&desk, "ca", "ours", NULL, second, days);
    tls_issue(&desk, "ca", "revoked", NULL, second, days);
    tls_revoke(&desk, "revoked");
    tls_issue(&desk, "other", "first", NULL, first, days);
    tls_issue(&desk, "other", "second", NULL, second, days);
    tls_issue(&desk, "other", "as-client", NULL, (struct crypto_peer){CRYPTO_PEER_CLIENT, first.id}, days);
    tls_issue(&desk, "other", "server-of-other", "127.0.0.1", self, days);
    return 0;
}

static int remove_desk(void **state)
{
    (void)state;
    tls_desk_close(&desk);
    return 0;
}

struct caller {
    struct rpc_tls *tls;
    struct rpc_client *client;
};

// A client that shows a certificate and trusts an authority's text (NULL: the desk's own, and its revocation list);
// `means`: whom it wants to reach.
static struct caller dial(const char *certificate, const char *authority, struct crypto_peer means)
{
    struct caller caller = {0};
    struct status status = {0};
    struct rpc_tls_options options;
    struct rpc_client_options client_options;
    rpc_tls_options_init(&options);
    options.files = tls_files(&desk, certificate);
    if (authority) {
        options.files.crl = NULL;
        options.files.ca = NULL;
        options.files.authority = text_of(authority, "crt");
    }
    options.files.server = means;
    if (!rpc_tls_open(&caller.tls, &options, &status))
        fail_msg("%s", status.message);
    rpc_client_options_init(&client_options, address);
    client_options.tls = caller.tls;
    assert_true(rpc_client_open(&caller.client, &client_options, &status));
    return caller;
}

static struct status call(struct caller *caller, int timeout_ms)
{
    struct answers answers = ANSWERS_INIT(NULL, REASON(UNSPECIFIED));
    const struct rpc_client_call made = {
        .method = "echo", .timeout_ms = timeout_ms, .done = answers_note, .user = &answers};
    rpc_client_send(caller->client, &made);
    answers_wait(&answers, 1);
    return answers.status;
}

static void hang_up(struct caller *caller)
{
    rpc_client_close(caller->client);
    rpc_tls_close(caller->tls);
}

static void gets_in(const char *certificate, struct crypto_peer as)
{
    struct caller caller = dial(certificate, "ca", self);
    struct status status = call(&caller, 10000);
    if (!status_ok(&status))
        fail_msg("%s: %s", certificate, status.message);
    assert_true(crypto_peer_same(&seen, &as));
    hang_up(&caller);
}

static void is_refused(const char *certificate, const char *reason)
{
    struct caller caller = dial(certificate, "ca", self);
    struct status status = call(&caller, 1500);
    assert_int_equal(status.reason, REASON(UNREACHABLE));
    if (!heard(reason))
        fail_msg("%s: %s", certificate, told);
    hang_up(&caller);
}

static void an_authority_of_others_vouches_for_one_peer(void **state)
{
    (void)state;
    gets_in("first", first);
    is_refused("second", "tls.refused certificate_wrong_peer;");
    is_refused("as-client", "tls.refused certificate_wrong_peer;");
    // Our own vouches for anybody, and its list holds.
    gets_in("ours", second);
    is_refused("revoked", "tls.refused certificate_revoked;");
}

static void who_is_trusted_no_more_is_out(void **state)
{
    (void)state;
    struct status status = {0};
    struct caller caller = dial("first", "ca", self);
    assert_int_equal(call(&caller, 10000).code, CODE(OK));
    assert_true(rpc_tls_trust(server_tls, NULL, 0, &status));
    assert_true(heard("tls.closed certificate_wrong_authority;"));
    assert_int_equal(call(&caller, 1500).reason, REASON(UNREACHABLE));
    hang_up(&caller);
    const struct crypto_tls_stranger other[] = {{second, text_of("other", "crt")}};
    assert_true(rpc_tls_trust(server_tls, other, COUNT_OF(other), &status));
    gets_in("second", second);
    is_refused("first", "tls.refused certificate_wrong_peer;");
    // What is no authority changes nothing; nor does reading our own files again.
    const struct crypto_tls_stranger bad[] = {{first, "rubbish"}};
    assert_false(rpc_tls_trust(server_tls, bad, COUNT_OF(bad), &status));
    gets_in("second", second);
    assert_true(rpc_tls_reload(server_tls, &status));
    gets_in("second", second);
}

static void a_client_means_one_server(void **state)
{
    (void)state;
    struct caller caller = dial("ours", "ca", second);
    struct status status = call(&caller, 1500);
    assert_int_equal(status.reason, REASON(UNREACHABLE));
    if (!strstr(status.message, "certificate_wrong_peer"))
        fail_msg("%s", status.message);
    hang_up(&caller);
    // Nor one of another authority, whatever its certificate says.
    caller = dial("ours", "other", self);
    status = call(&caller, 1500);
    assert_int_equal(status.reason, REASON(UNREACHABLE));
    if (!strstr(status.message, "certificate_wrong_authority"))
        fail_msg("%s", status.message);
    hang_up(&caller);
}

// Its list holds for servers as for clients.
static void a_client_talks_to_no_revoked_server(void **state)
{
    (void)state;
    struct caller caller = dial("ours", NULL, self);
    struct status status = call(&caller, 1500);
    assert_true(status_ok(&status));
    hang_up(&caller);
    tls_revoke(&desk, "server");
    caller = dial("ours", NULL, self);
    status = call(&caller, 1500);
    assert_int_equal(status.reason, REASON(UNREACHABLE));
    if (!strstr(status.message, "certificate_revoked"))
        fail_msg("%s", status.message);
    hang_up(&caller);
}

static void an_authority_is_certificates_and_nothing_else(void **state)
{
    (void)state;
    char both[16384];
    assert_true(crypto_authority_good(text_of("ca", "crt")));
    snprintf(both, sizeof(both), "%s%s", text_of("ca", "crt"), text_of("other", "crt"));
    assert_true(crypto_authority_good(both));
    snprintf(both, sizeof(both), "%s%s", text_of("ca", "crt"), text_of("ca", "key"));
    assert_false(crypto_authority_good(both));
    assert_false(crypto_authority_good(text_of("ours", "crt")));
    assert_false(crypto_authority_good(text_of("ca", "key")));
    assert_false(crypto_authority_good(text_of("ca", "crl")));
    assert_false(crypto_authority_good(""));
    assert_false(crypto_authority_good("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_authority_of_others_vouches_for_one_peer, serve, stop),
        cmocka_unit_test_setup_teardown(who_is_trusted_no_more_is_out, serve, stop),
        cmocka_unit_test_setup_teardown(a_client_means_one_server, serve, stop),
        cmocka_unit_test_setup_teardown(a_client_talks_to_no_revoked_server, serve, stop),
        cmocka_unit_test(an_authority_is_certificates_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, make_desk, remove_desk);
}
