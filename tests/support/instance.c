// SPDX-License-Identifier: Apache-2.0
#include "support/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "access/token.h"
#include "base/check.h"
#include "base/clock.h"
#include "service/values.h"
#include "support/tls.h"

#define CALL_MS 20000

static const char *program(const char *name)
{
    static char path[512];
    const char *bin = getenv("ANLAN_BIN");
    snprintf(path, sizeof(path), "%s/%s", bin ? bin : "build/bin", name);
    return path;
}

static int shell(char *output, size_t size, const char *command)
{
    FILE *pipe = popen(command, "r");
    CHECK(pipe);
    size_t used = fread(output, 1, size - 1, pipe);
    output[used] = '\0';
    char rest[256];
    while (fread(rest, 1, sizeof(rest), pipe) > 0)
        ;
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int instance_run(struct instance *instance, char *output, size_t size, const char *format, ...)
{
    char command[4096];
    char ignored[16];
    (void)instance;
    va_list arguments;
    va_start(arguments, format);
    int length = snprintf(command, sizeof(command), "PATH=\"$ANLAN_BIN:$PATH\"; ");
    vsnprintf(command + length, sizeof(command) - (size_t)length, format, arguments);
    va_end(arguments);
    return shell(output ? output : ignored, output ? size : sizeof(ignored), command);
}

static void cluster(struct instance *instance, const char *verb)
{
    const char *source = getenv("ANLAN_SOURCE");
    char output[4096];
    int status = instance_run(instance, output, sizeof(output), "%s/tests/support/cluster %s %s 2>&1",
                              source ? source : ".", verb, instance->dir);
    if (status != 0)
        fail_msg("cluster %s: %s", verb, output);
}

void instance_kill_database(struct instance *instance)
{
    cluster(instance, "kill");
}

void instance_restart_database(struct instance *instance)
{
    cluster(instance, "restart");
}

const char *instance_conninfo(struct instance *instance, const char *service, bool owner)
{
    return arena_printf(&instance->arena, "host=%s dbname=anlan_%s user=anlan_%s%s", instance->dir, service, service,
                        owner ? "_owner" : "");
}

long long instance_sql(struct instance *instance, const char *service, const char *format, ...)
{
    char sql[4096];
    char output[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sql, sizeof(sql), format, arguments);
    va_end(arguments);
    int status = instance_run(instance, output, sizeof(output),
                              "psql -X -q -A -t -v ON_ERROR_STOP=1 -h %s -U postgres -d anlan_%s 2>&1 <<'SQL'\n%s\nSQL",
                              instance->dir, service, sql);
    if (status != 0)
        fail_msg("%s: %s", sql, output);
    return strtoll(output, NULL, 10);
}

long long instance_changes(struct instance *instance, const char *service)
{
    return instance_sql(instance, service, "SELECT count(*) FROM entries WHERE " OF_CHANGES);
}

void instance_hold_heads(struct instance *instance, int seconds)
{
    static unsigned times;
    times++;
    instance_run(instance, NULL, 0,
                 "psql -X -q -h %s -U postgres -d anlan_hazards -c 'BEGIN; SELECT * FROM heads FOR UPDATE; "
                 "SELECT pg_sleep(%d) AS hold_%u; COMMIT' >/dev/null 2>&1 &",
                 instance->dir, seconds, times);
    for (int try = 0; try < 200; try++) {
        if (instance_sql(
                instance, "hazards",
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%%hold_%u%%'",
                times) > 0)
            return;
        usleep(20000);
    }
    fail_msg("the heads are not held");
}

void instance_release_heads(struct instance *instance)
{
    instance_sql(instance, "hazards",
                 "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
}

// The addresses of all processes of hazards, each with `tail` behind it.
static const char *hazards_addresses(struct instance *instance, const char *tail)
{
    const char *list = "";
    for (int i = 0; i < instance->hazard_count; i++)
        list = arena_printf(&instance->arena, "%s%sipc://%s/hazards-%d%s", list, i ? "," : "", instance->dir, i, tail);
    return list;
}

#define WORDS_MOST 40

static const char *const service_names[INSTANCE_SERVICES] = {"organisations", "hazards", "tasks", "notifications"};

// Addresses over TLS behind the others, of the first process of a service.
static char *with_tls(struct instance *instance, const char *service, int number, char *word,
                      const unsigned ports[INSTANCE_SERVICES])
{
    for (size_t i = 0; instance->tls && number == 0 && i < INSTANCE_SERVICES; i++)
        if (strcmp(service, service_names[i]) == 0)
            return arena_printf(&instance->arena, "%s,tls+tcp://127.0.0.1:%u", word, ports[i]);
    return word;
}

// What a process is started with.
static void make_words(struct instance *instance, const char *service, int number, char *words[WORDS_MOST])
{
    struct arena *arena = &instance->arena;
    const char *dir = instance->dir;
    size_t count = 0;
    words[count++] = arena_printf(arena, "%s", program(arena_printf(arena, "anlan-%s", service)));
    words[count++] = arena_printf(arena, "serve");
    words[count++] = arena_printf(arena, "--database=%s", instance_conninfo(instance, service, false));
    words[count++] = arena_printf(arena, "--keys=%s/keys", dir);
    words[count++] = with_tls(instance, service, number,
                              arena_printf(arena, "--listen=ipc://%s/%s-%d", dir, service, number), instance->calls_at);
    words[count++] =
        with_tls(instance, service, number, arena_printf(arena, "--feed=ipc://%s/%s-%d.feed", dir, service, number),
                 instance->feed_at);
    if (instance->tls) {
        words[count++] = arena_printf(arena, "--tls-ca=%s/pki/ca.crt", dir);
        words[count++] = arena_printf(arena, "--tls-crl=%s/pki/ca.crl", dir);
        words[count++] = arena_printf(arena, "--tls-certificate=%s/pki/one.crt", dir);
        words[count++] = arena_printf(arena, "--tls-key=%s/pki/one.key", dir);
    }
    words[count++] = arena_printf(arena, "--health=ipc://%s/%s-%d.health", dir, service, number);
    words[count++] = arena_printf(arena, "--directory=ipc://%s/organisations-0.feed", dir);
    if (strcmp(service, "tasks") == 0 || strcmp(service, "notifications") == 0)
        words[count++] = arena_printf(arena, "--follow-hazards=%s", hazards_addresses(instance, ".feed"));
    if (strcmp(service, "notifications") == 0 && instance->tasks)
        words[count++] = arena_printf(arena, "--follow-tasks=ipc://%s/tasks-0.feed", dir);
    if (strcmp(service, "notifications") == 0) {
        words[count++] = arena_printf(arena, "--follow-notifications=ipc://%s/notifications-0.feed", dir);
        words[count++] = arena_printf(arena, "--follow-organisations=ipc://%s/organisations-0.feed", dir);
    }
    if (strcmp(service, "tasks") == 0) {
        words[count++] = arena_printf(arena, "--follow-tasks=ipc://%s/tasks-0.feed", dir);
        words[count++] = arena_printf(arena, "--call-hazards=%s", hazards_addresses(instance, ""));
    }
    for (const char *const *option = instance->notification_options; *option && strcmp(service, "notifications") == 0;
         option++)
        words[count++] = arena_printf(arena, "%s", *option);
    words[count] = NULL;
}

static pid_t spawn(struct instance *instance, const char *service, int number)
{
    char log[128];
    char *words[WORDS_MOST];
    make_words(instance, service, number, words);
    snprintf(log, sizeof(log), "%s/%s-%d.log", instance->dir, service, number);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(file, STDERR_FILENO);
    execv(words[0], words);
    _exit(127);
}

static void wait_serving(struct instance *instance, const char *service, int number)
{
    char output[1024];
    for (int try = 0; try < 200; try++) {
        if (instance_run(instance, output, sizeof(output), "anlan --timeout 500 health ipc://%s/%s-%d.health 2>&1",
                         instance->dir, service, number) == 0)
            return;
        usleep(20000);
    }
    instance_run(instance, output, sizeof(output), "tail -n 5 %s/%s-%d.log", instance->dir, service, number);
    fail_msg("%s-%d does not serve: %s", service, number, output);
}

void instance_spawn_hazards(struct instance *instance, int number)
{
    instance->hazards[number] = spawn(instance, "hazards", number);
}

void instance_start_hazards(struct instance *instance, int number)
{
    instance_spawn_hazards(instance, number);
    wait_serving(instance, "hazards", number);
}

static void end(pid_t pid, bool hard)
{
    int status = 0;
    CHECK(pid > 0);    // 0 would be all of ours
    kill(pid, hard ? SIGKILL : SIGTERM);
    waitpid(pid, &status, 0);
    if (!hard && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
        fail_msg("a service did not stop well: %d", status);
}

static void migrate(struct instance *instance, const char *service);
static struct rpc_client *open_client(const char *addresses);

void instance_start_notifications(struct instance *instance)
{
    char address[128];
    migrate(instance, "notifications");
    instance->notifications = spawn(instance, "notifications", 0);
    wait_serving(instance, "notifications", 0);
    snprintf(address, sizeof(address), "ipc://%s/notifications-0", instance->dir);
    if (!instance->notices)
        instance->notices = open_client(address);
}

void instance_end_hazards(struct instance *instance, int number, bool hard)
{
    end(instance->hazards[number], hard);
    instance->hazards[number] = 0;
}

void instance_end_notifications(struct instance *instance, bool hard)
{
    end(instance->notifications, hard);
    instance->notifications = 0;
}

static void migrate(struct instance *instance, const char *service)
{
    char output[2048];
    int status = instance_run(instance, output, sizeof(output), "anlan-%s migrate --database='%s' 2>&1", service,
                              instance_conninfo(instance, service, true));
    if (status != 0)
        fail_msg("migrate: %s", output);
}

static void make_keys(struct instance *instance)
{
    char path[128];
    char output[256];
    if (instance_run(instance, output, sizeof(output), "anlan init %s/keys", instance->dir) != 0)
        fail_msg("anlan init: %s", output);
    output[UUID_TEXT_SIZE - 1] = '\0';
    memcpy(instance->instance_id, output, UUID_TEXT_SIZE);
    snprintf(path, sizeof(path), "%s/keys/token-1.key", instance->dir);
    CHECK(crypto_key_read(path, true, 1, &instance->key));
}

static struct rpc_client *open_client(const char *addresses)
{
    struct status status = {0};
    struct rpc_client *client = NULL;
    struct rpc_client_options options;
    rpc_client_options_init(&options, addresses);
    options.attempts = 50;
    CHECK(rpc_client_open(&client, &options, &status));
    return client;
}

static void make_unit(struct instance *instance, enum place place, const char *parent,
                      Anlan__Organisations__V1__UnitKind kind, const char *code, const char *name, const char *sector)
{
    struct status status = {0};
    struct person admin = as_at(instance, "administrator", instance->instance_id, "系统管理员");
    char *sectors[] = {(char *)sector};
    Anlan__Organisations__V1__CreateUnitRequest request = ANLAN__ORGANISATIONS__V1__CREATE_UNIT_REQUEST__INIT;
    request.request_id = new_request_id(instance);
    request.parent_id = (char *)parent;
    request.kind = kind;
    request.code = (char *)code;
    request.name = (char *)name;
    request.sectors = sectors;
    request.n_sectors = sector != NULL;
    const Anlan__Organisations__V1__CreateUnitResponse *reply = (const void *)rpc_client_call(
        instance->units, "anlan.organisations.v1.OrganisationsService/CreateUnit", &request.base,
        &anlan__organisations__v1__create_unit_response__descriptor, admin.credential, CALL_MS,
        &instance->directory_position, &instance->arena, &status);
    assert_ok(status);
    snprintf(instance->ids[place], UUID_TEXT_SIZE, "%s", reply->unit->id);
}

#define KIND(name) ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_##name

static void plant_tree(struct instance *instance)
{
    make_unit(instance, REGION_15, "", KIND(REGION), "15", "内蒙古自治区", NULL);
    make_unit(instance, CITY_1504, instance->ids[REGION_15], KIND(CITY), "1504", "赤峰市", NULL);
    make_unit(instance, COUNTY_150424, instance->ids[CITY_1504], KIND(COUNTY), "150424", "林西县", NULL);
    make_unit(instance, TOWNSHIP_100, instance->ids[COUNTY_150424], KIND(TOWNSHIP), "150424100", "林西镇", NULL);
    make_unit(instance, TOWNSHIP_101, instance->ids[COUNTY_150424], KIND(TOWNSHIP), "150424101", "新城子镇", NULL);
    make_unit(instance, COUNTY_150423, instance->ids[CITY_1504], KIND(COUNTY), "150423", "巴林右旗", NULL);
    make_unit(instance, TOWNSHIP_OTHER, instance->ids[COUNTY_150423], KIND(TOWNSHIP), "150423100", "大板镇", NULL);
    make_unit(instance, REGULATOR, instance->ids[COUNTY_150424], KIND(REGULATOR), "", "林西县应急管理局", "fireworks");
    make_unit(instance, ENTERPRISE, instance->ids[COUNTY_150424], KIND(ENTERPRISE), "", "林西某化工厂", NULL);
}

void instance_start_tasks(struct instance *instance)
{
    char address[128];
    if (!instance->work)
        migrate(instance, "tasks");
    instance->tasks = spawn(instance, "tasks", 0);
    wait_serving(instance, "tasks", 0);
    snprintf(address, sizeof(address), "ipc://%s/tasks-0", instance->dir);
    if (!instance->work)
        instance->work = open_client(address);
}

void instance_end_tasks(struct instance *instance, bool hard)
{
    end(instance->tasks, hard);
    instance->tasks = 0;
}

// The roles that every instance begins with.
static void import_roles(struct instance *instance)
{
    char output[1024];
    int status = instance_run(instance, output, sizeof(output),
                              "ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_TOKEN=$(anlan token --keys %s/keys "
                              "--role administrator --instance) anlan roles import $ANLAN_SOURCE/deploy/data/roles.csv "
                              "--rejects %s/roles.rejects.csv 2>&1",
                              instance->dir, instance->dir, instance->dir);
    if (status != 0)
        fail_msg("anlan roles import: %s", output);
}

static void make_certificates(struct instance *instance)
{
    char output[1024];
    if (instance_run(instance, output, sizeof(output),
                     "anlan pki init %s/pki 2>&1 && anlan pki server %s/pki one --host 127.0.0.1 --unit %s 2>&1",
                     instance->dir, instance->dir, instance->instance_id) != 0)
        fail_msg("anlan pki: %s", output);
    for (size_t i = 0; i < INSTANCE_SERVICES; i++) {
        instance->calls_at[i] = tls_free_port();
        instance->feed_at[i] = tls_free_port();
    }
}

struct instance *instance_start(int hazards)
{
    return instance_begin(&(const struct instance_plan){.hazards = hazards});
}

struct instance *instance_begin(const struct instance_plan *plan)
{
    struct instance *instance = calloc(1, sizeof(*instance));
    int hazards = plan->hazards;
    char addresses[512] = "";
    CHECK(instance && hazards <= HAZARDS_MOST);
    instance->tls = plan->tls;
    arena_init(&instance->arena, (size_t)1 << 30);
    snprintf(instance->dir, sizeof(instance->dir), "/tmp/anlan-test-XXXXXX");
    CHECK(mkdtemp(instance->dir));
    cluster(instance, "start");
    migrate(instance, "organisations");
    migrate(instance, "hazards");
    make_keys(instance);
    if (instance->tls)
        make_certificates(instance);
    instance->organisations = spawn(instance, "organisations", 0);
    instance->hazard_count = hazards;
    for (int i = 0; i < hazards; i++) {
        instance->hazards[i] = spawn(instance, "hazards", i);
        snprintf(addresses + strlen(addresses), sizeof(addresses) - strlen(addresses), "%sipc://%s/hazards-%d",
                 i ? "," : "", instance->dir, i);
    }
    wait_serving(instance, "organisations", 0);
    for (int i = 0; i < hazards; i++)
        wait_serving(instance, "hazards", i);
    char units[128];
    snprintf(units, sizeof(units), "ipc://%s/organisations-0", instance->dir);
    instance->units = open_client(units);
    instance->ledger = open_client(addresses);
    import_roles(instance);
    if (!plan->bare)
        plant_tree(instance);
    return instance;
}

void instance_stop(struct instance *instance)
{
    rpc_client_close(instance->ledger);
    rpc_client_close(instance->units);
    rpc_client_close(instance->work);
    if (instance->tasks)
        end(instance->tasks, false);
    rpc_client_close(instance->notices);
    if (instance->notifications)
        end(instance->notifications, false);
    for (int i = 0; i < instance->hazard_count; i++)
        if (instance->hazards[i])
            end(instance->hazards[i], false);
    end(instance->organisations, false);
    cluster(instance, "kill");
    instance_run(instance, NULL, 0, "rm -rf %s", instance->dir);
    crypto_key_free(instance->key);
    arena_fini(&instance->arena);
    free(instance);
}

bool eventually(bool (*condition)(struct instance *instance), struct instance *instance)
{
    for (int try = 0; try < 200; try++) {
        if (condition(instance))
            return true;
        usleep(50000);
    }
    return false;
}

char *new_request_id(struct instance *instance)
{
    struct uuid id = uuid_make(clock_now());
    return service_uuid(&id, &instance->arena);
}

struct person as_at(struct instance *instance, const char *role, const char *unit_id, const char *name)
{
    struct arena *arena = &instance->arena;
    struct person person = {{0}};
    struct uuid token = uuid_make(clock_now());
    struct uuid subject;
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    const struct bytes part = {(const uint8_t *)name, strlen(name)};
    crypto_sha256(&part, 1, digest);
    memcpy(subject.bytes, digest, sizeof(subject.bytes));
    Anlan__Rpc__V1__ActingPost post = ANLAN__RPC__V1__ACTING_POST__INIT;
    post.unit_id = (char *)unit_id;
    post.role = (char *)role;
    Anlan__Rpc__V1__Claims claims = ANLAN__RPC__V1__CLAIMS__INIT;
    claims.instance_id = instance->instance_id;
    claims.token_id = service_uuid(&token, arena);
    claims.subject_id = service_uuid(&subject, arena);
    claims.subject_name = (char *)name;
    claims.post = &post;
    claims.issued_at = service_timestamp(clock_now(), arena);
    claims.expires_at = service_timestamp(clock_now() + 3600 * CLOCK_SECOND, arena);
    CHECK(access_token_sign(instance->key, ANLAN__RPC__V1__KEY_PURPOSE__KEY_PURPOSE_TOKEN, &claims, arena,
                            &person.credential));
    return person;
}

struct person as(struct instance *instance, const char *role, enum place place, const char *name)
{
    return as_at(instance, role, instance->ids[place], name);
}

ProtobufCMessage *call_hazards(struct instance *instance, struct person person, const char *method,
                               const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply,
                               struct status *status)
{
    char full[128];
    snprintf(full, sizeof(full), "anlan.hazards.v1.HazardsService/%s", method);
    *status = (struct status){0};
    return rpc_client_call(instance->ledger, full, request, reply, person.credential, CALL_MS,
                           &instance->directory_position, &instance->arena, status);
}

const Anlan__Hazards__V1__Hazard *create_hazard(struct instance *instance, struct person person, enum place place,
                                                const char *description, const char *request_id, struct status *status)
{
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    request.request_id = request_id ? (char *)request_id : new_request_id(instance);
    request.unit_id = instance->ids[place];
    request.grade = ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL;
    request.sector = (char *)"fireworks";
    request.description = (char *)description;
    const Anlan__Hazards__V1__CreateHazardResponse *reply =
        (const void *)call_hazards(instance, person, "CreateHazard", &request.base,
                                   &anlan__hazards__v1__create_hazard_response__descriptor, status);
    return reply ? reply->hazard : NULL;
}

const Anlan__Hazards__V1__Hazard *assign_hazard(struct instance *instance, struct person person,
                                                const Anlan__Hazards__V1__Hazard *hazard, const char *request_id,
                                                struct status *status)
{
    Anlan__Hazards__V1__AssignHazardRequest request = ANLAN__HAZARDS__V1__ASSIGN_HAZARD_REQUEST__INIT;
    request.request_id = request_id ? (char *)request_id : new_request_id(instance);
    request.tenant_id = hazard->tenant_id;
    request.id = hazard->id;
    request.version = hazard->version;
    Anlan__Hazards__V1__Assignment assignment = ANLAN__HAZARDS__V1__ASSIGNMENT__INIT;
    assignment.responsible_unit_id = instance->ids[TOWNSHIP_100];
    assignment.responsible_person = (char *)"张三";
    // The same deadline for the same request: a repeat must be the same bytes.
    assignment.deadline = service_timestamp(CLOCK_LAST / 2, &instance->arena);
    request.assignment = &assignment;
    const Anlan__Hazards__V1__AssignHazardResponse *reply =
        (const void *)call_hazards(instance, person, "AssignHazard", &request.base,
                                   &anlan__hazards__v1__assign_hazard_response__descriptor, status);
    return reply ? reply->hazard : NULL;
}

const Anlan__Hazards__V1__Hazard *get_hazard(struct instance *instance, struct person person, const char *tenant_id,
                                             const char *id, struct status *status)
{
    Anlan__Hazards__V1__GetHazardRequest request = ANLAN__HAZARDS__V1__GET_HAZARD_REQUEST__INIT;
    request.tenant_id = (char *)tenant_id;
    request.id = (char *)id;
    const Anlan__Hazards__V1__GetHazardResponse *reply = (const void *)call_hazards(
        instance, person, "GetHazard", &request.base, &anlan__hazards__v1__get_hazard_response__descriptor, status);
    return reply ? reply->hazard : NULL;
}

const Anlan__Hazards__V1__ListHazardsResponse *list_hazards(struct instance *instance, struct person person,
                                                            const char *unit_id, const char *page_token,
                                                            uint32_t page_size, struct status *status)
{
    Anlan__Hazards__V1__ListHazardsRequest request = ANLAN__HAZARDS__V1__LIST_HAZARDS_REQUEST__INIT;
    request.unit_id = (char *)unit_id;
    request.page_token = (char *)page_token;
    request.page_size = page_size;
    return (const void *)call_hazards(instance, person, "ListHazards", &request.base,
                                      &anlan__hazards__v1__list_hazards_response__descriptor, status);
}
