// SPDX-License-Identifier: Apache-2.0
// What can be asked of an instance's processes, wherever they are.
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "commands.h"
#include "doctor.h"
#include "rpc/address.h"
#include "service/values.h"

// The services that an instance has, as options name them.
static const char *const services[] = {"organisations", "hazards", "tasks", "notifications"};

#define SILENT_WARNING_S 120
#define SKEW_WARNING (2 * CLOCK_SECOND)
#define SKEW_FAULT (60 * CLOCK_SECOND)

static const char *next_address(struct doctor *doctor, const char **at)
{
    size_t length = strcspn(*at, ",");
    const char *address = arena_text(&doctor->cli->arena, *at, length);
    CHECK(address);
    *at += length + ((*at)[length] == ',');
    return address;
}

// The addresses of a list, each once.
static void add_list(struct doctor *doctor, const char *option, const char *service, const char *list)
{
    const struct cli_text correct = {"correct the option, or ANLAN_…", "请更正该选项或 ANLAN_… 环境变量"};
    for (const char *at = list; *at;) {
        struct status status = {0};
        const char *address = next_address(doctor, &at);
        size_t i = 0;
        while (i < doctor->process_count && strcmp(doctor->processes[i].address, address) != 0)
            i++;
        if (i < doctor->process_count)
            doctor_add(doctor, DOCTOR_WARNING, "settings", option, correct,
                       (struct cli_text){"names %s twice", "重复给出地址 %s"}, address);
        else if (!rpc_address_allowed(address, &status))
            doctor_add(doctor, DOCTOR_FAULT, "settings", option, correct, (struct cli_text){"%s", "地址无效：%s"},
                       status.message);
        else if (doctor->process_count < DOCTOR_PROCESSES_MOST)
            doctor->processes[doctor->process_count++] =
                (struct doctor_process){.service = service, .address = address};
    }
}

// Those of an option, however often it was given.
static void add_processes(struct doctor *doctor, const char *option, const char *service)
{
    struct cli *cli = doctor->cli;
    bool given = false;
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].name, option) == 0) {
            given = true;
            add_list(doctor, option, service, cli->given[i].value);
        }
    if (!given && cli_option(cli, option))
        add_list(doctor, option, service, cli_option(cli, option));
}

void doctor_settings(struct doctor *doctor)
{
    struct cli *cli = doctor->cli;
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        add_processes(doctor, services[i], services[i]);
        if (!cli_option(cli, services[i]) && !cli_option(cli, "health"))
            doctor_add(doctor, DOCTOR_WARNING, "settings", services[i],
                       (struct cli_text){"give its addresses: they were not examined", "请给出其地址，否则未作检查"},
                       (struct cli_text){"no address is set", "未设置地址"});
    }
    add_processes(doctor, "health", NULL);
    bool tls = false;
    for (size_t i = 0; i < doctor->process_count; i++)
        tls = tls || rpc_address_is_tls(doctor->processes[i].address);
    static const char *const files[] = {"tls-ca", "tls-certificate", "tls-key"};
    for (size_t i = 0; tls && i < COUNT_OF(files); i++)
        if (!cli_option(cli, files[i]))
            doctor_add(
                doctor, DOCTOR_FAULT, "settings", files[i],
                (struct cli_text){"give the file: tls+tcp:// needs all three", "请给出文件：tls+tcp:// 三者皆需"},
                (struct cli_text){"is not set", "未设置"});
    if (tls && !cli_option(cli, "tls-crl"))
        doctor_add(doctor, DOCTOR_WARNING, "settings", "tls-crl",
                   (struct cli_text){"give it: a revoked service would be trusted", "请给出：否则仍会信任已吊销的服务"},
                   (struct cli_text){"is not set", "未设置"});
}

static void ask(struct doctor *doctor, struct doctor_process *process)
{
    struct cli *cli = doctor->cli;
    struct status status = {0};
    int ignored = 0;
    struct rpc_client *client = cli_open(cli, process->address, &ignored);
    Anlan__Rpc__V1__CheckRequest request = ANLAN__RPC__V1__CHECK_REQUEST__INIT;
    clock_time before = clock_now();
    if (client)
        process->answer = (const void *)rpc_client_call(client, "anlan.rpc.v1.HealthService/Check", &request.base,
                                                        &anlan__rpc__v1__check_response__descriptor, (struct bytes){0},
                                                        cli->timeout_ms, NULL, &cli->arena, &status);
    process->trip = clock_now() - before;
    process->asked = before + process->trip / 2;
    rpc_client_close(client);
    if (process->answer)
        doctor_add(doctor, DOCTOR_GOOD, "address", process->address, DOCTOR_NOTHING,
                   (struct cli_text){"answers within %lld ms", "%lld 毫秒内应答"},
                   (long long)(process->trip / CLOCK_MILLISECOND));
    else
        doctor_add(doctor, DOCTOR_FAULT, "address", process->address,
                   (struct cli_text){
                       "is the service running (its log, docker-compose ps), the address right, the way "
                       "open, the certificate good?",
                       "请检查服务是否运行（日志、docker-compose ps）、地址是否正确、网络是否可达、证书是否有效"},
                   (struct cli_text){"does not answer: %s", "无应答：%s"},
                   client ? status.message : cli_say(cli, (struct cli_text){"cannot be opened", "无法打开"}));
}

