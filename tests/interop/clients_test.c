// SPDX-License-Identifier: Apache-2.0
// Three clients that share no code of a client's pull what one agency may read: the installed C library (shared and
// static, found by pkg-config), the Python package, and nngcat with protoc. All end with the same records.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/copy.h"
#include "support/tls.h"

static struct instance *region;
static struct actor client;
static struct person brigade;
static char token[8192];
static char address[2][128];    // on this host; by TLS
static long process;            // the one that serves TLS
static char expected[65536];

static void run(const char *what, char *output, size_t size, const char *command)
{
    if (instance_run(region, output, size, "%s", command) != 0)
        fail_msg("%s: %s", what, output);
}

static void found(const char *unit_id)
{
    for (int i = 0; i < 12; i++)
        ask_well(
            region, as(region, "county_officer", COUNTY_150424, "王建国"), "CreateHazard",
            "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': '%s', 'description': '第%d处，\\\"通道\\\"堵塞'}",
            unit_id, i % 3 ? "public_places" : "fireworks", i);
}

static void grant(void)
{
    char ends_at[CLOCK_TEXT_SIZE];
    struct actor officer = actor_new(region, "city_officer", region->ids[CITY_1504], "市应急局", NULL);
    struct actor clerk = actor_new(region, "city_officer", region->ids[CITY_1504], "市消防支队", NULL);
    clock_format(clock_now() + CLOCK_DAY, ends_at);
    const char *made =
        ask_well(region, acting(region, clerk, NULL), "RequestGrant",
                 "{'ground': 'GRANT_GROUND_AGENCY_DATA', 'grantorPostId': '%s', 'granteeClientId': '%s', "
                 "'unitId': '%s', 'sectors': ['public_places'], 'permissions': ['hazards.read'], 'endsAt': '%s', "
                 "'reason': '消防数据共享', 'document': '赤消〔2026〕3 号'}",
                 officer.post_id, client.person_id, region->ids[CITY_1504], ends_at);
    const char *id = reply_at(region, made, "grant.id");
    ask_well(region, acting(region, officer, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", id);
    brigade = acting(region, client, id, NULL);
    text_base64url(brigade.credential.data, brigade.credential.length, token);
}

// A process of hazards for clients from outside.
static void serve_tls(void)
{
    char output[4096];
    char command[4096];
    unsigned port = tls_free_port();
    snprintf(address[0], sizeof(address[0]), "ipc://%s/outside.feed", region->dir);
    snprintf(address[1], sizeof(address[1]), "tls+tcp://localhost:%u", port);
    snprintf(command, sizeof(command),
             "cd %s && anlan pki init pki >/dev/null && anlan pki server pki server --host localhost >/dev/null && "
             "anlan pki client pki brigade --client %s >/dev/null && { anlan-hazards serve --database='%s' --keys=keys "
             "--listen=ipc://%s/outside --feed=%s,%s --health=ipc://%s/outside.health "
             "--directory=ipc://%s/organisations-0.feed --tls-ca=pki/ca.crt --tls-crl=pki/ca.crl "
             "--tls-certificate=pki/server.crt --tls-key=pki/server.key >/dev/null 2>outside.log & echo $!; } && "
             "for i in $(seq 100); do anlan --timeout 500 health ipc://%s/outside.health >/dev/null 2>&1 && break; "
             "sleep 0.05; done",
             region->dir, client.person_id, instance_conninfo(region, "hazards", false), region->dir, address[0],
             address[1], region->dir, region->dir, region->dir);
    run("serve", output, sizeof(output), command);
    process = strtol(output, NULL, 10);
    CHECK(process > 1);
}

// What the product's own copy has, as "id,version" in order.
static void expect(void)
{
    struct copy copy;
    struct status status = {0};
    char path[128];
    char command[256];
    copy_open(&copy, region, 0, brigade);
    assert_true(copy_follow(&copy, &status));
    copy_check(&copy, "the product's");
    assert_int_equal(HASH_COUNT(copy.records), 16);
    snprintf(path, sizeof(path), "%s/expected", region->dir);
    FILE *file = fopen(path, "w");
    CHECK(file);
    for (const struct copy_record *record = copy.records; record; record = record->hh.next)
        fprintf(file, "%s,%lld\n", record->id, (long long)record->version);
    fclose(file);
    copy_close(&copy);
    snprintf(command, sizeof(command), "sort %s", path);
    run("sort", expected, sizeof(expected), command);
}

static int up(void **state)
{
    (void)state;
    char output[4096];
    region = instance_start(1);
    client = actor_client(region, "消防数据平台");
    grant();
    found(region->ids[TOWNSHIP_100]);
    found(region->ids[TOWNSHIP_101]);
    serve_tls();
    expect();
    char command[1024];
    snprintf(command, sizeof(command),
             "cmake --install $ANLAN_BIN/.. --prefix %s/prefix --component client 2>&1 && "
             "cp -r $ANLAN_BIN/../python %s/python",
             region->dir, region->dir);
    run("install", output, sizeof(output), command);
    return 0;
}

static int down(void **state)
{
    (void)state;
    kill((pid_t)process, SIGTERM);
    instance_stop(region);
    return 0;
}

static void expect_same(const char *who, const char *command)
{
    static char output[65536];
    run(who, output, sizeof(output), command);
    if (strcmp(output, expected) != 0)
        fail_msg("%s has\n%s, not\n%s", who, output, expected);
}

// Compiles the example against what is installed, and follows by it.
static void follow_in_c(const char *how, const char *libraries, const char *where)
{
    char command[16384];
    snprintf(command, sizeof(command),
             "cd %s && export PKG_CONFIG_PATH=$(dirname $(find $PWD/prefix -name anlan.pc)) && "
             "cc -std=c11 -Wall -Wextra -Werror -o follow-%s $ANLAN_SOURCE/deploy/clients/c/follow.c "
             "$(pkg-config --cflags anlan) %s && export LD_LIBRARY_PATH=$(pkg-config --variable=libdir anlan) "
             "ANLAN_TLS_CA=%s ANLAN_TLS_CERTIFICATE=pki/brigade.crt ANLAN_TLS_KEY=pki/brigade.key && "
             "./follow-%s %s %s > follow.csv && awk -F, '$1 == 2 || $1 == 3 {print $2 \",\" $3}' follow.csv | sort",
             region->dir, how, libraries, strncmp(where, "tls", 3) == 0 ? "pki/ca.crt" : "", how, where, token);
    expect_same(how, command);
}

static void the_shared_library_over_tls(void **state)
{
    (void)state;
    follow_in_c("shared", "$(pkg-config --libs anlan)", address[1]);
    char output[4096];
    char command[1024];
    // It goes on from the bookmark, and shows no name but its own.
    snprintf(command, sizeof(command),
             "cd %s && export LD_LIBRARY_PATH=$(dirname $(find prefix -name libanlan.so)) && "
             "./follow-shared %s %s $(tail -n 1 follow.csv | cut -d, -f4) && nm -D --defined-only "
             "$LD_LIBRARY_PATH/libanlan.so | grep -v ' anlan_[a-z_]*@@ANLAN_1$' | grep -v ' A ANLAN_1$' || true",
             region->dir, address[0], token);
    run("from the bookmark", output, sizeof(output), command);
    assert_string_equal(output, "");
    snprintf(command, sizeof(command),
             "objdump -p %s/prefix/lib*/libanlan.so %s/prefix/lib*/*/libanlan.so 2>/dev/null | "
             "grep -c 'SONAME *libanlan.so.1$'",
             region->dir, region->dir);
    run("soname", output, sizeof(output), command);
    assert_int_equal(strtol(output, NULL, 10), 1);
}

static void the_static_library(void **state)
{
    (void)state;
    follow_in_c("static", "$(pkg-config --static --libs anlan | sed 's/-lanlan/-l:libanlan.a/')", address[0]);
}

static void a_refusal_and_a_bad_bookmark_in_c(void **state)
{
    (void)state;
    char output[4096];
    char command[16384];
    snprintf(command, sizeof(command),
             "cd %s && export LD_LIBRARY_PATH=$(dirname $(find prefix -name libanlan.so)); ./follow-shared %s "
             "AAAA 2>&1; echo $?; ./follow-shared %s %s nonsense; echo $?; ./follow-shared nowhere://x %s; echo $?",
             region->dir, address[0], address[0], token, token);
    run("refusals", output, sizeof(output), command);
    if (!strstr(output, "TOKEN_INVALID") || !strstr(output, "\n16\n"))
        fail_msg("%s", output);
}

static void python_over_tls(void **state)
{
    (void)state;
    char command[16384];
    snprintf(command, sizeof(command),
             "cd %s && PYTHONPATH=python /usr/bin/python3 -B python/examples/follow_csv.py %s %s out.csv pki/ca.crt "
             "pki/brigade.crt pki/brigade.key && tail -n +2 out.csv | cut -d, -f1,2 | sort",
             region->dir, address[1], token);
    expect_same("python", command);
}

static void python_resumes_and_finds_a_loss(void **state)
{
    (void)state;
    char output[4096];
    char command[16384];
    snprintf(command, sizeof(command),
             "cd %s && PYTHONPATH=python /usr/bin/python3 -B $ANLAN_SOURCE/tests/interop/python_client.py %s %s 2>&1",
             region->dir, address[0], token);
    run("python", output, sizeof(output), command);
    if (!strstr(output, "all well"))
        fail_msg("%s", output);
}

static void nngcat_and_protoc(void **state)
{
    (void)state;
    char command[16384];
    snprintf(command, sizeof(command), "$ANLAN_SOURCE/tests/interop/stream_nngcat.sh $ANLAN_SOURCE %s %s", address[0],
             token);
    expect_same("nngcat", command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shared_library_over_tls),       cmocka_unit_test(the_static_library),
        cmocka_unit_test(a_refusal_and_a_bad_bookmark_in_c), cmocka_unit_test(python_over_tls),
        cmocka_unit_test(python_resumes_and_finds_a_loss),   cmocka_unit_test(nngcat_and_protoc),
    };
    return cmocka_run_group_tests(tests, up, down);
}
