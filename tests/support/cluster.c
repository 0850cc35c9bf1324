// SPDX-License-Identifier: Apache-2.0
#include "support/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS 24

static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("cluster: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void find_binaries(struct cluster *cluster)
{
    static const char *const versions[] = {"17", "15"};
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        snprintf(cluster->binaries, sizeof(cluster->binaries), "/usr/lib/postgresql/%s/bin", versions[i]);
        char path[128];
        snprintf(path, sizeof(path), "%s/initdb", cluster->binaries);
        if (access(path, X_OK) == 0)
            return;
    }
    fail("no PostgreSQL 17 or 15 in /usr/lib/postgresql");
}

// The user that PostgreSQL runs as when the caller is root, whom it refuses.
static const struct passwd *plain_user(void)
{
    const struct passwd *user = getpwnam("postgres");
    if (user == NULL)
        user = getpwnam("nobody");
    if (user == NULL)
        fail("no user postgres or nobody");
    return user;
}

static void become_plain_user(void)
{
    if (geteuid() != 0)
        return;
    const struct passwd *user = plain_user();
    if (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
        _exit(126);
}

// Starts a program as the plain user, its output in `log`. It gets SIGQUIT when
// this thread ends.
static pid_t start_program(const char *log, const char *directory, const char *const *arguments)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0)
        fail("fork: %s", strerror(errno));
    if (pid > 0)
        return pid;
    become_plain_user();
    prctl(PR_SET_PDEATHSIG, SIGQUIT);    // after setuid, which clears it
    int output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (getppid() != parent || chdir(directory) != 0 || input < 0 || output < 0 || dup2(input, 0) < 0 ||
        dup2(output, 1) < 0 || dup2(output, 2) < 0)
        _exit(126);
    execv(arguments[0], (char *const *)arguments);
    _exit(127);
}

static void show_log(const char *log)
{
    FILE *file = fopen(log, "r");
    char line[512];
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        fputs(line, stderr);
    if (file != NULL)
        fclose(file);
}

