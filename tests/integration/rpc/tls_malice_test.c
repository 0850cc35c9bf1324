// SPDX-License-Identifier: Apache-2.0
// What peers do on purpose at a TLS address, with good certificates or before they show one: they come and go at once,
// do not read, and ask for more than fits.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "anlan/rpc/v1/envelope.pb-c.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "rpc/server.h"
#include "support/tls.h"

#define CONTEXTS 8
#define CONNECTIONS 12
#define NAP_MS 300
#define LARGE ((size_t)3 * 1024 * 1024)
#define TOGETHER 100

static struct tls_desk desk;
static struct rpc_tls *server_tls;
static struct rpc_server *server;
static unsigned port;
static atomic_size_t not_reading;
static atomic_size_t late;
static atomic_size_t revoked;
static atomic_size_t dawdled;
static int message_ms = LIMIT_TLS_MESSAGE_MS;
static int handshake_ms = LIMIT_TLS_HANDSHAKE_MS;
static atomic_size_t napping;
static _Atomic(struct rpc_call *) held;

static void note(void *user, const struct rpc_tls_event *event)
{
    (void)user;
    static const struct {
        const char *reason;
        atomic_size_t *count;
    } counted[] = {{"not_reading", &not_reading},
                   {"message_timeout", &late},
                   {"certificate_revoked", &revoked},
                   {"handshake_timeout", &dawdled}};
    for (size_t i = 0; i < COUNT_OF(counted); i++)
        if (strcmp(event->reason, counted[i].reason) == 0)
            atomic_fetch_add(counted[i].count, 1);
}

// "nap" keeps the thread of all connections busy; "hold" waits; "large" answers 3 MiB; "wrong" needs as much and is
// refused; anything else answers nothing.
static void dispatch(void *user, struct rpc_call *call)
{
    (void)user;
    struct status status = {0};
    bool wrong = strcmp(call->method, "wrong") == 0;
    size_t length = wrong || strcmp(call->method, "large") == 0 ? LARGE : 0;
    uint8_t *body = arena_alloc(&call->arena, length);
    CHECK(body);
    if (strcmp(call->method, "hold") == 0) {
        atomic_store(&held, call);
        return;
    }
    if (wrong)
        status_violate(&status, &call->arena, "a.field", "is wrong");
    if (strcmp(call->method, "nap") == 0) {
        atomic_fetch_add(&napping, 1);
        usleep(NAP_MS * 1000);
    }
    rpc_call_finish(call, &status, (struct bytes){body, wrong ? 0 : length}, 0);
}

static void serve(int send_timeout_ms)
{
    char address[64];
    struct status status = {0};
    struct rpc_tls_options options;
    rpc_tls_options_init(&options);
    options.files = tls_files(&desk, "server");
    options.files.serves = true;
    options.connections = CONNECTIONS;
    options.message_ms = message_ms;
    options.handshake_ms = handshake_ms;
    options.observe = note;
    port = tls_free_port();
    snprintf(address, sizeof(address), "tls+tcp://127.0.0.1:%u", port);
    if (!rpc_tls_open(&server_tls, &options, &status))
        fail_msg("%s", status.message);
    const struct rpc_server_options server_options = {.address = address,
                                                      .tls = server_tls,
                                                      .contexts = CONTEXTS,
                                                      .message_limit = LIMIT_MESSAGE_BYTES,
                                                      .call_limit = LIMIT_CALLS_PER_MESSAGE,
                                                      .arena_limit = LIMIT_CALL_ARENA_BYTES,
                                                      .send_timeout_ms = send_timeout_ms,
                                                      .dispatch = dispatch};
    if (!rpc_server_start(&server, &server_options, &status))
        fail_msg("%s", status.message);
    atomic_store(&not_reading, 0);
}

static int stop(void **state)
{
    (void)state;
    assert_true(rpc_server_stop(server, 5000));
    rpc_tls_close(server_tls);
    return 0;
}

