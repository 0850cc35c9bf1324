// SPDX-License-Identifier: Apache-2.0
// What a client over TLS bears from the service that it dials: a service with a good certificate that answers in the
// wrong order, late, in bits, twice, too much, or not at all.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <malloc.h>
#include <netdb.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "anlan/rpc/v1/envelope.pb-c.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "rpc/client.h"
#include "support/tls.h"

#define CALLS_MOST 8
#define LARGE (LIMIT_MESSAGE_BYTES - 1024)
#define HEAD_BYTES 12    // of a message: its length, its id

static struct tls_desk desk;
static struct rpc_tls *client_tls;
static struct rpc_client *client;
static struct tls_rude host = {.descriptor = -1};
static int listening;
static unsigned port;

// A call's end.
struct answer {
    atomic_bool there;
    struct status status;
    char body[32];
};

static struct answer answers[CALLS_MOST];

static void on_done(void *user, const struct rpc_result *result)
{
    struct answer *answer = user;
    assert_false(atomic_load(&answer->there));
    answer->status = result->status;
    size_t length = result->body.length < sizeof(answer->body) ? result->body.length : sizeof(answer->body) - 1;
    memcpy(answer->body, result->body.data ? (const char *)result->body.data : "", length);
    answer->body[length] = '\0';
    atomic_store(&answer->there, true);
}

static void send_call(size_t number, const char *method, size_t body_length, int timeout_ms)
{
    uint8_t *body = calloc(1, body_length + 1);
    CHECK(body && number < CALLS_MOST);
    memset(&answers[number], 0, sizeof(answers[number]));
    rpc_client_send(client, &(struct rpc_client_call){.method = method,
                                                      .body = {body, body_length},
                                                      .timeout_ms = timeout_ms,
                                                      .alone = true,
                                                      .done = on_done,
                                                      .user = &answers[number]});
    free(body);
}

static bool is_there(size_t number, int timeout_ms)
{
    int64_t until = clock_monotonic() + timeout_ms * CLOCK_MILLISECOND;
    while (!atomic_load(&answers[number].there) && clock_monotonic() < until)
        usleep(1000);
    return atomic_load(&answers[number].there);
}

static void expect(size_t number, const char *body)
{
    assert_true(is_there(number, 5000));
    if (!status_ok(&answers[number].status))
        fail_msg("%s", answers[number].status.message);
    assert_string_equal(answers[number].body, body);
}

static void expect_refused(size_t number, status_code code)
{
    assert_true(is_there(number, 5000));
    assert_int_equal(answers[number].status.code, code);
}

// A client of the host as it is called.
static void dial_by(struct rpc_tls *tls, const char *name, unsigned lanes)
{
    char address[64];
    struct status status = {0};
    struct rpc_client_options options;
    snprintf(address, sizeof(address), "tls+tcp://%s:%u", name, port);
    rpc_client_options_init(&options, address);
    options.tls = tls;
    options.lanes = lanes;
    options.call_limit = 1;
    if (!rpc_client_open(&client, &options, &status))
        fail_msg("%s", status.message);
}

static void dial(const char *name, unsigned lanes)
{
    dial_by(client_tls, name, lanes);
}

static void greet(void)
{
    static const uint8_t wanted[] = {0, 'S', 'P', 0, 0, 48, 0, 0};
    static const uint8_t greeting[] = {0, 'S', 'P', 0, 0, 49, 0, 0};
    uint8_t greeted[8];
    assert_true(tls_rude_read(&host, greeted, sizeof(greeted)));
    assert_memory_equal(greeted, wanted, sizeof(wanted));
    assert_true(tls_rude_send(&host, greeting, sizeof(greeting)));
}

static void let_in(void)
{
    if (!tls_rude_accept(&host, &desk, "server", listening, 5000))
        fail_msg("the client does not come");
    greet();
}

// The connection ends without a goodbye.
static void drop(void)
{
    tls_rude_close(&host);
}

// A request, as the host holds it.
struct request {
    uint8_t id[4];
    char method[32];
};

static size_t number_of(const uint8_t head[8])
{
    size_t number = 0;
    for (size_t i = 0; i < 8; i++)
        number = number << 8 | head[i];
    return number;
}

