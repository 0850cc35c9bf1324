// SPDX-License-Identifier: Apache-2.0
// tls+tcp:// over real nng and OpenSSL: who is let in, whom he is taken for, what is ended and when. Numbers name facts
// of nng 1.5.2 that others were hurt by.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "rpc/client.h"
#include "rpc/server.h"
#include "support/answers.h"
#include "support/tls.h"

// What the server's side told: "event reason" of each, and more of the last.
static struct {
    pthread_mutex_t mutex;
    char all[16384];
    char address[64];
    struct crypto_peer peer;
} told = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static struct tls_desk desk;
static struct crypto_peer unit;
static struct crypto_peer client_peer;
static struct rpc_tls *server_tls;
static struct rpc_server *server;
static char address[64];
static unsigned port;
static struct crypto_peer seen;          // the caller of the last call
static struct rpc_call *_Atomic held;    // calls that wait to be released

static void note(void *user, const struct rpc_tls_event *event)
{
    (void)user;
    pthread_mutex_lock(&told.mutex);
    size_t used = strlen(told.all);
    snprintf(told.all + used, sizeof(told.all) - used, "%s %s;", event->event, event->reason);
    snprintf(told.address, sizeof(told.address), "%s", event->address);
    told.peer = event->peer;
    pthread_mutex_unlock(&told.mutex);
}

static bool heard(const char *event, const char *reason)
{
    bool found = false;
    char wanted[80];
    snprintf(wanted, sizeof(wanted), "%s %s;", event, reason);
    for (int try = 0; try < 300 && !found; try++) {
        pthread_mutex_lock(&told.mutex);
        found = strstr(told.all, wanted) != NULL;
        pthread_mutex_unlock(&told.mutex);
        usleep(found ? 0 : 10000);
    }
    if (!found)
        print_message("expected %s told %s\n", wanted, told.all);
    return found;
}

static bool heard_from(const char *address_part)
{
    pthread_mutex_lock(&told.mutex);
    bool found = strstr(told.address, address_part) != NULL;
    pthread_mutex_unlock(&told.mutex);
    return found;
}

static void forget(void)
{
    pthread_mutex_lock(&told.mutex);
    told.all[0] = '\0';
    pthread_mutex_unlock(&told.mutex);
}

// "hold" waits to be released; "large" answers 200 kB; anything else answers its body.
static void dispatch(void *user, struct rpc_call *call)
{
    (void)user;
    struct status ok = {0};
    seen = call->peer;
    if (strcmp(call->method, "hold") == 0) {
        call->next = atomic_load(&held);
        while (!atomic_compare_exchange_weak(&held, &call->next, call))
            ;
        return;
    }
    size_t length = strcmp(call->method, "large") == 0 ? 200000 : call->body.length;
    uint8_t *body = arena_alloc(&call->arena, length);
    CHECK(body);
    memset(body, 'x', length);
    if (length == call->body.length)
        memcpy(body, call->body.data, length);
    rpc_call_finish(call, &ok, (struct bytes){body, length}, 0);
}

static void serve(struct rpc_tls_options options)
{
    struct status status = {0};
    port = tls_free_port();
    snprintf(address, sizeof(address), "tls+tcp://127.0.0.1:%u", port);
    options.observe = note;
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
    if (!rpc_server_start(&server, &server_options, &status))
        fail_msg("%s", status.message);
    forget();
}

static struct rpc_tls_options server_options(void)
{
    struct rpc_tls_options options;
    rpc_tls_options_init(&options);
    options.files = tls_files(&desk, "server");
    options.files.serves = true;
    return options;
}

static void serve_usual(void)
{
    serve(server_options());
}

static int stop(void **state)
{
    (void)state;
    if (server)
        assert_true(rpc_server_stop(server, 2000));
    rpc_tls_close(server_tls);
    server = NULL;
    server_tls = NULL;
    return 0;
}