static void judge_health(struct doctor *doctor, const struct doctor_process *process)
{
    const Anlan__Rpc__V1__CheckResponse *answer = process->answer;
    bool serving = answer->status == ANLAN__RPC__V1__SERVING_STATUS__SERVING_STATUS_SERVING;
    if (process->service && strcmp(process->service, answer->program) != 0)
        doctor_add(doctor, DOCTOR_FAULT, "address", process->address,
                   (struct cli_text){"correct the addresses", "请更正地址"},
                   (struct cli_text){"is %s, not %s", "实际为 %s，而不是 %s"}, answer->program, process->service);
    if (!answer->database)
        doctor_add(doctor, DOCTOR_FAULT, "health", process->address,
                   (struct cli_text){"start PostgreSQL, or look why it refuses: its log and the service's",
                                     "请启动 PostgreSQL，或查看其日志和服务日志"},
                   (struct cli_text){"%s has no database", "%s 无法连接数据库"}, answer->program);
    else
        doctor_add(doctor, serving ? DOCTOR_GOOD : DOCTOR_FAULT, "health", process->address,
                   (struct cli_text){"look at the service's log", "请查看服务日志"},
                   serving ? (struct cli_text){"%s serves", "%s 正常服务"}
                           : (struct cli_text){"%s does not serve yet, or stops", "%s 尚未就绪或正在停止"},
                   answer->program);
}

static void judge_clock(struct doctor *doctor, const struct doctor_process *process)
{
    if (!process->answer->time)
        return;
    clock_time skew = service_time(process->answer->time) - process->asked;
    // Half of the trip is what cannot be known.
    clock_time sure = llabs(skew) > process->trip / 2 ? llabs(skew) - process->trip / 2 : 0;
    enum doctor_level level = sure > SKEW_FAULT ? DOCTOR_FAULT : sure > SKEW_WARNING ? DOCTOR_WARNING : DOCTOR_GOOD;
    doctor_add(doctor, level, "clock", process->address,
               (struct cli_text){
                   "synchronise both machines' clocks (chrony, timedatectl): tokens and deadlines depend on them",
                   "请同步两台机器的时钟（chrony、timedatectl）：令牌和期限依赖时钟"},
               (struct cli_text){"differs from ours by %lld ms", "与本机相差 %lld 毫秒"},
               (long long)(skew / CLOCK_MILLISECOND));
}

static void judge_version(struct doctor *doctor, const struct doctor_process *process)
{
    const Anlan__Rpc__V1__CheckResponse *answer = process->answer;
    bool same = strcmp(answer->version, ANLAN_VERSION) == 0;
    doctor_add(doctor, same ? DOCTOR_GOOD : DOCTOR_WARNING, "version", process->address,
               (struct cli_text){"bring services and client to one version", "请将各服务和客户端升级到同一版本"},
               same ? (struct cli_text){"%s, as this program", "%s，与本程序一致"}
                    : (struct cli_text){"%s; this program is %s", "%s；本程序为 %s"},
               answer->version, ANLAN_VERSION);
    if (answer->schema_pending > 0)
        doctor_add(
            doctor, DOCTOR_FAULT, "schema", process->address,
            (struct cli_text){"run the program's migrate, then start the service anew", "请运行 migrate，然后重启服务"},
            (struct cli_text){"the database lacks %d migrations up to %s", "数据库缺少 %d 个迁移，应至 %s"},
            answer->schema_pending, answer->schema);
    else
        doctor_add(
            doctor, answer->schema_pending < 0 ? DOCTOR_WARNING : DOCTOR_GOOD, "schema", process->address,
            (struct cli_text){"bring the service to the version of its database", "请将服务升级到与数据库一致的版本"},
            answer->schema_pending < 0 ? (struct cli_text){"the database is newer than the program, which ends with %s",
                                                           "数据库比程序新，程序止于 %s"}
                                       : (struct cli_text){"%s, complete", "%s，完整"},
            answer->schema);
}

