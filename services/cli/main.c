// SPDX-License-Identifier: Apache-2.0
// `anlan`, the client program: its contents page, and how the command line is read.
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "commands.h"

static const struct cli_option shared[] = {
    {"organisations",
     "ADDRESSES",
     "ANLAN_ORGANISATIONS",
     {"addresses of organisations, separated by commas", "组织服务地址，用逗号分隔"}},
    {"hazards",
     "ADDRESSES",
     "ANLAN_HAZARDS",
     {"addresses of hazards, separated by commas", "隐患服务地址，用逗号分隔"}},
    {"tasks", "ADDRESSES", "ANLAN_TASKS", {"addresses of tasks, separated by commas", "任务服务地址，用逗号分隔"}},
    {"notifications",
     "ADDRESSES",
     "ANLAN_NOTIFICATIONS",
     {"addresses of notifications, separated by commas", "通知服务地址，用逗号分隔"}},
    {"token", "TOKEN", "ANLAN_TOKEN", {"the token, or @FILE", "令牌，或 @文件"}},
    {"tls-ca",
     "FILE",
     "ANLAN_TLS_CA",
     {"for tls+tcp:// addresses: the authority to trust", "tls+tcp:// 地址所信任的机构证书"}},
    {"tls-crl", "FILE", "ANLAN_TLS_CRL", {"its revocation list", "其吊销列表"}},
    {"tls-certificate", "FILE", "ANLAN_TLS_CERTIFICATE", {"our certificate", "本端证书"}},
    {"tls-key", "FILE", "ANLAN_TLS_KEY", {"its private key", "本端私钥"}},
    {"timeout", "MS", NULL, {"most milliseconds of a call, 10000 by default", "调用时限（毫秒），默认 10000"}},
    {"json", NULL, NULL, {"print JSON", "输出 JSON"}},
    {"lang", "en|zh", NULL, {"language of messages; by the locale if not given", "消息语言；默认按区域设置"}},
};

static const struct cli_option token_options[] = {
    {"keys", "DIR", "ANLAN_KEYS", {"directory made by anlan init", "anlan init 创建的目录"}},
    {"role", "ROLE", NULL, {"role of the post; anlan roles list tells them", "岗位角色；见 anlan roles list"}},
    {"unit", "UUID", NULL, {"unit of the post", "岗位所在单位"}},
    {"instance", NULL, NULL, {"the post is at the instance itself", "岗位属于本系统"}},
    {"post", "UUID", NULL, {"a post of the directory instead of role and unit", "组织目录中的岗位，代替角色和单位"}},
    {"grant", "UUID", NULL, {"a grant to act by besides; may be given several times", "另行使用的授权，可多次给出"}},
    {"client", NULL, NULL, {"the subject is a client and acts by grants alone", "主体为客户端，仅凭授权"}},
    {"name", "NAME", NULL, {"name of the person or client", "人员或客户端名称"}},
    {"subject", "UUID", NULL, {"id of the person; made from the name if not given", "人员编号；默认由名称生成"}},
    {"hours", "N", NULL, {"validity, 1 to 12; 1 by default", "有效小时数，1 至 12，默认 1"}},
    {"sector", "SECTOR", NULL, {"confines the post; may be given several times", "限定行业领域，可多次给出"}},
};

static const struct cli_option unit_get_options[] = {
    {"id", "UUID", NULL, {"its id", "编号"}},
    {"code", "CODE", NULL, {"its division code", "行政区划代码"}},
    {"credit-code", "CODE", NULL, {"its unified social credit code", "统一社会信用代码"}},
};

static const struct cli_option import_options[] = {
    {"rejects", "FILE", NULL, {"where rejected rows go; FILE.rejects.csv by default", "退回行文件"}},
    {"dry-run", NULL, NULL, {"check only, create nothing", "只检查，不写入"}},
};