static int make_desk(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    unit = tls_peer(CRYPTO_PEER_UNIT);
    client_peer = tls_peer(CRYPTO_PEER_CLIENT);
    struct crypto_peer nobody = {0};
    tls_desk_open(&desk);
    tls_issue(&desk, "ca", "server", "127.0.0.1", nobody, (struct tls_days){-1, 30});
    tls_issue(&desk, "ca", "elsewhere", "elsewhere.example", nobody, (struct tls_days){-1, 30});
    tls_issue(&desk, "ca", "client", NULL, client_peer, (struct tls_days){-1, 30});
    tls_issue(&desk, "ca", "unit", NULL, unit, (struct tls_days){-1, 30});
    tls_issue(&desk, "ca", "nobody", NULL, nobody, (struct tls_days){-1, 30});
    tls_issue(&desk, "ca", "expired", NULL, client_peer, (struct tls_days){-20, -1});
    tls_issue(&desk, "ca", "early", NULL, client_peer, (struct tls_days){1, 30});
    tls_issue(&desk, "ca", "revoked", NULL, client_peer, (struct tls_days){-1, 30});
    tls_issue(&desk, "other", "stranger", NULL, client_peer, (struct tls_days){-1, 30});
    tls_vouch(&desk, "self");
    tls_revoke(&desk, "revoked");
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

static struct caller dial_at(const char *where, const char *certificate, unsigned lanes)
{
    struct caller caller = {0};
    struct status status = {0};
    struct rpc_tls_options options;
    struct rpc_client_options client_options;
    rpc_tls_options_init(&options);
    options.files = tls_files(&desk, certificate);
    options.files.crl = NULL;
    if (!rpc_tls_open(&caller.tls, &options, &status))
        fail_msg("%s", status.message);
    rpc_client_options_init(&client_options, where);
    client_options.tls = caller.tls;
    client_options.lanes = lanes;
    if (!rpc_client_open(&caller.client, &client_options, &status))
        fail_msg("%s", status.message);
    return caller;
}

static struct caller dial(const char *certificate)
{
    return dial_at(address, certificate, 1);
}

static void hang_up(struct caller *caller)
{
    rpc_client_close(caller->client);
    rpc_tls_close(caller->tls);
}

// Answers those that wait; how many, and how many of their callers had gone.
static size_t release(size_t *gone)
{
    size_t count = 0;
    struct rpc_call *waiting = atomic_exchange(&held, NULL);
    while (waiting) {
        struct rpc_call *next = waiting->next;
        count++;
        *gone += rpc_call_cancelled(waiting);
        rpc_call_finish(waiting, &(struct status){0}, (struct bytes){0}, 0);
        waiting = next;
    }
    return count;
}

static struct status call(struct caller *caller, const char *method, size_t length, int timeout_ms)
{
    struct answers answers = ANSWERS_INIT(NULL, REASON(UNSPECIFIED));
    uint8_t *body = calloc(1, length + 1);
    CHECK(body);
    const struct rpc_client_call made = {
        .method = method, .body = {body, length}, .timeout_ms = timeout_ms, .done = answers_note, .user = &answers};
    rpc_client_send(caller->client, &made);
    answers_wait(&answers, 1);
    free(body);
    return answers.status;
}

// Calls that wait until they are released.
static void hold(struct caller *caller, struct answers *answers, int count)
{
    const struct rpc_client_call made = {
        .method = "hold", .timeout_ms = 10000, .alone = true, .done = answers_note, .user = answers};
    for (int i = 0; i < count; i++)
        rpc_client_send(caller->client, &made);
}

static void expect_answer(struct caller *caller, const char *method, size_t length)
{
    struct status status = call(caller, method, length, 5000);
    if (!status_ok(&status))
        fail_msg("%s: %s", method, status.message);
}

static void a_good_certificate_is_answered_and_known(void **state)
{
    (void)state;
    serve_usual();
    struct caller caller = dial("client");
    expect_answer(&caller, "echo", 10);
    assert_true(crypto_peer_same(&seen, &client_peer));
    hang_up(&caller);
    caller = dial("unit");
    expect_answer(&caller, "echo", 10);
    assert_true(crypto_peer_same(&seen, &unit));
    // 200 kB either way.
    expect_answer(&caller, "large", 200000);
    expect_answer(&caller, "echo", 3 * 1024 * 1024);
    hang_up(&caller);
}

// A client that shows a certificate: why the server refuses it, and what the client hears.
static void refused(const char *certificate, const char *reason)
{
    forget();
    struct caller caller = dial(certificate);
    struct status status = call(&caller, "echo", 1, 500);
    assert_int_equal(status.reason, REASON(UNREACHABLE));
    assert_true(heard("tls.refused", reason));
    assert_true(heard_from("127.0.0.1:"));
    hang_up(&caller);
}

static void other_certificates_are_refused_with_their_reason(void **state)
{
    (void)state;
    serve_usual();
    refused("expired", "certificate_expired");
    refused("early", "certificate_not_yet_valid");
    refused("stranger", "certificate_wrong_authority");
    refused("self", "certificate_self_signed");
    refused("revoked", "certificate_revoked");
    refused("elsewhere", "certificate_wrong_purpose");
    refused("nobody", "no_identity");
    refused(NULL, "certificate_missing");
}

static void a_client_refuses_a_server_of_another_name(void **state)
{
    (void)state;
    struct rpc_tls_options options = server_options();
    options.files = tls_files(&desk, "elsewhere");
    serve(options);
    struct caller caller = dial("client");
    struct status status = call(&caller, "echo", 1, 500);
    assert_int_equal(status.reason, REASON(UNREACHABLE));
    if (!strstr(status.message, "certificate_wrong_host"))
        fail_msg("%s", status.message);
    assert_true(heard("tls.refused", "refused_by_peer"));
    hang_up(&caller);
}

// 1: there is no plain TCP, and no TLS without certificates.
static void plain_tcp_is_refused_outright(void **state)
{
    (void)state;
    struct status status = {0};
    struct rpc_server *none = NULL;
    struct rpc_client *client = NULL;
    struct rpc_server_options options = {.address = "tcp://127.0.0.1:9", .contexts = 1, .call_limit = 1};
    assert_false(rpc_server_start(&none, &options, &status));
    assert_non_null(strstr(status.message, "no plain TCP"));
    options.address = "tls+tcp://127.0.0.1:9";
    assert_false(rpc_server_start(&none, &options, &status));
    assert_non_null(strstr(status.message, "needs a certificate"));
    static const char *const malformed[] = {"tls+tcp://",        "tls+tcp://:1",   "tls+tcp://h",     "tls+tcp://h:0",
                                            "tls+tcp://h:99999", "tls+tcp://h:1x", "tls+tcp://a/b:1", "tcp4://h:1"};
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        struct rpc_client_options client_options;
        rpc_client_options_init(&client_options, malformed[i]);
        assert_false(rpc_client_open(&client, &client_options, &status));
    }
}