static bool ended_well(pid_t pid)
{
    int outcome = 0;
    while (waitpid(pid, &outcome, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0;
}

// Runs a program of PostgreSQL to its end; `arguments` without its own name.
static bool run_program(const struct cluster *cluster, const char *name, const char *const *arguments, bool loud)
{
    char program[128], log[128];
    snprintf(program, sizeof(program), "%s/%s", cluster->binaries, name);
    snprintf(log, sizeof(log), "%s/%s-%d.log", cluster->directory, name, (int)getpid());
    const char *all[ARGUMENTS] = {program};
    for (size_t i = 0; arguments[i] != NULL && i + 2 < ARGUMENTS; i++)
        all[i + 1] = arguments[i];
    bool well = ended_well(start_program(log, "/", all));
    if (!well && loud) {
        show_log(log);
        fail("%s failed", name);
    }
    unlink(log);
    return well;
}

static void make_directory(struct cluster *cluster)
{
    snprintf(cluster->directory, sizeof(cluster->directory), "/tmp/anlan-cluster-XXXXXX");
    if (mkdtemp(cluster->directory) == NULL)
        fail("%s: %s", cluster->directory, strerror(errno));
    if (geteuid() == 0 && chown(cluster->directory, plain_user()->pw_uid, plain_user()->pw_gid) != 0)
        fail("%s: %s", cluster->directory, strerror(errno));
}

static void make_data(const struct cluster *cluster)
{
    char data[128];
    snprintf(data, sizeof(data), "%s/data", cluster->directory);
    const char *const arguments[] = {"-D",        data, "-U",   CLUSTER_SUPERUSER,  "--auth=trust",
                                     "--no-sync", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions",
                                     NULL};
    run_program(cluster, "initdb", arguments, true);
}

static void wait_ready(const struct cluster *cluster, const char *log)
{
    const char *const arguments[] = {"-q", "-h", cluster->directory, "-U", CLUSTER_SUPERUSER, "-t", "1", NULL};
    for (int tries = 0; tries < 1000; tries++) {
        if (waitpid(cluster->pid, NULL, WNOHANG) == cluster->pid)
            break;
        if (run_program(cluster, "pg_isready", arguments, false))
            return;
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    }
    show_log(log);
    fail("the server in %s does not start", cluster->directory);
}

void cluster_restart(struct cluster *cluster)
{
    char program[128], data[128], log[128], socket[160];
    snprintf(program, sizeof(program), "%s/postgres", cluster->binaries);
    snprintf(data, sizeof(data), "%s/data", cluster->directory);
    snprintf(log, sizeof(log), "%s/server.log", cluster->directory);
    snprintf(socket, sizeof(socket), "unix_socket_directories=%s", cluster->directory);
    const char *const arguments[] = {program,
                                     "-D",
                                     data,
                                     "-c",
                                     "listen_addresses=",
                                     "-c",
                                     socket,
                                     "-c",
                                     "max_connections=200",
                                     "-c",
                                     "max_prepared_transactions=0",
                                     cluster->fast ? "-F" : NULL,
                                     NULL};
    cluster->pid = start_program(log, cluster->directory, arguments);
    wait_ready(cluster, log);
}

void cluster_start(struct cluster *cluster, bool fast)
{
    *cluster = (struct cluster){.fast = fast};
    find_binaries(cluster);
    const char *shared = getenv("ANLAN_TEST_CLUSTER");
    if (shared != NULL && *shared != '\0') {
        if (strlen(shared) >= sizeof(cluster->directory))
            fail("ANLAN_TEST_CLUSTER: too long");
        memcpy(cluster->directory, shared, strlen(shared) + 1);
        cluster->shared = true;
        return;
    }
    make_directory(cluster);
    make_data(cluster);
    cluster_restart(cluster);
}

void cluster_kill(struct cluster *cluster)
{
    if (cluster->shared)
        fail("a shared cluster is not ours to end");
    if (cluster->pid <= 0)
        return;
    kill(cluster->pid, SIGQUIT);
    ended_well(cluster->pid);
    cluster->pid = 0;
}

void cluster_stop(struct cluster *cluster)
{
    if (cluster->shared || cluster->directory[0] == '\0')
        return;
    cluster_kill(cluster);
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/rm", "rm", "-rf", "--", cluster->directory, (char *)NULL);
        _exit(127);
    }
    ended_well(pid);
    cluster->directory[0] = '\0';
}

const char *cluster_conninfo(const struct cluster *cluster, const char *database, const char *user)
{
    static _Thread_local char texts[8][192];
    static _Thread_local unsigned next;
    char *text = texts[next++ % 8];
    snprintf(text, sizeof(texts[0]), "host=%s dbname=%s user=%s", cluster->directory, database, user);
    return text;
}

void cluster_setup_databases(const struct cluster *cluster)
{
    const char *source = getenv("ANLAN_SOURCE");
    char path[1024];
    snprintf(path, sizeof(path), "%s/deploy/databases.sql", source == NULL ? "." : source);
    char real[4096];
    if (realpath(path, real) == NULL)
        fail("%s: %s", path, strerror(errno));
    FILE *file = fopen(real, "r");
    char text[16384];
    size_t length = file == NULL ? 0 : fread(text, 1, sizeof(text) - 1, file);
    if (file != NULL)
        fclose(file);
    if (length == 0 || length == sizeof(text) - 1)
        fail("%s: empty or too long", real);
    text[length] = '\0';
    cluster_sql(cluster, "postgres", text);
}

// psql reads the text from a file: \gexec and \connect do not work in -c, and the
// source tree need not be readable by the plain user.
void cluster_sql(const struct cluster *cluster, const char *database, const char *text)
{
    char path[] = "/tmp/anlan-sql-XXXXXX";
    int file = mkstemp(path);
    size_t length = strlen(text);
    if (file < 0 || write(file, text, length) != (ssize_t)length || fchmod(file, 0644) != 0 || close(file) != 0)
        fail("%s: %s", path, strerror(errno));
    const char *const arguments[] = {
        "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", cluster->directory, "-U", CLUSTER_SUPERUSER, "-d", database,
        "-f", path, NULL};
    run_program(cluster, "psql", arguments, true);
    unlink(path);
}