static struct request read_request(void)
{
    struct request request = {0};
    uint8_t head[HEAD_BYTES];
    assert_true(tls_rude_read(&host, head, sizeof(head)));
    size_t length = number_of(head) - 4;
    assert_in_range(length, 1, LIMIT_MESSAGE_BYTES);
    assert_true(head[8] & 0x80);
    memcpy(request.id, head + 8, sizeof(request.id));
    uint8_t *bytes = malloc(length);
    CHECK(bytes);
    assert_true(tls_rude_read(&host, bytes, length));
    Anlan__Rpc__V1__Request *unpacked = anlan__rpc__v1__request__unpack(NULL, length, bytes);
    assert_non_null(unpacked);
    assert_int_equal(unpacked->n_calls, 1);
    snprintf(request.method, sizeof(request.method), "%s", unpacked->calls[0]->method);
    anlan__rpc__v1__request__free_unpacked(unpacked, NULL);
    free(bytes);
    return request;
}

// What answers a request: its method, as the body. Answers its length.
static size_t reply_to(const struct request *request, uint8_t message[128])
{
    Anlan__Rpc__V1__Result result = ANLAN__RPC__V1__RESULT__INIT;
    Anlan__Rpc__V1__Result *results[] = {&result};
    Anlan__Rpc__V1__Reply reply = ANLAN__RPC__V1__REPLY__INIT;
    result.body = (ProtobufCBinaryData){.data = (uint8_t *)request->method, .len = strlen(request->method)};
    reply.n_results = 1;
    reply.results = results;
    memset(message, 0, 8);
    memcpy(message + 8, request->id, 4);
    size_t length = anlan__rpc__v1__reply__pack(&reply, message + HEAD_BYTES);
    message[7] = (uint8_t)(length + 4);
    return HEAD_BYTES + length;
}

static void answer(const struct request *request)
{
    uint8_t message[128];
    assert_true(tls_rude_send(&host, message, reply_to(request, message)));
}

static int come(void **state)
{
    (void)state;
    port = tls_free_port();
    listening = tls_rude_listen(port);
    return 0;
}

static int go(void **state)
{
    (void)state;
    rpc_client_close(client);
    client = NULL;
    drop();
    close(listening);
    return 0;
}

static int make_desk(void **state)
{
    (void)state;
    struct status status = {0};
    struct rpc_tls_options options;
    signal(SIGPIPE, SIG_IGN);
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);    // what is given back goes to the system
    tls_desk_open(&desk);
    tls_issue(&desk, "ca", "server", "127.0.0.1", (struct crypto_peer){0}, (struct tls_days){-1, 30});
    tls_issue(&desk, "ca", "local", "localhost", (struct crypto_peer){0}, (struct tls_days){-1, 30});
    tls_issue(&desk, "ca", "client", NULL, tls_peer(CRYPTO_PEER_CLIENT), (struct tls_days){-1, 30});
    rpc_tls_options_init(&options);
    options.files = tls_files(&desk, "client");
    options.handshake_ms = 1000;
    return rpc_tls_open(&client_tls, &options, &status) ? 0 : -1;
}

static int remove_desk(void **state)
{
    (void)state;
    rpc_tls_close(client_tls);
    tls_desk_close(&desk);
    return 0;
}

// Each call gets its own answer, whatever comes between, and only once.
static void answers_find_their_calls_in_any_order(void **state)
{
    (void)state;
    dial("127.0.0.1", 3);
    send_call(0, "first", 0, 5000);
    send_call(1, "second", 0, 5000);
    send_call(2, "third", 0, 5000);
    let_in();
    struct request requests[] = {read_request(), read_request(), read_request()};
    struct request stray = requests[0];
    stray.id[3] ^= 0x40;
    answer(&stray);
    for (size_t i = 3; i-- > 0;) {
        answer(&requests[i]);
        answer(&requests[i]);
    }
    expect(0, "first");
    expect(1, "second");
    expect(2, "third");
    send_call(3, "fourth", 0, 5000);
    struct request last = read_request();
    answer(&requests[1]);
    answer(&last);
    expect(3, "fourth");
}