// 2: nng itself would keep them for ever.
static void who_does_not_begin_tls_is_cut(void **state)
{
    (void)state;
    struct rpc_tls_options options = server_options();
    options.handshake_ms = 300;
    options.handshakes_per_address = 8;
    serve(options);
    int strangers[8];
    size_t before = tls_descriptors(0);
    for (size_t i = 0; i < COUNT_OF(strangers); i++)
        assert_true((strangers[i] = tls_stranger(port)) >= 0);
    // Half a greeting is no greeting.
    static const unsigned char half[] = {0x16, 3, 1, 2, 0, 1, 0};
    assert_int_equal(send(strangers[0], half, sizeof(half), MSG_NOSIGNAL), sizeof(half));
    // One more is too many from one address.
    int ninth = tls_stranger(port);
    assert_true(tls_gone(ninth, 1000));
    assert_true(heard("tls.refused", "too_many_handshakes"));
    for (size_t i = 0; i < COUNT_OF(strangers); i++)
        assert_true(tls_gone(strangers[i], 2000));
    assert_true(heard("tls.refused", "handshake_timeout"));
    for (size_t i = 0; i < COUNT_OF(strangers); i++)
        close(strangers[i]);
    close(ninth);
    for (int try = 0; try < 200 && tls_descriptors(0) > before; try++)
        usleep(10000);
    assert_true(tls_descriptors(0) <= before);
    assert_int_equal(rpc_tls_connections(server_tls), 0);
    struct caller caller = dial("client");
    expect_answer(&caller, "echo", 1);
    hang_up(&caller);
}