// How old the process's copy of the directory is, and how far it is behind the farthest.
static void judge_mirror(struct doctor *doctor, const struct doctor_process *process, int64_t farthest)
{
    const Anlan__Rpc__V1__CheckResponse *answer = process->answer;
    const struct cli_text look = {"is organisations up and its feed address reachable from there? The log says "
                                  "directory.pull_failed",
                                  "组织服务是否运行、其日志地址是否可达？参见日志 directory.pull_failed"};
    if (answer->directory_age_ms < 0)
        doctor_add(doctor, DOCTOR_FAULT, "mirror", process->address, look,
                   (struct cli_text){"%s has never had the whole directory", "%s 从未取得完整组织目录"},
                   answer->program);
    else {
        enum doctor_level level = answer->directory_age_ms > LIMIT_DIRECTORY_AGE_MAX_MS     ? DOCTOR_FAULT
                                  : answer->directory_age_ms > LIMIT_DIRECTORY_AGE_GRANT_MS ? DOCTOR_WARNING
                                                                                            : DOCTOR_GOOD;
        doctor_add(doctor, level, "mirror", process->address, look,
                   (struct cli_text){"position %lld of %lld, %lld ms old", "位置 %lld/%lld，%lld 毫秒前同步"},
                   (long long)answer->directory_position, (long long)farthest, (long long)answer->directory_age_ms);
    }
}

// The logs of instances below.
static void judge_copies(struct doctor *doctor, const struct doctor_process *process)
{
    const Anlan__Rpc__V1__CheckResponse *answer = process->answer;
    if (answer->copies == 0)
        return;
    if (answer->copies_stopped > 0)
        doctor_add(
            doctor, DOCTOR_FAULT, "copies", process->address,
            (struct cli_text){"see which with anlan-NAME follows, find out with its owner whose log was altered, "
                              "put it right, then anlan-NAME retry",
                              "请用 anlan-NAME follows 查看，与下级核对哪一方日志被改动，恢复后运行 anlan-NAME retry"},
            (struct cli_text){"%lld of %lld copied logs differ from their source and have stopped",
                              "%lld/%lld 份下级日志副本与来源不一致，已停止"},
            (long long)answer->copies_stopped, (long long)answer->copies);
    bool silent = answer->copies_silent_s > SILENT_WARNING_S;
    doctor_add(doctor, silent ? DOCTOR_WARNING : DOCTOR_GOOD, "copies", process->address,
               (struct cli_text){"is the instance below up, and the way to it open? It is caught up with by itself",
                                 "下级系统是否运行、网络是否可达？恢复后自动补齐"},
               (struct cli_text){"%lld logs copied, %lld entries behind, the longest silent for %lld s",
                                 "已复制 %lld 份下级日志，落后 %lld 条，最长 %lld 秒未联系"},
               (long long)answer->copies, (long long)answer->copies_lag, (long long)answer->copies_silent_s);
}

// What the instance above shows.
static void judge_above(struct doctor *doctor, const struct doctor_process *process)
{
    const Anlan__Rpc__V1__CheckResponse *answer = process->answer;
    if (answer->above_streams == 0)
        return;
    bool silent = answer->above_silent_s > SILENT_WARNING_S;
    doctor_add(doctor, silent ? DOCTOR_WARNING : DOCTOR_GOOD, "above", process->address,
               (struct cli_text){"is the instance above up, and the way to it open? It is caught up with by itself",
                                 "上级系统是否运行、网络是否可达？恢复后自动补齐"},
               (struct cli_text){"%lld streams of the instance above followed, the longest silent for %lld s",
                                 "跟随上级数据流 %lld 个，最长 %lld 秒未联系"},
               (long long)answer->above_streams, (long long)answer->above_silent_s);
}

// What could not be sent and is tried no more: a person looks why, and has it sent again.
static void judge_attention(struct doctor *doctor, const struct doctor_process *process)
{
    int64_t count = process->answer->attention;
    if (strcmp(process->answer->program, "notifications") != 0)
        return;
    doctor_add(doctor, count > 0 ? DOCTOR_WARNING : DOCTOR_GOOD, "deliveries", process->address,
               (struct cli_text){"anlan deliveries list --dead tells why; put it right, then anlan deliveries replay",
                                 "请用 anlan deliveries list --dead 查看原因，处理后用 anlan deliveries replay 重发"},
               (struct cli_text){"%lld dead letters", "死信 %lld 条"}, (long long)count);
}

static void judge(struct doctor *doctor, const struct doctor_process *process, int64_t farthest)
{
    judge_health(doctor, process);
    judge_clock(doctor, process);
    judge_version(doctor, process);
    judge_mirror(doctor, process, farthest);
    judge_copies(doctor, process);
    judge_above(doctor, process);
    judge_attention(doctor, process);
    if (process->answer->certificates_end_at)
        doctor_end(doctor, "certificate", process->address, service_time(process->answer->certificates_end_at),
                   (struct cli_text){"renew the service's certificate or the revocation list, then SIGHUP",
                                     "请更新服务证书或吊销列表，然后发送 SIGHUP"});
}

void doctor_services(struct doctor *doctor)
{
    int64_t farthest = 0;
    for (size_t i = 0; i < doctor->process_count; i++) {
        struct doctor_process *process = &doctor->processes[i];
        ask(doctor, process);
        if (process->answer && process->answer->directory_position > farthest)
            farthest = process->answer->directory_position;
    }
    for (size_t i = 0; i < doctor->process_count; i++)
        if (doctor->processes[i].answer)
            judge(doctor, &doctor->processes[i], farthest);
}
