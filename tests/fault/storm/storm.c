// SPDX-License-Identifier: Apache-2.0
// storm DIR SECONDS SEED: hazards walk through their lives on an instance whose processes and database are ended hard,
// at random and at named points, frozen, and cut off; a copy of the log is made meanwhile. Leaves the instance's
// database up and, in the folder of DIR, what the checker (tests/fault/invariants.py) needs; prints figures, and the
// database's folder last. Accidents follow from the seed; what they meet does not.
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "storm.h"

// Places in the service at which it may be told to end: base/fault.h.
static const char *const points[] = {"batch.begun", "batch.loaded", "batch.applied", "batch.synced", "batch.committed"};

enum accident { KILL, KILL_AT_POINT, KILL_FOLLOWER, KILL_DATABASE, FREEZE, CUT, ACCIDENTS };
static const char *const accident_names[] = {
    "kill", "kill at a point", "kill notifications", "stop the database", "freeze", "cut"};

#define CALM_SECONDS 120

struct storm {
    struct instance *instance;
    struct relay *relays[2 * STORM_PROCESSES];    // calls, feeds
    struct dice dice;
    unsigned times[ACCIDENTS];
    unsigned ended_at_points;
    unsigned crashed;    // by a signal that nobody sent
};

static void start(struct storm *storm, int number, const char *point)
{
    if (point)
        setenv("ANLAN_FAULT_POINT", point, 1);
    instance_spawn_hazards(storm->instance, number);
    unsetenv("ANLAN_FAULT_POINT");
}

// What ended is started again: at its point, or since it began while the database was away.
static void look_after(struct storm *storm)
{
    for (int i = 0; i < STORM_PROCESSES; i++) {
        int status = 0;
        if (waitpid(storm->instance->hazards[i], &status, WNOHANG) != storm->instance->hazards[i])
            continue;
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
            storm->ended_at_points++;
        else if (WIFSIGNALED(status))
            storm->crashed++;
        start(storm, i, NULL);
    }
}

static void pause_ms(struct storm *storm, unsigned most)
{
    usleep(1000 * (1 + dice_below(&storm->dice, most)));
}

static void kill_process(struct storm *storm, bool at_point)
{
    char point[64];
    int number = (int)dice_below(&storm->dice, STORM_PROCESSES);
    snprintf(point, sizeof(point), "%s:%u", points[dice_below(&storm->dice, sizeof(points) / sizeof(*points))],
             1 + dice_below(&storm->dice, 200));
    kill(storm->instance->hazards[number], SIGKILL);
    waitpid(storm->instance->hazards[number], NULL, 0);
    pause_ms(storm, 300);
    start(storm, number, at_point ? point : NULL);
}

static void kill_follower(struct storm *storm)
{
    instance_end_notifications(storm->instance, true);
    pause_ms(storm, 300);
    instance_start_notifications(storm->instance);
}

static void freeze(struct storm *storm)
{
    pid_t pid = storm->instance->hazards[dice_below(&storm->dice, STORM_PROCESSES)];
    kill(pid, SIGSTOP);
    pause_ms(storm, 1500);
    kill(pid, SIGCONT);
}

static void cut(struct storm *storm)
{
    struct relay *relay = storm->relays[dice_below(&storm->dice, 2 * STORM_PROCESSES)];
    relay_cut(relay);
    pause_ms(storm, 800);
    relay_mend(relay);
}

static void strike(struct storm *storm)
{
    static const enum accident odds[] = {
        KILL, KILL, KILL_AT_POINT, KILL_AT_POINT, KILL_AT_POINT, KILL_FOLLOWER, KILL_DATABASE, FREEZE, CUT, CUT, CUT};
    enum accident accident = odds[dice_below(&storm->dice, sizeof(odds) / sizeof(*odds))];
    storm->times[accident]++;
    switch (accident) {
    case KILL:
    case KILL_AT_POINT:
        kill_process(storm, accident == KILL_AT_POINT);
        break;
    case KILL_FOLLOWER:
        kill_follower(storm);
        break;
    case KILL_DATABASE:
        instance_kill_database(storm->instance);
        pause_ms(storm, 500);
        instance_restart_database(storm->instance);
        break;
    case FREEZE:
        freeze(storm);
        break;
    case CUT:
    case ACCIDENTS:
        cut(storm);
        break;
    }
}

static void lay_relays(struct storm *storm, char *calls, char *feeds, size_t size)
{
    for (int i = 0; i < 2 * STORM_PROCESSES; i++) {
        char from[108];
        char to[108];
        const char *tail = i < STORM_PROCESSES ? "" : ".feed";
        char *list = i < STORM_PROCESSES ? calls : feeds;
        snprintf(from, sizeof(from), "%s/relay-%d", storm->instance->dir, i);
        snprintf(to, sizeof(to), "%s/hazards-%d%s", storm->instance->dir, i % STORM_PROCESSES, tail);
        storm->relays[i] = relay_start(from, to);
        snprintf(list + strlen(list), size - strlen(list), "%sipc://%s", *list ? "," : "", from);
    }
}

