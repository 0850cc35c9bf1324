// SPDX-License-Identifier: Apache-2.0
// `anlan doctor` finds each fault that is planted, and none where there is none.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "rpc/health.h"
#include "service/values.h"
#include "support/answers.h"
#include "support/instance.h"
#include "support/tls.h"

static int up(void **state)
{
    *state = instance_start(1);
    return 0;
}

static int down(void **state)
{
    instance_stop(*state);
    return 0;
}

static char printed[65536];

// Runs it on the whole instance with further arguments; answers its exit status.
static int doctor(struct instance *instance, const char *more)
{
    return instance_run(
        instance, printed, sizeof(printed),
        "anlan --organisations ipc://%s/organisations-0 --hazards ipc://%s/hazards-0 doctor --keys %s/keys "
        "--health ipc://%s/hazards-0.health --timeout 2000 %s 2>&1",
        instance->dir, instance->dir, instance->dir, instance->dir, more);
}

// Runs it for one address.
static int doctor_at(struct instance *instance, const char *more)
{
    return instance_run(instance, printed, sizeof(printed), "anlan --timeout 2000 doctor %s 2>&1", more);
}

// A line that begins with a level and a check, and holds a text.
static void expect_finding(const char *level, const char *check, const char *text)
{
    char start[64];
    snprintf(start, sizeof(start), "%-7s  %-12s", level, check);
    for (const char *at = strstr(printed, start); at; at = strstr(at + 1, start)) {
        char line[1024];
        snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
        if (strstr(line, text))
            return;
    }
    fail_msg("no %s %s with '%s' in:\n%s", level, check, text, printed);
}

static void a_healthy_instance_has_nothing(void **state)
{
    struct instance *instance = *state;
    if (doctor(instance, "--strict") != 0)
        fail_msg("%s", printed);
    expect_finding("good", "address", "organisations-0: answers within");
    expect_finding("good", "health", "hazards serves");
    expect_finding("good", "clock", "differs from ours by ");
    expect_finding("good", "version", "as this program");
    expect_finding("good", "schema", ", complete");
    expect_finding("good", "mirror", "hazards-0: position ");
    expect_finding("good", "keys", "service-1: signs");
    expect_finding("good", "secrets", "token-1.key: mode 0600");
    assert_non_null(strstr(printed, " 0 warnings, 0 faults\n"));
    assert_int_equal(doctor(instance, "--lang zh"), 0);
    assert_non_null(strstr(printed, "hazards 正常服务"));
    assert_non_null(strstr(printed, "注意 0 项，故障 0 项"));
}

static void json_says_the_same(void **state)
{
    struct instance *instance = *state;
    assert_int_equal(doctor(instance, "--json --health ipc:///nowhere"), 1);
    json_error_t error;
    json_t *list = json_loads(printed, 0, &error);
    assert_true(json_is_array(list) && json_array_size(list) > 10);
    size_t at = 0;
    size_t faults = 0;
    json_t *finding = NULL;
    json_array_foreach(list, at, finding)
    {
        const char *level = json_string_value(json_object_get(finding, "level"));
        bool fault = strcmp(level, "fault") == 0;
        faults += fault;
        assert_int_equal(fault, strcmp(json_string_value(json_object_get(finding, "subject")), "ipc:///nowhere") == 0);
        assert_int_equal(json_is_string(json_object_get(finding, "todo")), fault);
    }
    assert_int_equal(faults, 1);
    json_decref(list);
}

static void what_does_not_answer_is_a_fault(void **state)
{
    struct instance *instance = *state;
    instance_end_hazards(instance, 0, true);
    assert_int_equal(doctor(instance, ""), 1);
    expect_finding("FAULT", "address", "hazards-0: does not answer");
    expect_finding("good", "health", "organisations serves");
    instance_start_hazards(instance, 0);
    // Found out although nobody calls.
    instance_kill_database(instance);
    int status = 0;
    for (int try = 0; try < 30 && status == 0; try++) {
        usleep(200000);
        status = doctor(instance, "");
    }
    assert_int_equal(status, 1);
    expect_finding("FAULT", "health", "has no database");
    instance_restart_database(instance);
    for (int try = 0; try < 30 && status != 0; try++) {
        usleep(200000);
        status = doctor(instance, "");
    }
    assert_int_equal(status, 0);
}