static void an_answer_may_come_in_bits(void **state)
{
    (void)state;
    uint8_t message[128];
    dial("127.0.0.1", 1);
    send_call(0, "patience", 0, 5000);
    let_in();
    struct request request = read_request();
    size_t length = reply_to(&request, message);
    for (size_t i = 0; i < length; i++) {
        assert_true(tls_rude_send(&host, message + i, 1));
        usleep(2000);
    }
    expect(0, "patience");
}

// What was asked is asked again where the connection ends, on the next one and from its start.
static void what_was_on_its_way_goes_again(void **state)
{
    (void)state;
    dial("127.0.0.1", 2);
    let_in();
    send_call(0, "again", 0, 5000);
    send_call(1, "large", LARGE, 5000);
    struct request request = read_request();
    assert_string_equal(request.method, "again");
    usleep(50000);    // the other one is half written: nobody reads it
    drop();
    let_in();
    for (int i = 0; i < 2; i++) {
        request = read_request();
        answer(&request);
    }
    expect(0, "again");
    expect(1, "large");
}

// An answer that was cut in the middle is none, and one with another length than a message may have ends the
// connection before its bytes come.
static void broken_answers_end_the_connection(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint8_t head[HEAD_BYTES];
        size_t length;
    } rows[] = {{"too long", {0, 0, 0, 0, 0x7f}, 8},
                {"endless", {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 8},
                {"without an id", {[7] = 3}, 11},
                {"empty", {0}, 8}};
    dial("127.0.0.1", 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        send_call(0, rows[i].what, 0, 5000);
        let_in();
        read_request();
        assert_true(tls_rude_send(&host, rows[i].head, rows[i].length));
        if (!tls_gone(host.descriptor, 2000))
            fail_msg("who answers %s is not left", rows[i].what);
        drop();
        let_in();
        struct request request = read_request();
        uint8_t message[128];
        assert_true(tls_rude_send(&host, message, reply_to(&request, message) - 1));
        drop();
        let_in();
        request = read_request();
        answer(&request);
        expect(0, rows[i].what);
        drop();
    }
}

// A service that reads nothing keeps its callers no longer than they wait, and gathers nothing in the client.
static void who_does_not_read_keeps_nobody(void **state)
{
    (void)state;
    dial("127.0.0.1", 2);
    let_in();
    size_t before = tls_resident(0);
    for (int round = 0; round < 20; round++) {
        send_call(0, "unread", LARGE, 200);
        send_call(1, "unread", LARGE, 200);
        expect_refused(0, CODE(DEADLINE_EXCEEDED));
        expect_refused(1, CODE(DEADLINE_EXCEEDED));
    }
    assert_in_range(tls_resident(0), 0, before + TLS_RESIDENT_MORE(40 * 1024));
    drop();
    send_call(2, "heard", 0, 5000);
    let_in();
    struct request request = read_request();
    assert_string_equal(request.method, "heard");
    answer(&request);
    expect(2, "heard");
}

// A lane that was taken while another one's answer was handled is free again as soon as its own time is over.
static void an_unanswered_call_does_not_keep_its_lane(void **state)
{
    (void)state;
    dial("127.0.0.1", 1);
    let_in();
    send_call(0, "answered", 0, 5000);
    struct request request = read_request();
    send_call(1, "unanswered", 0, 300);
    answer(&request);
    expect(0, "answered");
    request = read_request();
    assert_string_equal(request.method, "unanswered");
    expect_refused(1, CODE(DEADLINE_EXCEEDED));
    send_call(2, "next", 0, 2000);
    request = read_request();
    assert_string_equal(request.method, "next");
    answer(&request);
    expect(2, "next");
}