// What is under way comes to its end. False where it does not within two minutes.
static bool calm_down(struct storm *storm, struct walk *walk)
{
    int64_t until = clock_monotonic() + CALM_SECONDS * CLOCK_SECOND;
    while (walk_ending(walk) > 0 && clock_monotonic() < until) {
        look_after(storm);
        usleep(50000);
    }
    return walk_ending(walk) == 0;
}

// Notifications have told of everything. False where they do not within two minutes.
static bool wait_told(struct storm *storm)
{
    struct instance *instance = storm->instance;
    const char *county = instance->ids[COUNTY_150424];
    int64_t until = clock_monotonic() + CALM_SECONDS * CLOCK_SECOND;
    do {
        if (instance_sql(instance, "hazards", "SELECT position FROM heads WHERE tenant_id = '%s'", county) ==
            instance_sql(instance, "notifications",
                         "SELECT position FROM follow_cursors WHERE source = 'hazards' AND tenant_id = '%s'", county))
            return true;
        usleep(200000);
    } while (clock_monotonic() < until);
    return false;
}

// Who is told of what, before anything happens.
static void make_rules(struct instance *instance)
{
    char output[1024];
    int code = instance_run(
        instance, output, sizeof(output),
        "ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_NOTIFICATIONS=ipc://%s/notifications-0 ANLAN_TOKEN=$(anlan "
        "token --keys %s/keys --role county_officer --unit %s) anlan notify rules import "
        "$ANLAN_SOURCE/deploy/data/notify-rules.csv --unit %s --rule-set 默认规则 --rejects %s/rules.rejects.csv 2>&1",
        instance->dir, instance->dir, instance->dir, instance->ids[COUNTY_150424], instance->ids[COUNTY_150424],
        instance->dir);
    if (code != 0)
        fail_msg("anlan notify rules import: %s", output);
}

static void print(const struct storm *storm, const struct walk_figures *figures, int64_t copied, double seconds)
{
    printf("%.0f s:", seconds);
    for (int i = 0; i < ACCIDENTS; i++)
        printf(" %s %u%s", accident_names[i], storm->times[i], i + 1 < ACCIDENTS ? "," : "");
    printf("; ended at their point %u, crashed %u\n", storm->ended_at_points, storm->crashed);
    printf("calls %zu, acknowledged %zu, refused %zu, entries copied %lld\n", figures->sent, figures->acknowledged,
           figures->refused, (long long)copied);
}

// The services end well, the database stays.
static void leave(struct storm *storm)
{
    look_after(storm);
    for (int i = 0; i < 2 * STORM_PROCESSES; i++)
        relay_stop(storm->relays[i]);
    for (int i = 0; i < STORM_PROCESSES; i++)
        instance_end_hazards(storm->instance, i, true);
    instance_end_notifications(storm->instance, true);
    puts(storm->instance->dir);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: storm FOLDER SECONDS SEED\n");
        return 2;
    }
    static struct storm storm;    // what is left behind for the checker ends with the program
    storm.dice.state = strtoull(argv[3], NULL, 10);
    char calls[512] = "";
    char feeds[512] = "";
    char path[512];
    storm.instance = instance_start(STORM_PROCESSES);
    instance_start_notifications(storm.instance);
    make_rules(storm.instance);
    lay_relays(&storm, calls, feeds, sizeof(calls));
    snprintf(path, sizeof(path), "%s/acknowledged", argv[1]);
    struct walk *walk = walk_start(storm.instance, calls, path, storm.dice.state);
    snprintf(path, sizeof(path), "%s/copied", argv[1]);
    struct copy *copy = copy_start(storm.instance, feeds, path);
    int64_t began = clock_monotonic();
    while (clock_monotonic() - began < strtoll(argv[2], NULL, 10) * CLOCK_SECOND) {
        pause_ms(&storm, 700);
        look_after(&storm);
        strike(&storm);
    }
    bool ended = calm_down(&storm, walk);
    struct walk_figures figures = ended ? walk_stop(walk) : (struct walk_figures){0};
    int64_t copied = ended ? copy_stop(copy) : -1;
    bool told = ended && wait_told(&storm);
    if (!told)
        fprintf(stderr, "notifications do not come to the end\n");
    print(&storm, &figures, copied, (double)(clock_monotonic() - began) / CLOCK_SECOND);
    leave(&storm);
    return told && copied >= 0 && figures.refused == 0 && storm.crashed == 0 ? 0 : 1;
}
