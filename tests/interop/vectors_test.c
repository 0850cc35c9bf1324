// SPDX-License-Identifier: Apache-2.0
// The bytes of the wire protocol are those of vectors.txt: what the product packs, what protoc packs, what a running
// service takes and answers on a socket, and what the Python package makes of a page.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "anlan/rpc/v1/envelope.pb-c.h"
#include "anlan/rpc/v1/feed.pb-c.h"
#include "base/check.h"
#include "base/text.h"
#include "support/instance.h"

#define LINE_MOST 4096

static struct instance *county;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

// The rest of the line that begins with a name.
static char *vector(const char *name)
{
    char path[512];
    char line[LINE_MOST];
    char *found = NULL;
    snprintf(path, sizeof(path), "%s/tests/interop/vectors.txt", getenv("ANLAN_SOURCE"));
    FILE *file = fopen(path, "r");
    CHECK(file);
    while (!found && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        size_t length = strlen(name);
        if (strncmp(line, name, length) == 0 && line[length] == ' ')
            found = arena_text(&county->arena, line + length + 1, strlen(line) - length - 1);
    }
    fclose(file);
    if (!found)
        fail_msg("no vector %s", name);
    return found;
}

static struct bytes bytes_of(const char *name)
{
    const char *digits = vector(name);
    size_t length = strlen(digits) / 2;
    uint8_t *data = arena_alloc(&county->arena, length);
    CHECK(data);
    for (size_t i = 0; i < length; i++) {
        const char pair[3] = {digits[2 * i], digits[2 * i + 1], '\0'};
        data[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return (struct bytes){data, length};
}

static void expect_bytes(const char *name, const void *data, size_t length)
{
    struct bytes wanted = bytes_of(name);
    if (length == wanted.length && memcmp(data, wanted.data, length) == 0)
        return;
    char digits[LINE_MOST] = "";
    for (size_t i = 0; i < length && 2 * i + 2 < sizeof(digits); i++)
        snprintf(digits + 2 * i, 3, "%02x", ((const uint8_t *)data)[i]);
    fail_msg("%s is %s", name, digits);
}

static void expect_message(const char *name, const ProtobufCMessage *message)
{
    uint8_t packed[LINE_MOST];
    CHECK(protobuf_c_message_get_packed_size(message) <= sizeof(packed));
    expect_bytes(name, packed, protobuf_c_message_pack(message, packed));
}

static void the_product_packs_a_request(void **state)
{
    (void)state;
    uint8_t body[128];
    Anlan__Rpc__V1__PullStreamRequest inner = ANLAN__RPC__V1__PULL_STREAM_REQUEST__INIT;
    inner.page_size = 100;
    inner.sector = (char *)"public_places";
    Anlan__Rpc__V1__Call call = ANLAN__RPC__V1__CALL__INIT;
    Anlan__Rpc__V1__Call *calls[] = {&call};
    call.method = (char *)"anlan.rpc.v1.FeedService/PullStream";
    call.body = (ProtobufCBinaryData){.data = body, .len = anlan__rpc__v1__pull_stream_request__pack(&inner, body)};
    call.timeout_ms = 5000;
    Anlan__Rpc__V1__Request request = ANLAN__RPC__V1__REQUEST__INIT;
    request.calls = calls;
    request.n_calls = 1;
    expect_message("request", &request.base);
}

static void the_product_packs_a_page(void **state)
{
    (void)state;
    Anlan__Rpc__V1__StreamItem begins = ANLAN__RPC__V1__STREAM_ITEM__INIT;
    Anlan__Rpc__V1__StreamItem record = ANLAN__RPC__V1__STREAM_ITEM__INIT;
    begins.kind = ANLAN__RPC__V1__STREAM_ITEM_KIND__STREAM_ITEM_KIND_SNAPSHOT;
    record.kind = ANLAN__RPC__V1__STREAM_ITEM_KIND__STREAM_ITEM_KIND_WITHDRAWN;
    record.tenant_id = (char *)"0197c3a0-0000-7000-8000-000000000001";
    record.record_id = (char *)"0197c3a0-0000-7000-8000-000000000002";
    expect_message("item_1", &begins.base);
    expect_message("item_2", &record.base);
    struct bytes items[] = {bytes_of("item_1"), bytes_of("item_2")};
    ProtobufCBinaryData packed[2];
    uint8_t digest[CRYPTO_DIGEST_SIZE] = {0};
    expect_bytes("digest_0", digest, sizeof(digest));
    for (int i = 0; i < 2; i++) {
        crypto_sha256((const struct bytes[]){{digest, sizeof(digest)}, items[i]}, 2, digest);
        expect_bytes(i ? "digest_2" : "digest_1", digest, sizeof(digest));
        packed[i] = (ProtobufCBinaryData){.data = (uint8_t *)items[i].data, .len = items[i].length};
    }
    Anlan__Rpc__V1__PullStreamResponse page = ANLAN__RPC__V1__PULL_STREAM_RESPONSE__INIT;
    page.items = packed;
    page.n_items = 2;
    page.cursor = (char *)"AAAA";
    page.digest = (ProtobufCBinaryData){.data = digest, .len = sizeof(digest)};
    page.algorithm = ANLAN__RPC__V1__HASH_ALGORITHM__HASH_ALGORITHM_SHA256;
    page.caught_up = true;
    page.projection = (char *)"full";
    expect_message("page", &page.base);
}

static void protoc_packs_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *bytes;
        const char *type;
    } messages[] = {{"request_text", "request", "Request"}, {"answer_text", "answer", "Reply"}};
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        char output[LINE_MOST];
        char path[128];
        snprintf(path, sizeof(path), "%s/vector.txt", county->dir);
        FILE *file = fopen(path, "w");
        CHECK(file);
        fputs(vector(messages[i].text), file);
        fclose(file);
        int code =
            instance_run(county, output, sizeof(output),
                         "protoc -I $ANLAN_SOURCE/proto --encode=anlan.rpc.v1.%s anlan/rpc/v1/envelope.proto < %s "
                         "| od -An -v -tx1 | tr -d ' \\n'",
                         messages[i].type, path);
        assert_int_equal(code, 0);
        assert_string_equal(output, vector(messages[i].bytes));
    }
}