static void one_peer_has_so_many_connections(void **state)
{
    (void)state;
    struct rpc_tls_options options = server_options();
    options.connections_per_peer = 2;
    serve(options);
    struct caller callers[3];
    for (size_t i = 0; i < 2; i++) {
        callers[i] = dial("client");
        expect_answer(&callers[i], "echo", 1);
    }
    callers[2] = dial("client");
    struct status status = call(&callers[2], "echo", 1, 500);
    assert_int_equal(status.reason, REASON(UNREACHABLE));
    assert_true(heard("tls.refused", "too_many_of_peer"));
    assert_true(crypto_peer_same(&told.peer, &client_peer));
    // Others are not concerned.
    struct caller other = dial("unit");
    expect_answer(&other, "echo", 1);
    hang_up(&other);
    for (size_t i = 0; i < COUNT_OF(callers); i++)
        hang_up(&callers[i]);
}

static void all_together_have_so_many(void **state)
{
    (void)state;
    struct rpc_tls_options options = server_options();
    options.connections = 1;
    serve(options);
    struct caller first = dial("client");
    expect_answer(&first, "echo", 1);
    struct caller second = dial("unit");
    struct status status = call(&second, "echo", 1, 300);
    assert_int_equal(status.reason, REASON(UNREACHABLE));
    assert_true(heard("tls.refused", "too_many_connections"));
    hang_up(&first);
    expect_answer(&second, "echo", 1);
    hang_up(&second);
}

static void who_is_idle_is_closed_and_comes_back(void **state)
{
    (void)state;
    struct rpc_tls_options options = server_options();
    options.idle_ms = 300;
    serve(options);
    struct caller caller = dial("client");
    expect_answer(&caller, "echo", 1);
    assert_true(heard("tls.closed", "idle"));
    expect_answer(&caller, "echo", 1);
    // Who waits for an answer is not idle.
    forget();
    struct answers answers = ANSWERS_INIT(NULL, REASON(UNSPECIFIED));
    hold(&caller, &answers, 1);
    usleep(900000);
    size_t gone = 0;
    assert_int_equal(release(&gone), 1);
    assert_int_equal(gone, 0);
    answers_wait(&answers, 1);
    assert_true(status_ok(&answers.status));
    hang_up(&caller);
}

static void swap(const char *name, const char *by)
{
    static const char *const suffixes[] = {"crt", "key"};
    for (size_t i = 0; i < COUNT_OF(suffixes); i++)
        assert_int_equal(rename(tls_path(&desk, by, suffixes[i]), tls_path(&desk, name, suffixes[i])), 0);
}

static void files_are_read_again_and_no_call_is_dropped(void **state)
{
    (void)state;
    struct status status = {0};
    tls_issue(&desk, "ca", "fired", NULL, tls_peer(CRYPTO_PEER_CLIENT), (struct tls_days){-1, 30});
    tls_issue(&desk, "ca", "renewed", "127.0.0.1", (struct crypto_peer){0}, (struct tls_days){-1, 60});
    serve_usual();
    struct caller stays = dial("client");
    struct caller fired = dial("fired");
    expect_answer(&stays, "echo", 1);
    expect_answer(&fired, "echo", 1);
    struct answers answers = ANSWERS_INIT(NULL, REASON(UNSPECIFIED));
    hold(&stays, &answers, 1);
    for (int try = 0; try < 200 && !atomic_load(&held); try++)
        usleep(10000);
    swap("server", "renewed");
    assert_false(tls_shows(&desk, "client", port, "server"));
    tls_revoke(&desk, "fired");
    assert_true(rpc_tls_reload(server_tls, &status));
    assert_true(heard("tls.closed", "certificate_revoked"));
    assert_true(tls_shows(&desk, "client", port, "server"));
    status = call(&fired, "echo", 1, 500);
    assert_int_equal(status.reason, REASON(UNREACHABLE));
    // The call that waited all the time, on the connection that it came by.
    size_t gone = 0;
    assert_int_equal(release(&gone), 1);
    assert_int_equal(gone, 0);
    answers_wait(&answers, 1);
    assert_true(status_ok(&answers.status));
    struct caller late = dial("unit");
    expect_answer(&late, "echo", 1);
    // What cannot be read changes nothing.
    assert_int_equal(truncate(tls_path(&desk, "ca", "crl"), 10), 0);
    assert_false(rpc_tls_reload(server_tls, &status));
    expect_answer(&late, "echo", 1);
    hang_up(&late);
    hang_up(&stays);
    hang_up(&fired);
    assert_int_equal(unlink(tls_path(&desk, "ca", "crl")), 0);
    tls_revoke(&desk, "revoked");
}

