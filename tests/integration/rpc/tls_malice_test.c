// SPDX-License-Identifier: Apache-2.0
// What peers do on purpose at a TLS address, with good certificates or before they show one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "rpc/server.h"
#include "support/tls.h"

#define CONTEXTS 8
#define CONNECTIONS 12
#define NAP_MS 300

static struct tls_desk desk;
static struct rpc_tls *server_tls;
static struct rpc_server *server;
static unsigned port;
static atomic_size_t not_reading;
static atomic_size_t napping;

static void note(void *user, const struct rpc_tls_event *event)
{
    (void)user;
    if (strcmp(event->reason, "not_reading") == 0)
        atomic_fetch_add(&not_reading, 1);
}

// "nap" keeps the thread of all connections busy; "large" answers 3 MiB; anything else answers nothing.
static void dispatch(void *user, struct rpc_call *call)
{
    (void)user;
    size_t length = strcmp(call->method, "large") == 0 ? 3 * 1024 * 1024 : 0;
    uint8_t *body = arena_alloc(&call->arena, length);
    CHECK(body);
    if (strcmp(call->method, "nap") == 0) {
        atomic_fetch_add(&napping, 1);
        usleep(NAP_MS * 1000);
    }
    rpc_call_finish(call, &(struct status){0}, (struct bytes){body, length}, 0);
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
static struct tls_rude enter(const char *name)
{
    static const uint8_t greeting[] = {0, 'S', 'P', 0, 0, 48, 0, 0};
    struct tls_rude peer;
    if (!tls_rude_open(&peer, &desk, name, port) || !tls_rude_send(&peer, greeting, sizeof(greeting)))
        fail_msg("%s is not let in", name);
    return peer;
}

// Sends a message with a call of a method that has a short name.
static void send_call(struct tls_rude *peer, const char *method)
{
    uint8_t message[64] = {[8] = 0x80};
    size_t name = strlen(method);
    size_t at = 12;
    message[at++] = 0x0a;
    message[at++] = (uint8_t)(2 + name);
    message[at++] = 0x0a;
    message[at++] = (uint8_t)name;
    memcpy(message + at, method, name);
    message[7] = (uint8_t)(at + name - 8);
    assert_true(tls_rude_send(peer, message, at + name));
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
    struct tls_rude peer = enter("one");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(all_who_go_and_come_at_once_find_room, stop),
    };
    return cmocka_run_group_tests(tests, make_desk, remove_desk);
}