static const struct cli_option doctor_options[] = {
    {"health",
     "ADDRESSES",
     "ANLAN_HEALTH",
     {"health addresses, separated by commas, besides", "另查的健康检查地址，用逗号分隔"}},
    {"keys",
     "DIR",
     "ANLAN_KEYS",
     {"on the instance's machine: its keys and their modes", "本机密钥目录，检查密钥及权限"}},
    {"database-dir",
     "DIR",
     NULL,
     {"on the database's machine: how much room its disk has", "本机数据库目录，检查磁盘空间"}},
    {"strict", NULL, NULL, {"warnings end it with 1 too", "有注意项时退出码也为 1"}},
};

static const struct cli_option call_options[] = {
    {"address", "ADDRESS", NULL, {"where to call, if not the service's own address", "调用地址"}},
    {"defaults", NULL, NULL, {"show fields at their zero values", "显示零值字段"}},
};

static const struct cli_option describe_options[] = {
    {"address", "ADDRESS", NULL, {"the service to ask, if not organisations or hazards", "所询问的服务地址"}},
    {"save", "FILE", NULL, {"write its descriptor set there, for protoc --descriptor_set_in", "将描述符集存入文件"}},
};

static const struct cli_option log_options[] = {
    {"tenant", "UUID|CODE", NULL, {"whose log", "哪个租户的日志"}},
    {"organisations-feed",
     "ADDRESSES",
     "ANLAN_ORGANISATIONS_FEED",
     {"feed addresses of organisations", "组织服务的拉取地址"}},
    {"hazards-feed", "ADDRESSES", "ANLAN_HAZARDS_FEED", {"feed addresses of hazards", "隐患服务的拉取地址"}},
    {"tasks-feed", "ADDRESSES", "ANLAN_TASKS_FEED", {"feed addresses of tasks", "任务服务的拉取地址"}},
    {"notifications-feed",
     "ADDRESSES",
     "ANLAN_NOTIFICATIONS_FEED",
     {"feed addresses of notifications", "通知服务的拉取地址"}},
    {"access",
     NULL,
     NULL,
     {"the access log: unmasked reads, uses of grants, refusals", "访问日志：查看完整信息、使用授权、被拒绝的访问"}},
    {"from", "N", NULL, {"first position; 1 by default", "起始位置，默认 1"}},
    {"follow", NULL, NULL, {"wait for further entries", "持续跟随"}},
};

static const struct cli_option stream_options[] = {
    {"organisations-feed",
     "ADDRESSES",
     "ANLAN_ORGANISATIONS_FEED",
     {"feed addresses of organisations", "组织服务的拉取地址"}},
    {"hazards-feed", "ADDRESSES", "ANLAN_HAZARDS_FEED", {"feed addresses of hazards", "隐患服务的拉取地址"}},
    {"tasks-feed", "ADDRESSES", "ANLAN_TASKS_FEED", {"feed addresses of tasks", "任务服务的拉取地址"}},
    {"bookmark",
     "FILE",
     NULL,
     {"go on from there, and keep there how far it came; without one, a snapshot",
      "从文件所记位置继续，并记下新位置；没有时先取快照"}},
    {"follow", NULL, NULL, {"wait for further changes", "持续跟随"}},
    {"type", "NAME", NULL, {"type of record, if the service has several", "记录类型"}},
    {"projection", "NAME", NULL, {"what is shown: full, masked, …", "显示内容：full、masked 等"}},
    {"unit", "UUID|CODE", NULL, {"only what lies within a unit", "仅某单位范围内"}},
    {"sector", "CODE", NULL, {"only a sector", "仅某行业领域"}},
};

