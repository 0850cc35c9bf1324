// SPDX-License-Identifier: Apache-2.0
// What a client tries again by itself, and when: a server that refuses its first calls and says how long to wait.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "rpc/client.h"
#include "rpc/server.h"
#include "support/answers.h"

static char address[64];
static atomic_int calls_seen;
static struct status refusal;
static int refusals;

static void dispatch(void *user, struct rpc_call *call)
{
    (void)user;
    bool refuse = atomic_fetch_add(&calls_seen, 1) < refusals;
    rpc_call_finish(call, refuse ? &refusal : &(struct status){0}, (struct bytes){0}, 0);
}

static int up(void **state)
{
    char directory[] = "/tmp/anlan-retry-XXXXXX";
    struct rpc_server *server = NULL;
    struct status status = {0};
    assert_non_null(mkdtemp(directory));
    snprintf(address, sizeof(address), "ipc://%s/s", directory);
    struct rpc_server_options options = {.address = address,
                                         .contexts = 4,
                                         .message_limit = LIMIT_MESSAGE_BYTES,
                                         .call_limit = LIMIT_CALLS_PER_MESSAGE,
                                         .arena_limit = LIMIT_CALL_ARENA_BYTES,
                                         .send_timeout_ms = 1000,
                                         .dispatch = dispatch};
    assert_true(rpc_server_start(&server, &options, &status));
    *state = server;
    return 0;
}

static int down(void **state)
{
    char command[128];
    assert_true(rpc_server_stop(*state, 5000));
    snprintf(command, sizeof(command), "rm -rf $(dirname %s)", address + strlen("ipc://"));
    return system(command);
}

// Calls a server that refuses `times` times as `reason` and `retry_after_ms` say; answers how long that took.
static int64_t call(status_reason reason, uint32_t retry_after_ms, int times, int timeout_ms, struct status *status)
{
    struct answers answers = ANSWERS_INIT(NULL, reason);
    status_set(&refusal, reason, "not now");
    refusal.retry_after_ms = retry_after_ms;
    refusals = times;
    atomic_store(&calls_seen, 0);
    struct rpc_client *client = answers_dial(address, 5, 1);
    int64_t start = clock_monotonic();
    rpc_client_send(client, &(struct rpc_client_call){
                                .method = "any", .timeout_ms = timeout_ms, .done = answers_note, .user = &answers});
    answers_wait(&answers, 1);
    int64_t took = (clock_monotonic() - start) / CLOCK_MILLISECOND;
    rpc_client_close(client);
    *status = answers.status;
    return took;
}

static void unavailable_is_tried_again(void **state)
{
    (void)state;
    struct status status;
    call(REASON(DATABASE_UNAVAILABLE), 0, 3, 10000, &status);
    assert_int_equal(status.code, CODE(OK));
    assert_int_equal(atomic_load(&calls_seen), 4);
}

static void not_before_the_hint_says(void **state)
{
    (void)state;
    struct status status;
    int64_t took = call(REASON(STOPPING), 300, 2, 10000, &status);
    assert_int_equal(status.code, CODE(OK));
    assert_true(took >= 600);
    assert_true(took < 5000);
}

static void a_full_service_that_says_when_is_tried_again(void **state)
{
    (void)state;
    struct status status;
    int64_t took = call(REASON(OVERLOADED), 200, 1, 10000, &status);
    assert_int_equal(status.code, CODE(OK));
    assert_true(took >= 200);
    call(REASON(MESSAGE_TOO_LARGE), 0, 1, 10000, &status);
    assert_int_equal(status.code, CODE(RESOURCE_EXHAUSTED));
    assert_int_equal(atomic_load(&calls_seen), 1);
}

static void a_hint_past_the_deadline_ends_the_call_at_once(void **state)
{
    (void)state;
    struct status status;
    int64_t took = call(REASON(OVERLOADED), 5000, 1, 1000, &status);
    assert_int_equal(status.reason, REASON(OVERLOADED));
    assert_int_equal(status.retry_after_ms, 5000);
    assert_int_equal(atomic_load(&calls_seen), 1);
    assert_true(took < 900);
}

static void five_times_and_no_more(void **state)
{
    (void)state;
    struct status status;
    call(REASON(DATABASE_UNAVAILABLE), 0, 100, 10000, &status);
    assert_int_equal(status.reason, REASON(DATABASE_UNAVAILABLE));
    assert_int_equal(atomic_load(&calls_seen), 5);
}

// Listens, and ends each connection before it has greeted, as a process does that is killed then.
static void *end_connections(void *argument)
{
    int listener = *(int *)argument;
    for (int i = 0; i < 5; i++) {
        int peer = accept(listener, NULL, NULL);
        assert_true(peer >= 0);
        close(peer);
    }
    return NULL;
}

static void a_connection_that_ends_during_the_greeting_is_made_again(void **state)
{
    (void)state;
    char path[108];
    char from[128];
    struct sockaddr_un peer = {.sun_family = AF_UNIX};
    pthread_t thread;
    snprintf(path, sizeof(path), "%s-rude", address + strlen("ipc://"));
    snprintf(from, sizeof(from), "ipc://%s", path);
    snprintf(peer.sun_path, sizeof(peer.sun_path), "%s", path);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&peer, sizeof(peer)), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(pthread_create(&thread, NULL, end_connections, &listener), 0);
    struct rpc_client *client = answers_dial(from, 100, 1);
    pthread_join(thread, NULL);
    close(listener);
    unlink(path);
    // In its place comes the real one.
    assert_int_equal(link(address + strlen("ipc://"), path), 0);
    struct answers answers = ANSWERS_INIT(NULL, REASON(UNSPECIFIED));
    refusals = 0;
    rpc_client_send(client, &(struct rpc_client_call){
                                .method = "any", .timeout_ms = 10000, .done = answers_note, .user = &answers});
    answers_wait(&answers, 1);
    assert_int_equal(answers.status.code, CODE(OK));
    rpc_client_close(client);
}

static void nothing_else_is_tried_again(void **state)
{
    (void)state;
    struct status status;
    const ProtobufCEnumDescriptor *reasons = &anlan__rpc__v1__reason__descriptor;
    for (unsigned i = 0; i < reasons->n_values; i++) {
        status_reason reason = (status_reason)reasons->values[i].value;
        if (reason == REASON(UNSPECIFIED) || status_reason_text(reason)->code == CODE(UNAVAILABLE))
            continue;
        call(reason, 0, 1, 10000, &status);
        assert_int_equal(status.reason, reason);
        assert_int_equal(atomic_load(&calls_seen), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unavailable_is_tried_again),
        cmocka_unit_test(not_before_the_hint_says),
        cmocka_unit_test(a_full_service_that_says_when_is_tried_again),
        cmocka_unit_test(a_hint_past_the_deadline_ends_the_call_at_once),
        cmocka_unit_test(five_times_and_no_more),
        cmocka_unit_test(nothing_else_is_tried_again),
        cmocka_unit_test(a_connection_that_ends_during_the_greeting_is_made_again),
    };
    return cmocka_run_group_tests(tests, up, down);
}