static void another_service_than_thought_is_a_fault(void **state)
{
    struct instance *instance = *state;
    char more[256];
    snprintf(more, sizeof(more), "--hazards ipc://%s/organisations-0", instance->dir);
    assert_int_equal(doctor_at(instance, more), 1);
    expect_finding("FAULT", "address", "is organisations, not hazards");
}

static void settings_that_cannot_be_meant_are_told(void **state)
{
    struct instance *instance = *state;
    char more[512];
    snprintf(more, sizeof(more), "--organisations tcp://10.0.0.1:7000 --hazards ipc://%s/hazards-0,ipc://%s/hazards-0",
             instance->dir, instance->dir);
    assert_int_equal(doctor_at(instance, more), 1);
    expect_finding("FAULT", "settings", "there is no plain TCP here");
    expect_finding("WARNING", "settings", "names ipc://");
    assert_int_equal(doctor_at(instance, "--organisations tls+tcp://127.0.0.1:1"), 1);
    expect_finding("FAULT", "settings", "tls-certificate: is not set");
    expect_finding("WARNING", "settings", "tls-crl: is not set");
    expect_finding("WARNING", "settings", "hazards: no address is set");
}

static void a_schema_that_is_behind_or_ahead_is_told(void **state)
{
    struct instance *instance = *state;
    instance_sql(instance, "hazards",
                 "CREATE TABLE kept AS SELECT * FROM anlan_migrations WHERE number = "
                 "(SELECT max(number) FROM anlan_migrations)");
    instance_sql(instance, "hazards", "DELETE FROM anlan_migrations WHERE number = (SELECT number FROM kept)");
    instance_end_hazards(instance, 0, false);
    instance_start_hazards(instance, 0);
    assert_int_equal(doctor(instance, ""), 1);
    expect_finding("FAULT", "schema", "hazards-0: the database lacks 1 migrations");
    instance_sql(instance, "hazards", "INSERT INTO anlan_migrations SELECT * FROM kept");
    instance_sql(instance, "hazards",
                 "INSERT INTO anlan_migrations SELECT number + 1, 'next', sha256, applied_at, '9' "
                 "FROM kept");
    instance_end_hazards(instance, 0, false);
    instance_start_hazards(instance, 0);
    assert_int_equal(doctor(instance, ""), 0);
    expect_finding("WARNING", "schema", "the database is newer than the program");
    assert_int_equal(doctor(instance, "--strict"), 1);
    instance_sql(instance, "hazards", "DELETE FROM anlan_migrations WHERE name = 'next'");
    instance_sql(instance, "hazards", "DROP TABLE kept");
    instance_end_hazards(instance, 0, false);
    instance_start_hazards(instance, 0);
    assert_int_equal(doctor(instance, "--strict"), 0);
}

// A process that answers what is planted: a real health address.
struct planted {
    clock_time skew;
    clock_time ends_in;    // 0: no certificate
    const char *version;
    int64_t age_ms;
};

static void answer_planted(void *user, Anlan__Rpc__V1__CheckResponse *answer, struct arena *arena)
{
    const struct planted *planted = user;
    answer->status = ANLAN__RPC__V1__SERVING_STATUS__SERVING_STATUS_SERVING;
    answer->database = true;
    answer->program = (char *)"hazards";
    answer->version = (char *)(planted->version ? planted->version : ANLAN_VERSION);
    answer->schema = (char *)"0001_log";
    answer->directory_age_ms = planted->age_ms;
    answer->time = service_timestamp(clock_now() + planted->skew, arena);
    if (planted->ends_in)
        answer->certificates_end_at = service_timestamp(clock_now() + planted->ends_in, arena);
}