static const struct cli_command commands[] = {
    {"init",
     NULL,
     0,
     "DIR",
     {"makes an instance's id and keys", "创建本系统的编号和密钥"},
     "anlan init /etc/anlan/keys",
     keys_command_init},
    {"token",
     OPTIONS(token_options),
     NULL,
     {"signs a token with the instance's key", "用本系统密钥签发令牌"},
     "anlan token --keys /etc/anlan/keys --role administrator --instance",
     keys_command_token},
    {"units get",
     OPTIONS(unit_get_options),
     NULL,
     {"shows a unit", "查看单位"},
     "anlan units get --code 150424",
     units_command_get},
    {"units import",
     OPTIONS(import_options),
     "FILE|-",
     {"imports divisions from CSV (- reads standard input): code,parent,tier,name",
      "从 CSV 导入行政区划，- 为标准输入"},
     "anlan units import divisions-15.csv\n"
     "    gunzip -c divisions.csv.gz | anlan units import - --rejects rejected.csv",
     units_command_import},
    {"call",
     OPTIONS(call_options),
     "METHOD [JSON|-]",
     {"calls any method with proto3 JSON", "以 JSON 调用任一方法"},
     "anlan call organisations/GetUnit '{\"code\": \"150424\"}'",
     call_command_call},
    {"methods",
     NULL,
     0,
     "[TEXT]",
     {"lists methods, kinds and permissions", "列出方法、类别和权限"},
     "anlan methods hazards",
     call_command_methods},
    {"describe",
     OPTIONS(describe_options),
     "[SERVICE|METHOD|MESSAGE]",
     {"describes the contract as the service tells it", "查看服务提供的契约"},
     "anlan describe hazards/CreateHazard",
     describe_command_describe},
    {"log",
     OPTIONS(log_options),
     "organisations|hazards|tasks|notifications",
     {"shows a tenant's log and checks it", "查看并核对租户日志"},
     "anlan log hazards --tenant 150424",
     log_command_log},
    {"stream",
     OPTIONS(stream_options),
     "organisations|hazards|tasks",
     {"follows what you may read: a snapshot, changes, withdrawals", "跟随可查看的记录：快照、变更、撤回"},
     "anlan stream hazards --bookmark fire.bookmark --follow",
     stream_command_stream},
    {"health",
     NULL,
     0,
     "ADDRESS...",
     {"asks services how they are", "检查服务状态"},
     "anlan health ipc:///run/anlan/hazards-1.health",
     call_command_health},
    {"doctor",
     OPTIONS(doctor_options),
     NULL,
     {"examines an instance and says what to do", "体检：检查本系统并给出处置建议"},
     "anlan doctor --keys /etc/anlan/keys --database-dir /var/lib/postgresql",
     doctor_command_doctor},
};

static const struct cli_commands *const pages[] = {&(const struct cli_commands){commands, COUNT_OF(commands)},
                                                   &sign_in_table,
                                                   &organisations_table,
                                                   &duty_table,
                                                   &access_table,
                                                   &instances_table,
                                                   &hazards_table,
                                                   &listings_table,
                                                   &campaigns_table,
                                                   &inspections_table,
                                                   &look_backs_table,
                                                   &clocks_table,
                                                   &accidents_table,
                                                   &inbox_table,
                                                   &reports_table,
                                                   &channels_table,
                                                   &hazards_views_table,
                                                   &pki_table};

static void print_options(const struct cli *cli, const struct cli_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        printf("  --%s%s%s\n      %s", options[i].name, options[i].value_name ? " " : "",
               options[i].value_name ? options[i].value_name : "", cli_say(cli, options[i].help));
        if (options[i].variable)
            printf(" (%s)", options[i].variable);
        printf("\n");
    }
}

static void print_command(const struct cli *cli, const struct cli_command *command)
{
    printf("anlan %s%s%s\n    %s\n    %s\n\n", command->name, command->arguments ? " " : "",
           command->arguments ? command->arguments : "", cli_say(cli, command->help), command->example);
    print_options(cli, command->options, command->option_count);
}

static bool is_of_group(const struct cli_command *command, const char *group)
{
    size_t length = strlen(group);
    return strncmp(command->name, group, length) == 0 && command->name[length] == ' ';
}