static size_t read_all(int descriptor, uint8_t *data, size_t most, size_t wanted)
{
    size_t have = 0;
    CHECK(wanted <= most);
    while (have < wanted) {
        ssize_t got = recv(descriptor, data + have, wanted - have, 0);
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    return have;
}

static void a_service_takes_these_bytes_and_answers_with_those(void **state)
{
    (void)state;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = 5};
    uint8_t data[LINE_MOST];
    struct bytes hello = bytes_of("hello_request");
    struct bytes frame = bytes_of("frame");
    struct bytes answer = bytes_of("answer");
    snprintf(name.sun_path, sizeof(name.sun_path), "%s/hazards-0.feed", county->dir);
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(descriptor >= 0 && connect(descriptor, (struct sockaddr *)&name, sizeof(name)) == 0);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    CHECK(send(descriptor, hello.data, hello.length, 0) == (ssize_t)hello.length);
    expect_bytes("hello_reply", data, read_all(descriptor, data, sizeof(data), 8));
    CHECK(send(descriptor, "\1", 1, 0) == 1);
    CHECK(send(descriptor, frame.data, frame.length, 0) == (ssize_t)frame.length);
    assert_int_equal(read_all(descriptor, data, sizeof(data), 13), 13);
    const uint8_t head[] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 1};
    size_t length = data[8];
    data[8] = 0;
    assert_memory_equal(data, head, sizeof(head));
    assert_true(length > 4);
    expect_bytes("answer", data, read_all(descriptor, data, sizeof(data), length - 4));
    assert_int_equal(length, 4 + answer.length);
    close(descriptor);
}

static void python_reads_the_page(void **state)
{
    (void)state;
    char output[LINE_MOST];
    int code =
        instance_run(county, output, sizeof(output),
                     "PYTHONPATH=$ANLAN_BIN/../python /usr/bin/python3 -B -c '\n"
                     "import anlan, anlan.stream, anlan.wire\n"
                     "page = anlan.message(\"anlan.rpc.v1.PullStreamResponse\").FromString(bytes.fromhex(\"%s\"))\n"
                     "print(anlan.wire.HELLO.hex(), anlan.stream.check(page, \"\", anlan.stream.NOTHING).hex(),\n"
                     "      anlan.stream.item_of(page.items[1]).kind)' 2>&1",
                     vector("page"));
    if (code != 0)
        fail_msg("%s", output);
    assert_string_equal(output,
                        arena_printf(&county->arena, "%s %s WITHDRAWN\n", vector("hello_request"), vector("digest_2")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_product_packs_a_request),
        cmocka_unit_test(the_product_packs_a_page),
        cmocka_unit_test(protoc_packs_the_same),
        cmocka_unit_test(a_service_takes_these_bytes_and_answers_with_those),
        cmocka_unit_test(python_reads_the_page),
    };
    return cmocka_run_group_tests(tests, up, down);
}