static int doctor_of(struct instance *instance, struct planted planted)
{
    static const char *const services[] = {NULL};
    struct rpc_health *health = NULL;
    struct status status = {0};
    char address[128];
    char more[160];
    snprintf(address, sizeof(address), "ipc://%s/planted", instance->dir);
    snprintf(more, sizeof(more), "--health %s", address);
    assert_true(rpc_health_start(&health, address, services, answer_planted, &planted, &status));
    int exit_status = doctor_at(instance, more);
    rpc_health_stop(health);
    return exit_status;
}

static void what_processes_tell_is_judged(void **state)
{
    struct instance *instance = *state;
    assert_int_equal(doctor_of(instance, (struct planted){0}), 0);
    assert_non_null(strstr(printed, " 0 warnings, 0 faults"));
    assert_int_equal(doctor_of(instance, (struct planted){.skew = -5 * CLOCK_SECOND}), 0);
    expect_finding("WARNING", "clock", "differs from ours by -");
    assert_int_equal(doctor_of(instance, (struct planted){.skew = 90 * CLOCK_SECOND}), 1);
    expect_finding("FAULT", "clock", "differs from ours by ");
    assert_int_equal(doctor_of(instance, (struct planted){.version = "9.9.9"}), 0);
    expect_finding("WARNING", "version", "9.9.9; this program is");
    assert_int_equal(doctor_of(instance, (struct planted){.age_ms = 5000}), 0);
    expect_finding("WARNING", "mirror", "5000 ms old");
    assert_int_equal(doctor_of(instance, (struct planted){.age_ms = 700000}), 1);
    expect_finding("FAULT", "mirror", "700000 ms old");
    assert_int_equal(doctor_of(instance, (struct planted){.age_ms = -1}), 1);
    expect_finding("FAULT", "mirror", "has never had the whole directory");
    assert_int_equal(doctor_of(instance, (struct planted){.ends_in = 20 * CLOCK_DAY}), 0);
    expect_finding("WARNING", "certificate", "in 19 days");
    assert_int_equal(doctor_of(instance, (struct planted){.ends_in = 3 * CLOCK_DAY}), 1);
    expect_finding("FAULT", "certificate", "in 2 days");
    assert_int_equal(doctor_of(instance, (struct planted){.ends_in = -CLOCK_DAY}), 1);
    expect_finding("FAULT", "certificate", "has ended");
}

static void certificates_are_examined(void **state)
{
    struct instance *instance = *state;
    struct tls_desk desk;
    char more[512];
    tls_desk_open(&desk);
    tls_issue(&desk, "ca", "good", NULL, tls_peer(CRYPTO_PEER_UNIT), (struct tls_days){-1, 90});
    tls_issue(&desk, "ca", "soon", NULL, tls_peer(CRYPTO_PEER_UNIT), (struct tls_days){-1, 10});
    tls_issue(&desk, "ca", "over", NULL, tls_peer(CRYPTO_PEER_UNIT), (struct tls_days){-30, -1});
    static const struct {
        const char *name;
        int status;
        const char *level;
        const char *text;
    } cases[] = {{"good", 0, "good", "days"}, {"soon", 0, "WARNING", "in 9 days"}, {"over", 1, "FAULT", "has ended"}};
    for (size_t i = 0; i < 3; i++) {
        snprintf(more, sizeof(more), "--tls-ca %s --tls-crl %s --tls-certificate %s --tls-key %s",
                 tls_path(&desk, "ca", "crt"), tls_path(&desk, "ca", "crl"), tls_path(&desk, cases[i].name, "crt"),
                 tls_path(&desk, cases[i].name, "key"));
        assert_int_equal(doctor(instance, more), cases[i].status);
        expect_finding(cases[i].level, "certificate", cases[i].text);
        expect_finding("good", "secrets", cases[i].name);
    }
    snprintf(more, sizeof(more), "--tls-crl %s", tls_path(&desk, "good", "key"));
    assert_int_equal(doctor(instance, more), 1);
    expect_finding("FAULT", "certificate", "neither a certificate nor a revocation list");
    tls_desk_close(&desk);
}

static const char *key_path(struct instance *instance, const char *name)
{
    static char path[2][128];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof(path[turn]), "%s/keys/%s", instance->dir, name);
    return path[turn];
}