// The commands whose names begin with a word, or all (NULL). False where there are none.
static bool print_commands(const struct cli *cli, const char *group, FILE *out)
{
    bool any = false;
    for (size_t p = 0; p < COUNT_OF(pages); p++)
        for (size_t i = 0; i < pages[p]->count; i++) {
            const struct cli_command *command = &pages[p]->rows[i];
            if (group && !is_of_group(command, group))
                continue;
            any = true;
            fprintf(out, "  anlan %-26s %s\n", command->name, cli_say(cli, command->help));
        }
    return any;
}

// Of a group, where there is one of that name, or of everything.
static int print_help(const struct cli *cli, const char *group, FILE *out)
{
    if (group && print_commands(cli, group, out)) {
        fputs(cli_say(cli, (struct cli_text){"\nanlan help COMMAND tells more.\n", "\nanlan help 命令 给出详情。\n"}),
              out);
        return out == stdout ? CLI_OK : CLI_USAGE;
    }
    if (group)
        out = stderr;
    fputs(cli_say(cli, (struct cli_text){"anlan: the client of Anlan, the hazard ledger\n\n",
                                         "anlan：安澜隐患台账客户端\n\n"}),
          out);
    print_commands(cli, NULL, out);
    fputs(cli_say(cli, (struct cli_text){"\nanlan help COMMAND tells more. Options of all commands:\n",
                                         "\nanlan help 命令 给出详情。通用选项：\n"}),
          out);
    if (out == stdout) {
        print_options(cli, shared, COUNT_OF(shared));
        fputs(cli_say(cli,
                      (struct cli_text){"\nExit status: 0 done, 1 the call failed, 2 usage, 3 rows were rejected, "
                                        "4 no service could be reached.\n",
                                        "\n退出码：0 成功，1 调用失败，2 用法错误，3 有退回的行，4 无法连接服务。\n"}),
              out);
    }
    return out == stdout ? CLI_OK : CLI_USAGE;
}

static bool names_command(const struct cli_command *command, char **argv, int argc, int *words)
{
    int count = 0;
    for (const char *at = command->name; *at; count++) {
        size_t length = strcspn(at, " ");
        if (count == argc || strlen(argv[count]) != length || strncmp(argv[count], at, length) != 0)
            return false;
        at += length + (at[length] == ' ');
    }
    *words = count;
    return true;
}

// The command that the words begin with; *words counts those that name it.
static const struct cli_command *find_command(char **argv, int argc, int *words)
{
    for (size_t p = 0; p < COUNT_OF(pages); p++)
        for (size_t i = 0; i < pages[p]->count; i++)
            if (names_command(&pages[p]->rows[i], argv, argc, words))
                return &pages[p]->rows[i];
    return NULL;
}

static const struct cli_option *find_option(const struct cli *cli, const char *name, size_t length)
{
    const struct cli_option *lists[] = {shared, cli->command ? cli->command->options : NULL};
    const size_t counts[] = {COUNT_OF(shared), cli->command ? cli->command->option_count : 0};
    for (size_t l = 0; l < COUNT_OF(lists); l++)
        for (size_t i = 0; i < counts[l]; i++)
            if (strlen(lists[l][i].name) == length && strncmp(lists[l][i].name, name, length) == 0)
                return &lists[l][i];
    return NULL;
}

// Reads one option; *at moves to its last word. False, told, where it is unknown or has no value.
static bool read_option(struct cli *cli, int argc, char **argv, int *at)
{
    const char *name = argv[*at] + 2;
    const char *equals = strchr(name, '=');
    const struct cli_option *option = find_option(cli, name, equals ? (size_t)(equals - name) : strlen(name));
    const char *value = equals ? equals + 1 : "";
    if (option && option->value_name && !equals)
        value = *at + 1 < argc ? argv[++*at] : NULL;
    if (!option || !value || (!option->value_name && equals) || cli->given_count == CLI_OPTIONS_MOST) {
        fprintf(stderr,
                cli_say(cli, (struct cli_text){"anlan: %s: no such option here, or its value is missing\n",
                                               "anlan：%s：没有此选项，或缺少取值\n"}),
                argv[*at < argc ? *at : argc - 1]);
        return false;
    }
    cli->given[cli->given_count].name = option->name;
    cli->given[cli->given_count++].value = value;
    return true;
}