// What a large answer needed is given back, even where another call waits for long.
static void room_for_a_large_answer_is_given_back(void **state)
{
    (void)state;
    static uint8_t message[HEAD_BYTES + LARGE];
    memset(message, 0x55, sizeof(message));    // it is there before memory is measured
    memcpy(message, (const uint8_t[]){0, 0, 0, 0, 0, LARGE >> 16, LARGE >> 8 & 0xff, LARGE & 0xff}, 8);
    dial("127.0.0.1", 2);
    let_in();
    send_call(0, "waits", 0, 30000);
    struct request waits = read_request();
    size_t before = tls_resident(0);
    send_call(1, "large", 0, 5000);
    struct request request = read_request();
    memcpy(message + 8, request.id, 4);
    assert_true(tls_rude_send(&host, message, 8 + LARGE));
    int64_t until = clock_monotonic() + 5 * CLOCK_SECOND;
    while (tls_resident(0) < before + 3 * 1024 && clock_monotonic() < until)
        usleep(10000);
#ifndef __SANITIZE_ADDRESS__    // whose quarantine may give back more meanwhile
    assert_in_range(tls_resident(0), before + 3 * 1024, SIZE_MAX);
#endif
    while (tls_resident(0) > before + TLS_RESIDENT_MORE(2 * 1024) && clock_monotonic() < until)
        usleep(10000);
    assert_in_range(tls_resident(0), 0, before + TLS_RESIDENT_MORE(2 * 1024));
    answer(&waits);
    expect(0, "waits");
}

// Who lets in and cuts at once is asked ever less often.
static void who_cuts_is_not_asked_all_the_time(void **state)
{
    (void)state;
    int come_again = 0;
    dial("127.0.0.1", 1);
    for (int64_t until = clock_monotonic() + 2 * CLOCK_SECOND; clock_monotonic() < until; come_again++) {
        if (!tls_rude_accept(&host, &desk, "server", listening, 2000))
            break;
        greet();
        drop();
    }
    assert_in_range(come_again, 3, 15);
}

// Neither TLS nor a greeting may keep a client that is to end.
static void a_client_ends_while_its_service_says_nothing(void **state)
{
    (void)state;
    static const uint8_t wrong[] = {0, 'S', 'P', 0, 0, 17, 0, 0};
    char refusal[192];
    for (int step = 0; step < 3; step++) {
        dial("127.0.0.1", 1);
        send_call(0, "nobody", 0, 5000);
        int silent = step == 0 && tls_readable(listening, 5000) ? accept(listening, NULL, NULL) : -1;
        if (step > 0)
            assert_true(tls_rude_accept(&host, &desk, "server", listening, 5000));
        if (step > 1) {
            greet();
            read_request();
        }
        int64_t began = clock_monotonic();
        rpc_client_close(client);
        client = NULL;
        assert_in_range(clock_monotonic() - began, 0, CLOCK_SECOND / 2);
        expect_refused(0, CODE(CANCELLED));
        drop();
        if (silent >= 0)
            close(silent);
    }
    // One that never greets, or as something else, is not the service.
    dial("127.0.0.1", 1);
    send_call(0, "late", 0, 4000);
    assert_true(tls_rude_accept(&host, &desk, "server", listening, 5000));
    assert_true(tls_gone(host.descriptor, 3000));
    drop();
    assert_true(tls_rude_accept(&host, &desk, "server", listening, 5000));
    assert_true(tls_rude_send(&host, wrong, sizeof(wrong)));
    assert_true(tls_gone(host.descriptor, 3000));
    rpc_tls_last_refusal(client_tls, refusal);
    assert_string_equal(refusal, "malformed: not a greeting of nng's REP");
    drop();
    expect_refused(0, CODE(UNAVAILABLE));
}

// The system's own search for a host, which may take as long as the test wants.
static atomic_bool search_held;
static atomic_int searches_begun;
static atomic_int searches_ended;

static bool reaches(atomic_int *count, int wanted)
{
    for (int try = 0; try < 500 && atomic_load(count) < wanted; try++)
        usleep(10000);
    return atomic_load(count) == wanted;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    atomic_fetch_add(&searches_begun, 1);
    while (atomic_load(&search_held))
        usleep(1000);
    int result = real(name, service, hints, found);
    atomic_fetch_add(&searches_ended, 1);
    return result;
}

// The search goes on without the client, and cleans up behind itself.
static void a_client_ends_while_its_host_is_searched_for(void **state)
{
    (void)state;
    atomic_store(&searches_begun, 0);
    atomic_store(&searches_ended, 0);
    atomic_store(&search_held, true);
    dial("127.0.0.1", 1);
    send_call(0, "nobody", 0, 5000);
    bool begun = reaches(&searches_begun, 1);
    int64_t began = clock_monotonic();
    rpc_client_close(client);
    client = NULL;
    int64_t took = clock_monotonic() - began;
    atomic_store(&search_held, false);
    assert_true(begun);
    assert_in_range(took, 0, CLOCK_SECOND / 2);
    expect_refused(0, CODE(CANCELLED));
    assert_true(reaches(&searches_ended, 1));
    usleep(100000);    // what is left behind would be found by the address sanitizer
}