static void keys_are_examined(void **state)
{
    struct instance *instance = *state;
    assert_int_equal(chmod(key_path(instance, "token-1.key"), 0644), 0);
    assert_int_equal(doctor(instance, ""), 1);
    expect_finding("FAULT", "secrets", "token-1.key: mode 0644");
    assert_int_equal(chmod(key_path(instance, "token-1.key"), 0600), 0);
    assert_int_equal(chmod(key_path(instance, ""), 0777), 0);
    assert_int_equal(doctor(instance, ""), 1);
    expect_finding("FAULT", "secrets", "others may add keys");
    assert_int_equal(chmod(key_path(instance, ""), 0711), 0);
    assert_int_equal(rename(key_path(instance, "session-1.key"), key_path(instance, "away")), 0);
    assert_int_equal(doctor(instance, ""), 0);
    expect_finding("WARNING", "keys", "its private half is not here");
    assert_int_equal(rename(key_path(instance, "away"), key_path(instance, "session-1.key")), 0);
    assert_int_equal(rename(key_path(instance, "session-1.pub"), key_path(instance, "away")), 0);
    assert_int_equal(doctor(instance, ""), 1);
    expect_finding("FAULT", "keys", "session: no key is good now");
    assert_int_equal(rename(key_path(instance, "away"), key_path(instance, "session-1.pub")), 0);
    assert_int_equal(rename(key_path(instance, "instance.id"), key_path(instance, "away")), 0);
    assert_int_equal(doctor(instance, ""), 1);
    expect_finding("FAULT", "keys", "not the id of an instance");
    assert_int_equal(rename(key_path(instance, "away"), key_path(instance, "instance.id")), 0);
    assert_int_equal(doctor(instance, ""), 0);
}

static void a_full_disk_is_a_fault(void **state)
{
    struct instance *instance = *state;
    char more[160];
    char small[128];
    assert_int_equal(doctor(instance, "--database-dir /nowhere"), 1);
    expect_finding("FAULT", "disk", "/nowhere: No such file");
    snprintf(small, sizeof(small), "%s/small", instance->dir);
    snprintf(more, sizeof(more), "--database-dir %s", small);
    assert_int_equal(mkdir(small, 0755), 0);
    if (geteuid() == 0 && mount("none", small, "tmpfs", 0, "size=600m") == 0) {
        int roomy = doctor(instance, more);
        umount(small);
        assert_int_equal(roomy, 0);
        expect_finding("WARNING", "disk", "0.6 GB free, 100 % of the disk");
        assert_int_equal(mount("none", small, "tmpfs", 0, "size=64k"), 0);
        int full = doctor(instance, more);
        umount(small);
        assert_int_equal(full, 1);
        expect_finding("FAULT", "disk", "0.0 GB free");
    }
    rmdir(small);
}

// The last: organisations goes.
static void a_mirror_that_is_cut_off_grows_old(void **state)
{
    struct instance *instance = *state;
    instance_run(instance, NULL, 0, "kill %d; sleep 4", (int)instance->organisations);
    assert_int_equal(doctor(instance, ""), 1);
    expect_finding("FAULT", "address", "organisations-0: does not answer");
    expect_finding("WARNING", "mirror", "hazards-0: position");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_instance_has_nothing),
        cmocka_unit_test(json_says_the_same),
        cmocka_unit_test(what_does_not_answer_is_a_fault),
        cmocka_unit_test(another_service_than_thought_is_a_fault),
        cmocka_unit_test(settings_that_cannot_be_meant_are_told),
        cmocka_unit_test(a_schema_that_is_behind_or_ahead_is_told),
        cmocka_unit_test(what_processes_tell_is_judged),
        cmocka_unit_test(certificates_are_examined),
        cmocka_unit_test(keys_are_examined),
        cmocka_unit_test(a_full_disk_is_a_fault),
        cmocka_unit_test(a_mirror_that_is_cut_off_grows_old),
    };
    return cmocka_run_group_tests(tests, up, down);
}
