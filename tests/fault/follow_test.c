// SPDX-License-Identifier: Apache-2.0
// A service that follows another's logs (echo/main.c) is killed under load, and so are what it follows and the
// database: what follows from an entry is done once, what cannot be done stops nothing and is done later.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "support/load.h"

#define CALL_MS 60000
#define IN_FLIGHT 32
#define ECHOES 2
#define MANY 100

static struct instance *county;
static pid_t echoes[ECHOES];
static struct person officer;

static void make_database(void)
{
    char output[2048];
    int code = instance_run(
        county, output, sizeof(output),
        "psql -q -X -h %s -U postgres -d postgres -v services=echo -f \"$ANLAN_SOURCE/deploy/databases.sql\" "
        "2>&1 && anlan-echo migrate --database='%s' 2>&1",
        county->dir, instance_conninfo(county, "echo", true));
    if (code != 0)
        fail_msg("%s", output);
}

static void start_echo(int number)
{
    char path[512];
    char log[128];
    char arguments[8][256];
    char *list[11] = {path, (char *)"serve"};
    snprintf(path, sizeof(path), "%s/anlan-echo", getenv("ANLAN_BIN"));
    snprintf(log, sizeof(log), "%s/echo-%d.log", county->dir, number);
    snprintf(arguments[0], 256, "--database=%s", instance_conninfo(county, "echo", false));
    snprintf(arguments[1], 256, "--keys=%s/keys", county->dir);
    snprintf(arguments[2], 256, "--listen=ipc://%s/echo-%d", county->dir, number);
    snprintf(arguments[3], 256, "--feed=ipc://%s/echo-%d.feed", county->dir, number);
    snprintf(arguments[4], 256, "--health=ipc://%s/echo-%d.health", county->dir, number);
    snprintf(arguments[5], 256, "--directory=ipc://%s/organisations-0.feed", county->dir);
    snprintf(arguments[6], 256, "--follow-hazards=ipc://%s/hazards-0.feed,ipc://%s/hazards-1.feed", county->dir,
             county->dir);
    snprintf(arguments[7], 256, "--call-echo=ipc://%s/echo-0,ipc://%s/echo-1", county->dir, county->dir);
    for (int i = 0; i < 8; i++)
        list[2 + i] = arguments[i];
    echoes[number] = fork();
    CHECK(echoes[number] >= 0);
    if (echoes[number] > 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(open(log, O_WRONLY | O_CREAT | O_APPEND, 0644), STDERR_FILENO);
    execv(path, list);
    _exit(127);
}

static void end_echo(int number, bool hard)
{
    int status = 0;
    kill(echoes[number], hard ? SIGKILL : SIGTERM);
    waitpid(echoes[number], &status, 0);
    if (!hard && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
        fail_msg("it did not stop well: %d", status);
}

static int up(void **state)
{
    (void)state;
    county = instance_start(2);
    make_database();
    officer = as(county, "county_officer", COUNTY_150424, "王建国");
    for (int i = 0; i < ECHOES; i++)
        start_echo(i);
    return 0;
}

static int down(void **state)
{
    (void)state;
    for (int i = 0; i < ECHOES; i++)
        if (echoes[i] > 0)
            end_echo(i, false);
    instance_stop(county);
    return 0;
}

// Numbers of what was entered: rows, entries, and different descriptions ("…no-N-I;").
static long long rows(void)
{
    return instance_sql(county, "echo", "SELECT count(*) FROM hazards");
}

static long long different(void)
{
    return instance_sql(county, "echo",
                        "SELECT count(DISTINCT substring(encode(summary, 'escape') FROM '[a-z]+ no-[0-9]+-[0-9]+;')) "
                        "FROM hazards");
}

static long long wanted_rows;

static bool all_there(struct instance *instance)
{
    (void)instance;
    return rows() >= wanted_rows;
}

// As many as wanted, none twice, and they stay so; tables and log agree.
static void check_rows(long long wanted)
{
    char output[2048];
    wanted_rows = wanted;
    for (int i = 0; i < 6 && rows() < wanted; i++)
        eventually(all_there, county);
    usleep(300000);
    long long entries = instance_changes(county, "echo");
    long long stuck = instance_sql(county, "echo", "SELECT count(*) FROM follow_stuck");
    printf("wanted %lld, rows %lld, different %lld, entries %lld, stuck %lld\n", wanted, rows(), different(), entries,
           stuck);
    assert_int_equal(rows(), wanted);
    assert_int_equal(different(), wanted);
    assert_int_equal(entries, wanted);
    int code = instance_run(county, output, sizeof(output), "anlan-echo verify --database='%s' 2>&1",
                            instance_conninfo(county, "echo", false));
    if (code != 0)
        fail_msg("%s", output);
}

static int made;    // hazards so far, each with a number of its own

static const char *description(const char *kind)
{
    return arena_printf(&county->arena, "%s no-%d", kind, made++);
}

static void enter(const char *kind, enum place place)
{
    struct status status = {0};
    create_hazard(county, officer, place, description(kind), NULL, &status);
    assert_ok(status);
}

static void each_way_has_its_effect_once(void **state)
{
    (void)state;
    enter("echo", TOWNSHIP_100);
    enter("nothing", TOWNSHIP_100);
    enter("local", TOWNSHIP_101);
    enter("many", TOWNSHIP_100);
    enter("echo", COUNTY_150424);
    check_rows(3 + MANY);
}

// Some thousand entries of all kinds, and an attack between them now and then.
static void under_load(int calls, int attacks, void (*attack)(int round))
{
    long long before = rows();
    long long more = 0;
    struct rpc_client *client = load_client(county, -1);
    struct load *load = load_new((size_t)calls);
    for (int i = 0; i < calls; i++) {
        const char *kind = i % 100 == 50 ? "many" : i % 4 == 0 ? "echo" : i % 4 == 1 ? "nothing" : "local";
        more += strcmp(kind, "many") == 0 ? MANY : strcmp(kind, "nothing") != 0;
        load_create(load, county, client, officer, county->ids[i % 2 ? TOWNSHIP_100 : TOWNSHIP_101], description(kind),
                    NULL, CALL_MS);
        load_wait(load, IN_FLIGHT - 1);
        if (i % (calls / attacks) == calls / attacks - 1)
            attack(i / (calls / attacks));
    }
    load_wait(load, 0);
    assert_int_equal(load_count(load, REASON(UNSPECIFIED)), calls);
    load_free(load);
    rpc_client_close(client);
    check_rows(before + more);
}

static void kill_followers(int round)
{
    end_echo(round % ECHOES, true);
    if (round % 3 == 2)    // the other one too, that nobody takes over
        end_echo((round + 1) % ECHOES, true);
    usleep(100000 * (useconds_t)(round % 4));
    start_echo(round % ECHOES);
    if (round % 3 == 2)
        start_echo((round + 1) % ECHOES);
}

static void kill_sources(int round)
{
    instance_end_hazards(county, round % 2, true);
    instance_start_hazards(county, round % 2);
}

static void kill_the_database(int round)
{
    (void)round;
    instance_kill_database(county);
    instance_restart_database(county);
}

static void followers_are_killed(void **state)
{
    (void)state;
    under_load(2400, 12, kill_followers);
}

static void what_they_follow_is_killed(void **state)
{
    (void)state;
    under_load(1200, 4, kill_sources);
}

static void the_database_is_killed(void **state)
{
    (void)state;
    under_load(1200, 3, kill_the_database);
}

static long long stuck(void)
{
    return instance_sql(county, "echo", "SELECT count(*) FROM follow_stuck");
}

static bool two_stuck(struct instance *instance)
{
    (void)instance;
    return stuck() == 2;
}

static bool none_stuck(struct instance *instance)
{
    (void)instance;
    return stuck() == 0;
}

static void retry(void)
{
    char output[1024];
    if (instance_run(county, output, sizeof(output), "anlan-echo retry --database='%s' 2>&1",
                     instance_conninfo(county, "echo", false)) != 0)
        fail_msg("%s", output);
}

// Refused by a rule, and not even planned: both are kept and shown; what comes behind goes on.
static void what_cannot_be_done_stops_nothing(void **state)
{
    (void)state;
    char output[4096];
    long long before = rows();
    enter("refused", TOWNSHIP_100);
    enter("unsaid", TOWNSHIP_100);
    enter("local", TOWNSHIP_100);
    check_rows(before + 1);
    assert_true(eventually(two_stuck, county));
    int code = instance_run(county, output, sizeof(output), "anlan-echo follows --database='%s' 2>&1",
                            instance_conninfo(county, "echo", false));
    assert_int_equal(code, 1);
    assert_non_null(strstr(output, "STUCK"));
    assert_non_null(strstr(output, "nobody knows what to do"));
    assert_non_null(strstr(output, "HazardsService/CreateHazard FIELD_INVALID"));
    // What was missing comes: both are done.
    instance_sql(county, "echo", "INSERT INTO sectors VALUES ('no_such_sector', '无', 'None')");
    setenv("ECHO_SAYS", "1", 1);
    for (int i = 0; i < ECHOES; i++) {
        end_echo(i, false);
        start_echo(i);
    }
    retry();
    assert_true(eventually(none_stuck, county));
    check_rows(before + 3);
    code = instance_run(county, output, sizeof(output), "anlan-echo follows --database='%s' 2>&1",
                        instance_conninfo(county, "echo", false));
    assert_int_equal(code, 0);
}

// Makes the entry of one hazard raise, until it is mended.
static void spoil(const char *kind, int number)
{
    instance_sql(
        county, "echo",
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF encode(NEW.summary, 'escape') "
        "LIKE '%%%s no-%d-%%' THEN RAISE EXCEPTION 'spoilt'; END IF; RETURN NEW; END $$; "
        "CREATE TRIGGER spoil BEFORE INSERT ON hazards FOR EACH ROW EXECUTE FUNCTION spoil()",
        kind, number);
}

static void mend(void)
{
    instance_sql(county, "echo", "DROP TRIGGER spoil ON hazards; DROP FUNCTION spoil()");
}

// A fault of the statements themselves: the entry's neighbours are applied, it is stuck, and heals with the fault.
static void an_entry_whose_statements_fail_is_stuck_alone(void **state)
{
    (void)state;
    long long before = rows();
    spoil("local", made + 1);
    for (int i = 0; i < 4; i++)
        enter("local", TOWNSHIP_100);
    check_rows(before + 3);
    assert_int_equal(stuck(), 1);
    mend();
    retry();
    check_rows(before + 4);
    assert_true(eventually(none_stuck, county));
}

// Stuck for one reason, and needless when it is tried again: it is settled, and not tried for ever.
static void what_is_stuck_and_needless_since_is_settled(void **state)
{
    (void)state;
    static const char rename[] = "UPDATE sectors SET code = '%s' WHERE code = '%s'";
    long long before = rows();
    spoil("needless", made);
    enter("needless", TOWNSHIP_100);
    enter("local", TOWNSHIP_100);
    check_rows(before + 1);
    assert_int_equal(stuck(), 1);
    mend();
    instance_sql(county, "echo", rename, "fireworks_since", "fireworks");
    retry();
    bool settled = eventually(none_stuck, county);
    instance_sql(county, "echo", rename, "fireworks", "fireworks_since");
    assert_true(settled);
    check_rows(before + 1);
}

// A tenant that is new is followed too; and nothing is left to be done in any log.
static void cursors_reach_the_heads(void **state)
{
    (void)state;
    long long before = rows();
    struct status status = {0};
    struct person other = as(county, "county_officer", COUNTY_150423, "巴林右旗监管员");
    create_hazard(county, other, TOWNSHIP_OTHER, description("local"), NULL, &status);
    assert_ok(status);
    check_rows(before + 1);
    usleep(2500000);    // what asks for nothing is stored within a second or two
    long long heads = instance_sql(county, "hazards", "SELECT sum(position) FROM heads WHERE " OF_CHANGES);
    assert_int_equal(instance_sql(county, "echo", "SELECT sum(position) FROM follow_cursors"), heads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_has_its_effect_once),
        cmocka_unit_test(what_cannot_be_done_stops_nothing),
        cmocka_unit_test(an_entry_whose_statements_fail_is_stuck_alone),
        cmocka_unit_test(what_is_stuck_and_needless_since_is_settled),
        cmocka_unit_test(followers_are_killed),
        cmocka_unit_test(what_they_follow_is_killed),
        cmocka_unit_test(the_database_is_killed),
        cmocka_unit_test(cursors_reach_the_heads),
    };
    return cmocka_run_group_tests(tests, up, down);
}