static int make_desk(void **state)
{
    (void)state;
    struct crypto_peer nobody = {0};
    signal(SIGPIPE, SIG_IGN);
    tls_desk_open(&desk);
    tls_issue(&desk, "ca", "server", "127.0.0.1", nobody, (struct tls_days){-1, 30});
    tls_issue(&desk, "ca", "one", NULL, tls_peer(CRYPTO_PEER_CLIENT), (struct tls_days){-1, 30});
    tls_issue(&desk, "ca", "two", NULL, tls_peer(CRYPTO_PEER_CLIENT), (struct tls_days){-1, 30});
    tls_issue(&desk, "ca", "three", NULL, tls_peer(CRYPTO_PEER_CLIENT), (struct tls_days){-1, 30});
    return 0;
}

static int remove_desk(void **state)
{
    (void)state;
    tls_desk_close(&desk);
    return 0;
}

// A peer who is in.
static bool try_enter(struct tls_rude *peer, const char *name)
{
    static const uint8_t greeting[] = {0, 'S', 'P', 0, 0, 48, 0, 0};
    return tls_rude_open(peer, &desk, name, port) && tls_rude_send(peer, greeting, sizeof(greeting));
}

static void enter(struct tls_rude *peer, const char *name)
{
    if (!try_enter(peer, name))
        fail_msg("%s is not let in", name);
}

// Sends a message with calls of methods.
static void send_calls(struct tls_rude *peer, const char *const *methods, size_t count)
{
    static uint8_t message[12 + 16 * (TOGETHER + 2)] = {[8] = 0x80};
    Anlan__Rpc__V1__Call calls[TOGETHER + 2];
    Anlan__Rpc__V1__Call *list[TOGETHER + 2];
    Anlan__Rpc__V1__Request request = ANLAN__RPC__V1__REQUEST__INIT;
    for (size_t i = 0; i < count; i++) {
        anlan__rpc__v1__call__init(&calls[i]);
        calls[i].method = (char *)methods[i];
        list[i] = &calls[i];
    }
    request.n_calls = count;
    request.calls = list;
    CHECK(anlan__rpc__v1__request__get_packed_size(&request) <= sizeof(message) - 12);
    size_t length = 4 + anlan__rpc__v1__request__pack(&request, message + 12);
    message[6] = (uint8_t)(length >> 8);
    message[7] = (uint8_t)length;
    assert_true(tls_rude_send(peer, message, 8 + length));
}

static void send_call(struct tls_rude *peer, const char *method)
{
    send_calls(peer, &method, 1);
}

static void wait_connections(unsigned count)
{
    for (int try = 0; try < 500 && rpc_tls_connections(server_tls) != count; try++)
        usleep(10000);
    assert_int_equal(rpc_tls_connections(server_tls), count);
}