static bool read_words(struct cli *cli, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0) {
            if (!read_option(cli, argc, argv, &i))
                return false;
        } else if (cli->argument_count < CLI_ARGUMENTS_MOST) {
            cli->arguments[cli->argument_count++] = argv[i];
        }
    }
    bool needs = cli->command->arguments && cli->command->arguments[0] != '[';
    if ((needs && cli->argument_count == 0) || (!cli->command->arguments && cli->argument_count > 0)) {
        fprintf(stderr, "anlan %s %s\n", cli->command->name, cli->command->arguments ? cli->command->arguments : "");
        return false;
    }
    return true;
}

static bool is_chinese(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < COUNT_OF(variables); i++) {
        const char *value = getenv(variables[i]);
        if (value && *value)
            return strncmp(value, "zh", 2) == 0;
    }
    return false;
}

// The language of --lang, wherever it stands; the first counts.
static void read_language(struct cli *cli)
{
    for (size_t i = cli->given_count; i > 0; i--)
        if (strcmp(cli->given[i - 1].name, "lang") == 0)
            cli->chinese = strcmp(cli->given[i - 1].value, "zh") == 0;
}

static bool read_shared(struct cli *cli)
{
    const char *timeout = cli_option(cli, "timeout");
    read_language(cli);
    cli->json = cli_option(cli, "json") != NULL;
    cli->timeout_ms = timeout ? (int)strtol(timeout, NULL, 10) : 10000;
    if (cli->timeout_ms >= 1 && cli->timeout_ms <= 60000)
        return true;
    fprintf(stderr, "anlan: --timeout: 1 - 60000\n");
    return false;
}

static int run(struct cli *cli, int argc, char **argv)
{
    int words = 0;
    while (argc > 0 && strncmp(argv[0], "--", 2) == 0 && strcmp(argv[0], "--help") != 0 &&
           strcmp(argv[0], "--version") != 0) {
        int at = 0;
        if (!read_option(cli, argc, argv, &at))
            return CLI_USAGE;
        argc -= at + 1;
        argv += at + 1;
    }
    read_language(cli);
    bool help = argc > 0 && (strcmp(argv[0], "help") == 0 || strcmp(argv[0], "--help") == 0);
    cli->command = find_command(argv + help, argc - help, &words);
    if (help && cli->command) {
        print_command(cli, cli->command);
        return CLI_OK;
    }
    if (help)
        return print_help(cli, argc == 2 ? argv[1] : NULL, argc <= 2 ? stdout : stderr);
    if (argc > 0 && strcmp(argv[0], "--version") == 0) {
        printf("anlan %s\n", ANLAN_VERSION);
        return CLI_OK;
    }
    if (!cli->command)
        return print_help(cli, argc > 0 ? argv[0] : NULL, stderr);
    if (argc > words && strcmp(argv[argc - 1], "--help") == 0) {
        print_command(cli, cli->command);
        return CLI_OK;
    }
    return read_words(cli, argc - words, argv + words) && read_shared(cli) ? cli->command->run(cli) : CLI_USAGE;
}

int main(int argc, char **argv)
{
    struct cli cli = {.chinese = is_chinese()};
    arena_init(&cli.arena, (size_t)1 << 30);
    rpc_trace_begin(&cli.trace);
    int exit_status = run(&cli, argc - 1, argv + 1);
    for (size_t i = 0; i < COUNT_OF(cli.clients); i++)
        rpc_client_close(cli.clients[i]);
    rpc_tls_close(cli.tls);
    arena_fini(&cli.arena);
    return exit_status;
}
