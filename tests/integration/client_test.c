// SPDX-License-Identifier: Apache-2.0
// The client library: calls, their refusals, and what a stream's handle does with what is no good.
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "client/anlan.h"
#include "support/instance.h"

static struct instance *county;
static char token[4096];

static int up(void **state)
{
    (void)state;
    struct status status = {0};
    county = instance_start(1);
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    text_base64url(officer.credential.data, officer.credential.length, token);
    return create_hazard(county, officer, TOWNSHIP_100, "护栏缺失", NULL, &status) ? 0 : -1;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static anlan *open_client(const char *name)
{
    char error[256];
    anlan *client = anlan_open(arena_printf(&county->arena, "ipc://%s/%s", county->dir, name), NULL, NULL, NULL, error,
                               sizeof(error));
    if (!client)
        fail_msg("%s", error);
    assert_int_equal(anlan_token(client, token), 0);
    return client;
}

static void a_call_and_its_answer(void **state)
{
    (void)state;
    anlan *client = open_client("hazards-0");
    Anlan__Hazards__V1__ListHazardsRequest request = ANLAN__HAZARDS__V1__LIST_HAZARDS_REQUEST__INIT;
    uint8_t packed[128];
    const void *reply = NULL;
    size_t length = 0;
    request.page_size = 10;
    size_t size = anlan__hazards__v1__list_hazards_request__pack(&request, packed);
    assert_int_equal(
        anlan_call(client, "anlan.hazards.v1.HazardsService/ListHazards", packed, size, 20000, &reply, &length), 0);
    assert_string_equal(anlan_reason(client), "");
    const Anlan__Hazards__V1__ListHazardsResponse *page =
        anlan__hazards__v1__list_hazards_response__unpack(&county->arena.protobuf, length, reply);
    assert_non_null(page);
    assert_int_equal(page->n_hazards, 1);
    assert_string_equal(page->hazards[0]->description, "护栏缺失");
    anlan_close(client);
}

static void refusals_have_codes_and_reasons(void **state)
{
    (void)state;
    anlan *client = open_client("hazards-0");
    const void *reply = NULL;
    size_t length = 0;
    assert_int_equal(anlan_call(client, "anlan.hazards.v1.HazardsService/Nothing", "", 0, 20000, &reply, &length), 12);
    assert_string_equal(anlan_reason(client), "METHOD_UNKNOWN");
    assert_true(*anlan_error(client) != '\0');
    assert_null(reply);
    assert_int_equal(anlan_call(client, "anlan.hazards.v1.HazardsService/GetHazard", "", 0, 20000, &reply, &length), 3);
    assert_string_equal(anlan_reason(client), "FIELD_INVALID");
    assert_int_equal(anlan_call(client, "anlan.hazards.v1.HazardsService/GetHazard", "", 0, 0, &reply, &length), 3);
    assert_int_equal(anlan_token(client, "no token!"), 3);
    assert_int_equal(anlan_call(client, "anlan.hazards.v1.HazardsService/ListHazards", "", 0, 20000, &reply, &length),
                     16);
    assert_string_equal(anlan_reason(client), "TOKEN_MISSING");
    anlan_close(client);
    client = open_client("nobody");
    assert_int_equal(anlan_call(client, "anlan.hazards.v1.HazardsService/ListHazards", "", 0, 300, &reply, &length),
                     14);
    anlan_close(client);
    char error[256] = "";
    assert_null(anlan_open("tcp://127.0.0.1:1", NULL, NULL, NULL, error, sizeof(error)));
    assert_true(*error != '\0');
    assert_null(anlan_open("tls+tcp://localhost:1", "/nowhere/ca.crt", NULL, NULL, error, sizeof(error)));
    assert_non_null(strstr(error, "/nowhere/ca.crt"));
    anlan_close(NULL);
}

// Takes the items that are there; answers how many, and the last bookmark.
static int take(anlan_stream *stream, char bookmark[512])
{
    anlan_item item;
    int count = 0;
    while (anlan_stream_next(stream, 0, &item) == 0 && item.kind != 0) {
        count++;
        if (item.bookmark)
            memcpy(bookmark, item.bookmark, strlen(item.bookmark) + 1);
    }
    return count;
}

static void a_stream_and_its_bookmark(void **state)
{
    (void)state;
    char bookmark[512] = "";
    struct status status = {0};
    anlan *client = open_client("hazards-0.feed");
    anlan_stream *stream = anlan_stream_open(client, NULL, "full", county->ids[COUNTY_150424], "", NULL);
    assert_non_null(stream);
    assert_int_equal(anlan_stream_held(stream), -1);
    assert_int_equal(take(stream, bookmark), 3);    // SNAPSHOT, RECORD, SETTLED
    assert_int_equal(anlan_stream_held(stream), 1);
    anlan_stream_close(stream);
    struct person officer = as(county, "county_officer", COUNTY_150424, "王建国");
    assert_non_null(create_hazard(county, officer, TOWNSHIP_100, "又一处", NULL, &status));
    stream = anlan_stream_open(client, NULL, NULL, NULL, NULL, bookmark);
    assert_int_equal(take(stream, bookmark), 1);
    assert_int_equal(anlan_stream_held(stream), 2);
    anlan_stream_close(stream);
    anlan_stream_close(NULL);
    // What is no bookmark, or one whose digest is another.
    static const char *const bad[] = {"x", ".", "AAAA.12", "AAAA.zz"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_null(anlan_stream_open(client, NULL, NULL, NULL, NULL, bad[i]));
        assert_string_equal(anlan_reason(client), "CURSOR_INVALID");
    }
    assert_non_null(create_hazard(county, officer, TOWNSHIP_100, "第三处", NULL, &status));
    char *last = &bookmark[strlen(bookmark) - 1];
    *last = *last == '0' ? '1' : '0';
    anlan_item item;
    stream = anlan_stream_open(client, NULL, NULL, NULL, NULL, bookmark);
    assert_int_equal(anlan_stream_next(stream, 0, &item), 15);
    assert_string_equal(anlan_reason(client), "DATA_CORRUPT");
    assert_int_equal(item.kind, 0);
    anlan_stream_close(stream);
    anlan_close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_and_its_answer),
        cmocka_unit_test(refusals_have_codes_and_reasons),
        cmocka_unit_test(a_stream_and_its_bookmark),
    };
    return cmocka_run_group_tests(tests, up, down);
}