// While the thread is busy, all go and as many come: it hears of both at once.
static void all_who_go_and_come_at_once_find_room(void **state)
{
    (void)state;
    const struct linger at_once = {.l_onoff = 1};
    int strangers[CONNECTIONS - 1];
    serve(10000);
    struct tls_rude peer;
    enter(&peer, "one");
    for (size_t i = 0; i < COUNT_OF(strangers); i++)
        strangers[i] = tls_stranger(port);
    wait_connections(CONNECTIONS);
    atomic_store(&napping, 0);
    send_call(&peer, "nap");
    for (int try = 0; try < 500 && atomic_load(&napping) == 0; try++)
        usleep(1000);
    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        setsockopt(strangers[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        close(strangers[i]);
    }
    for (size_t i = 0; i < COUNT_OF(strangers); i++)
        strangers[i] = tls_stranger(port);
    wait_connections(CONNECTIONS);
    for (size_t i = 0; i < COUNT_OF(strangers); i++)
        close(strangers[i]);
    wait_connections(1);
    tls_rude_close(&peer);
}

// The reply to the first message of a peer.
static Anlan__Rpc__V1__Reply *read_reply(struct tls_rude *peer)
{
    static uint8_t bytes[LIMIT_MESSAGE_BYTES + 64];
    size_t length = 0;
    assert_true(tls_rude_read(peer, bytes, 8));    // the greeting
    assert_true(tls_rude_read(peer, bytes, 8));
    for (size_t i = 0; i < 8; i++)
        length = length << 8 | bytes[i];
    assert_in_range(length, 5, sizeof(bytes));
    assert_true(tls_rude_read(peer, bytes, length));
    Anlan__Rpc__V1__Reply *reply = anlan__rpc__v1__reply__unpack(NULL, length - 4, bytes + 4);
    assert_non_null(reply);
    return reply;
}

// Takes up to `most` bytes of what has come, without opening it.
static size_t sip(const struct tls_rude *peer, size_t most)
{
    static uint8_t bytes[256 * 1024];
    ssize_t got = recv(peer->descriptor, bytes, most < sizeof(bytes) ? most : sizeof(bytes), MSG_DONTWAIT);
    return got > 0 ? (size_t)got : 0;
}

static bool is_gone(const struct tls_rude *peer)
{
    uint8_t byte;
    return recv(peer->descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0 || errno == ECONNRESET;
}

// Each sip, and each byte that he says, has the service send a little more: that is no reading.
static void who_sips_is_cut_like_who_does_not_read(void **state)
{
    (void)state;
    static const uint8_t header[] = {0x17, 3, 3, 0x40, 0};    // of a record of TLS that does not end soon
    serve(1000);
    struct tls_rude peer;
    enter(&peer, "one");
    setsockopt(peer.descriptor, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
    for (int i = 0; i < 3; i++)
        send_call(&peer, "large");
    send(peer.descriptor, header, sizeof(header), MSG_NOSIGNAL);
    int64_t until = clock_monotonic() + 8 * CLOCK_SECOND;
    while (clock_monotonic() < until && atomic_load(&not_reading) == 0) {
        sip(&peer, 2048);
        send(peer.descriptor, header, 1, MSG_NOSIGNAL);
        usleep(100000);
    }
    assert_int_equal(atomic_load(&not_reading), 1);
    tls_rude_close(&peer);
}

// What the service is about to say to him can go nowhere: he runs while it makes up its part of the handshake.
static void who_rings_and_runs_harms_nobody(void **state)
{
    (void)state;
    serve(1000);
    for (unsigned i = 0; i < 200; i++)
        tls_rude_ring(&desk, "one", port, i % 40 * 100);
    struct tls_rude guest;
    bool in = false;
    for (int try = 0; try < 100 && !in; try++) {
        usleep(try > 0 ? 50000 : 0);
        in = try_enter(&guest, "two");
        if (!in)
            tls_rude_close(&guest);
    }
    assert_true(in);
    send_call(&guest, "small");
    Anlan__Rpc__V1__Reply *reply = read_reply(&guest);
    assert_int_equal(reply->n_results, 1);
    anlan__rpc__v1__reply__free_unpacked(reply, NULL);
    tls_rude_close(&guest);
}

// He came while he was welcome, and took his time.
static void who_is_revoked_while_he_comes_is_refused(void **state)
{
    (void)state;
    struct status status = {0};
    struct tls_rude slow;
    struct tls_rude other;
    tls_issue(&desk, "ca", "slow", NULL, tls_peer(CRYPTO_PEER_CLIENT), (struct tls_days){-1, 30});
    serve(1000);
    assert_true(tls_rude_begin(&slow, &desk, "slow", port));
    assert_true(tls_rude_begin(&other, &desk, "one", port));
    tls_revoke(&desk, "slow");
    assert_true(rpc_tls_reload(server_tls, &status));
    usleep(300000);    // those who are in have been looked at
    assert_true(tls_rude_go_on(&slow));
    assert_true(tls_rude_go_on(&other));
    assert_true(tls_gone(slow.descriptor, 1000));
    assert_int_equal(atomic_load(&revoked), 1);
    assert_false(tls_gone(other.descriptor, 200));
    tls_rude_close(&slow);
    tls_rude_close(&other);
}

// Those who come in a crowd and send on when their time is over are ended in time, each.
static void a_crowd_that_dawdles_is_ended_in_time(void **state)
{
    (void)state;
    struct tls_rude crowd[CONNECTIONS];
    handshake_ms = 500;
    serve(1000);
    handshake_ms = LIMIT_TLS_HANDSHAKE_MS;
    for (size_t i = 0; i < COUNT_OF(crowd); i++)
        assert_true(tls_rude_begin(&crowd[i], &desk, "one", port));
    usleep(500000);
    for (size_t i = 0; i < COUNT_OF(crowd); i++)
        tls_rude_go_on(&crowd[i]);
    for (size_t i = 0; i < COUNT_OF(crowd); i++)
        assert_true(tls_gone(crowd[i].descriptor, 500));
    assert_int_equal(atomic_load(&dawdled), COUNT_OF(crowd));
    for (size_t i = 0; i < COUNT_OF(crowd); i++)
        tls_rude_close(&crowd[i]);
}

// A call that waits keeps a connection from being idle, but no message may take for ever to come.
static void who_never_ends_a_message_is_cut(void **state)
{
    (void)state;
    static const uint8_t header[] = {0, 0, 0, 0, 0, 0x20, 0, 0};
    message_ms = 500;
    serve(1000);
    message_ms = LIMIT_TLS_MESSAGE_MS;
    atomic_store(&held, NULL);
    struct tls_rude peer;
    struct tls_rude patient;
    enter(&patient, "two");
    send_call(&patient, "small");
    enter(&peer, "one");
    send_call(&peer, "hold");
    int64_t begun = clock_monotonic();
    assert_true(tls_rude_send(&peer, header, sizeof(header)));
    while (!is_gone(&peer) && clock_monotonic() < begun + 5 * CLOCK_SECOND) {
        tls_rude_send(&peer, header, 1);
        usleep(50000);
    }
    assert_int_equal(atomic_load(&late), 1);
    assert_true(clock_monotonic() - begun >= 500 * CLOCK_MILLISECOND);
    assert_non_null(atomic_load(&held));
    rpc_call_finish(atomic_load(&held), &(struct status){0}, (struct bytes){0}, 0);
    Anlan__Rpc__V1__Reply *reply = read_reply(&patient);    // whose messages were whole
    assert_int_equal(reply->n_results, 1);
    anlan__rpc__v1__reply__free_unpacked(reply, NULL);
    tls_rude_close(&patient);
    tls_rude_close(&peer);
}

// 400 kB in each second: the system's own buffer of megabytes needs longer to have room.
static void who_reads_slowly_gets_all(void **state)
{
    (void)state;
    size_t got = 0;
    serve(1000);
    struct tls_rude peer;
    enter(&peer, "one");
    setsockopt(peer.descriptor, SOL_SOCKET, SO_RCVBUF, &(int){16384}, sizeof(int));
    send_call(&peer, "large");
    send_call(&peer, "large");
    int64_t from = clock_monotonic();
    while (got < 2 * LARGE && clock_monotonic() - from < 60 * CLOCK_SECOND) {
        size_t may = (size_t)((clock_monotonic() - from) * 400 / CLOCK_MILLISECOND);
        got += sip(&peer, may > got ? may - got : 1);
        usleep(5000);
        assert_false(is_gone(&peer) && got < 2 * LARGE);
    }
    assert_true(got >= 2 * LARGE);
    assert_int_equal(atomic_load(&not_reading), 0);
    tls_rude_close(&peer);
}

// Two who read nothing hold all that the process can handle: who has read the least gives way.
static void a_third_is_answered_while_two_do_not_read(void **state)
{
    (void)state;
    uint8_t reply[64];
    size_t length = sizeof(reply);
    serve(30000);
    struct tls_rude idle[2];
    struct tls_rude third;
    enter(&idle[0], "one");
    enter(&idle[1], "two");
    enter(&third, "three");
    for (size_t i = 0; i < COUNT_OF(idle); i++)
        for (int call = 0; call < CONTEXTS; call++)
            send_call(&idle[i], "large");
    usleep(500000);
    send_call(&third, "small");
    // The greeting comes first; each wait is at most 3 s.
    assert_int_equal(crypto_tls_read(third.session, reply, &length), CRYPTO_TLS_DONE);
    length = sizeof(reply);
    assert_int_equal(crypto_tls_read(third.session, reply, &length), CRYPTO_TLS_DONE);
    assert_true(length >= 12);
    assert_in_range(atomic_load(&not_reading), 1, 2);
    for (size_t i = 0; i < COUNT_OF(idle); i++)
        tls_rude_close(&idle[i]);
    tls_rude_close(&third);
}

// One call of a message waits; what the others needed, and their replies that fit none, do not wait with it.
static void a_message_that_waits_keeps_only_what_it_answers(void **state)
{
    (void)state;
    const char *methods[TOGETHER + 2] = {"hold", "small"};
    struct tls_rude peer;
    serve(10000);
    enter(&peer, "one");
    for (size_t i = 0; i < TOGETHER; i++)
        methods[2 + i] = i % 2 ? "large" : "wrong";
    methods[TOGETHER + 1] = "nap";    // the last one that is handed out
    atomic_store(&napping, 0);
    size_t before = tls_resident(0);
    send_calls(&peer, methods, TOGETHER + 2);
    for (int try = 0; try < 1000 && atomic_load(&napping) == 0; try++)
        usleep(10000);
    assert_in_range(tls_resident(0), 1, before + TLS_RESIDENT_MORE(48 * 1024));
    rpc_call_finish(atomic_load(&held), &(struct status){0}, (struct bytes){0}, 0);
    Anlan__Rpc__V1__Reply *reply = read_reply(&peer);
    size_t large = 0;
    assert_int_equal(reply->n_results, TOGETHER + 2);
    assert_null(reply->results[0]->status);
    assert_null(reply->results[1]->status);
    for (size_t i = 2; i + 1 < reply->n_results; i++) {
        const Anlan__Rpc__V1__Result *result = reply->results[i];
        large += result->body.len == LARGE;
        if (i % 2 == 0)
            assert_string_equal(result->status->violations[0]->field, "a.field");
        else if (result->body.len != LARGE)
            assert_int_equal(result->status->reason, REASON(MESSAGE_TOO_LARGE));
    }
    assert_int_equal(large, 1);
    anlan__rpc__v1__reply__free_unpacked(reply, NULL);
    tls_rude_close(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(all_who_go_and_come_at_once_find_room, stop),
        cmocka_unit_test_teardown(who_sips_is_cut_like_who_does_not_read, stop),
        cmocka_unit_test_teardown(who_rings_and_runs_harms_nobody, stop),
        cmocka_unit_test_teardown(who_is_revoked_while_he_comes_is_refused, stop),
        cmocka_unit_test_teardown(a_crowd_that_dawdles_is_ended_in_time, stop),
        cmocka_unit_test_teardown(who_never_ends_a_message_is_cut, stop),
        cmocka_unit_test_teardown(who_reads_slowly_gets_all, stop),
        cmocka_unit_test_teardown(a_message_that_waits_keeps_only_what_it_answers, stop),
        cmocka_unit_test_teardown(a_third_is_answered_while_two_do_not_read, stop),
    };
    return cmocka_run_group_tests(tests, make_desk, remove_desk);
}