// Where the name has an IPv6 address too, nobody listens there: the next one is tried.
static void a_host_may_have_a_name(void **state)
{
    (void)state;
    dial("localhost", 1);
    send_call(0, "by name", 0, 5000);
    if (!tls_rude_accept(&host, &desk, "local", listening, 5000))
        fail_msg("the client does not come");
    greet();
    struct request request = read_request();
    answer(&request);
    expect(0, "by name");
}

// nng's own service over TLS (nngcat; mbed TLS, 1.2), which answers all it is asked with one answer.
static pid_t start_nngcat(void)
{
    char listen_at[64];
    uint8_t message[128];
    const struct request any = {.method = "of nng"};
    char pem[128];
    char reply[128];
    char ca[128];
    snprintf(listen_at, sizeof(listen_at), "--listen=tls+tcp://127.0.0.1:%u", port);
    snprintf(pem, sizeof(pem), "--cert=%s", tls_path(&desk, "nngcat", "pem"));
    snprintf(reply, sizeof(reply), "--file=%s", tls_path(&desk, "nngcat", "reply"));
    snprintf(ca, sizeof(ca), "--cacert=%s", tls_path(&desk, "ca", "crt"));
    FILE *file = fopen(reply + strlen("--file="), "w");
    size_t length = reply_to(&any, message) - HEAD_BYTES;
    assert_true(file && fwrite(message + HEAD_BYTES, 1, length, file) == length && fclose(file) == 0);
    char command[512];
    snprintf(command, sizeof(command), "cat %s %s >%s", tls_path(&desk, "server", "crt"),
             tls_path(&desk, "server", "key"), pem + strlen("--cert="));
    assert_int_equal(system(command), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (freopen("/dev/null", "w", stdout))
            execlp("nngcat", "nngcat", "--rep", listen_at, pem, ca, reply, "--raw", (char *)NULL);
        _exit(127);
    }
    return pid;
}

static void nngs_own_service_is_understood(void **state)
{
    (void)state;
    struct status status = {0};
    struct rpc_tls_options options;
    struct rpc_tls *tls = NULL;
    rpc_tls_options_init(&options);
    options.files = tls_files(&desk, "client");
    options.files.allow_1_2 = true;
    assert_true(rpc_tls_open(&tls, &options, &status));
    close(listening);
    pid_t nngcat = start_nngcat();
    dial_by(tls, "127.0.0.1", 1);
    for (size_t i = 0; i < 3; i++) {
        send_call(i, "anything", i * 100 * 1024, 5000);
        expect(i, "of nng");
    }
    rpc_client_close(client);
    client = NULL;
    rpc_tls_close(tls);
    kill(nngcat, SIGTERM);
    waitpid(nngcat, NULL, 0);
    listening = tls_rude_listen(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_find_their_calls_in_any_order, come, go),
        cmocka_unit_test_setup_teardown(an_answer_may_come_in_bits, come, go),
        cmocka_unit_test_setup_teardown(what_was_on_its_way_goes_again, come, go),
        cmocka_unit_test_setup_teardown(broken_answers_end_the_connection, come, go),
        cmocka_unit_test_setup_teardown(who_does_not_read_keeps_nobody, come, go),
        cmocka_unit_test_setup_teardown(an_unanswered_call_does_not_keep_its_lane, come, go),
        cmocka_unit_test_setup_teardown(room_for_a_large_answer_is_given_back, come, go),
        cmocka_unit_test_setup_teardown(who_cuts_is_not_asked_all_the_time, come, go),
        cmocka_unit_test_setup_teardown(a_client_ends_while_its_service_says_nothing, come, go),
        cmocka_unit_test_setup_teardown(a_client_ends_while_its_host_is_searched_for, come, go),
        cmocka_unit_test_setup_teardown(a_host_may_have_a_name, come, go),
        cmocka_unit_test_setup_teardown(nngs_own_service_is_understood, come, go),
    };
    return cmocka_run_group_tests(tests, make_desk, remove_desk);
}