static size_t ended(struct answers *answers)
{
    pthread_mutex_lock(&answers->mutex);
    size_t count = answers->ended;
    pthread_mutex_unlock(&answers->mutex);
    return count;
}

// 5: one client that does not read its replies, or sends all that it has, must not have all contexts.
static void one_peer_has_half_of_the_contexts(void **state)
{
    (void)state;
    serve_usual();
    struct caller rude = dial_at(address, "client", 32);
    struct caller other = dial("unit");
    struct answers answers = ANSWERS_INIT(NULL, REASON(UNSPECIFIED));
    expect_answer(&rude, "echo", 1);
    hold(&rude, &answers, 9);
    // Four of eight contexts may be his; the others wait until these have ended, and nobody else does.
    usleep(200000);
    expect_answer(&other, "echo", 1);
    size_t gone = 0;
    assert_int_equal(release(&gone), 4);
    while (ended(&answers) < 9) {
        release(&gone);
        usleep(10000);
    }
    answers_wait(&answers, 9);
    assert_int_equal(gone, 0);
    assert_int_equal(answers.matching, 9);
    hang_up(&rude);
    hang_up(&other);
}

// The service reads no more from him while his calls are under way: what fills the wire meanwhile arrives whole.
static void a_large_message_waits_and_arrives_whole(void **state)
{
    (void)state;
    serve_usual();
    struct caller caller = dial_at(address, "client", 32);
    struct answers answers = ANSWERS_INIT(NULL, REASON(UNSPECIFIED));
    struct answers large = ANSWERS_INIT(NULL, REASON(UNSPECIFIED));
    const size_t length = 3 * 1024 * 1024;
    uint8_t *body = malloc(length);
    const struct rpc_client_call echo = {.method = "echo",
                                         .body = {body, length},
                                         .timeout_ms = 10000,
                                         .alone = true,
                                         .done = answers_note,
                                         .user = &large};
    assert_non_null(body);
    memset(body, 'y', length);
    expect_answer(&caller, "echo", 1);
    hold(&caller, &answers, 4);
    usleep(200000);
    for (int i = 0; i < 3; i++)
        rpc_client_send(caller.client, &echo);
    usleep(500000);
    assert_int_equal(ended(&large), 0);
    size_t gone = 0;
    assert_int_equal(release(&gone), 4);
    answers_wait(&large, 3);
    answers_wait(&answers, 4);
    assert_int_equal(large.matching, 3);
    assert_int_equal(answers.matching, 4);
    free(body);
    hang_up(&caller);
}

// A client that goes away is noticed: its calls are cancelled.
static void calls_of_who_is_gone_are_cancelled(void **state)
{
    (void)state;
    serve_usual();
    struct caller caller = dial("client");
    struct answers answers = ANSWERS_INIT(NULL, REASON(UNSPECIFIED));
    hold(&caller, &answers, 1);
    for (int try = 0; try < 300 && !atomic_load(&held); try++)
        usleep(10000);
    hang_up(&caller);
    bool gone = false;
    for (int try = 0; try < 300 && !gone; try++) {
        gone = rpc_call_cancelled(atomic_load(&held));
        usleep(10000);
    }
    assert_true(gone);
    size_t count = 0;
    assert_int_equal(release(&count), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_good_certificate_is_answered_and_known, stop),
        cmocka_unit_test_teardown(other_certificates_are_refused_with_their_reason, stop),
        cmocka_unit_test_teardown(a_client_refuses_a_server_of_another_name, stop),
        cmocka_unit_test(plain_tcp_is_refused_outright),
        cmocka_unit_test_teardown(who_does_not_begin_tls_is_cut, stop),
        cmocka_unit_test_teardown(one_peer_has_so_many_connections, stop),
        cmocka_unit_test_teardown(all_together_have_so_many, stop),
        cmocka_unit_test_teardown(who_is_idle_is_closed_and_comes_back, stop),
        cmocka_unit_test_teardown(files_are_read_again_and_no_call_is_dropped, stop),
        cmocka_unit_test_teardown(one_peer_has_half_of_the_contexts, stop),
        cmocka_unit_test_teardown(a_large_message_waits_and_arrives_whole, stop),
        cmocka_unit_test_teardown(calls_of_who_is_gone_are_cancelled, stop),
    };
    return cmocka_run_group_tests(tests, make_desk, remove_desk);
}
