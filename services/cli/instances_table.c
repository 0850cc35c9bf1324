// SPDX-License-Identifier: Apache-2.0
// The commands about other instances: their options, examples and forms.
#include "base/check.h"
#include "commands.h"
#include "record_commands.h"

#define COLUMNS(list) .columns = (list), .column_count = COUNT_OF(list)
#define INSTANCES "anlan.organisations.v1.InstancesService/"

// clang-format off
#define OPTION_KEYS {"keys", "DIR", "ANLAN_KEYS", {"directory made by anlan init", "anlan init 创建的目录"}}
#define OPTIONS_OF_OWN \
    {"name", "NAME", NULL, {"what people call this instance", "本系统名称"}}, \
    {"ca", "FILE", NULL, {"certificates of the authority of its certificates, PEM", "本系统证书机构的证书（PEM）"}}, \
    {"host", "NAME|ADDRESS", NULL, {"where its four services are, at the usual ports; up to several times", \
                                    "四个服务所在主机（默认端口），可多次给出"}}, \
    {"address", "SERVICE=CALLS,FEED", NULL, {"where one of them is, tls+tcp://HOST:PORT each", \
                                             "某服务的调用地址和数据流地址，形如 tls+tcp://HOST:PORT"}}, \
    OPTION_KEYS
// clang-format on

static const struct cli_option request_options[] = {
    {"code", "CODE", NULL, {"division code of the unit whose instance it is", "本单位区划代码"}},
    OPTIONS_OF_OWN,
};

static const struct cli_option enrol_options[] = {
    {"unit", "UUID|CODE", NULL, {"the unit whose instance it is", "下级系统所属单位"}},
    OPTIONS_OF_OWN,
};

static const struct cli_option accept_options[] = {OPTION_KEYS};

static const struct cli_option id_options[] = {
    {"id", "UUID", NULL, {"the instance", "系统编号"}},
};

static const struct cli_option reason_options[] = {
    {"id", "UUID", NULL, {"the instance", "系统编号"}},
    {"reason", "TEXT", NULL, {"why", "原因"}},
};

static const struct cli_option list_options[] = {
    {"page", "TOKEN", NULL, {"the next page, as the last one said", "下一页标记"}},
    {"all", NULL, NULL, {"all pages", "全部"}},
};

static const struct record_column columns[] = {
    {"id", {"id", "编号"}},         {"displayName", {"name", "名称"}}, {"kind", {"where", "上下级"}},
    {"unitId", {"unit", "单位"}},   {"state", {"state", "状态"}},      {"stateSince", {"since", "自"}},
    {"reason", {"reason", "原因"}},
};

static const struct cli_command commands[] = {
    {"instances request",
     OPTIONS(request_options),
     NULL,
     {"at the county: writes the file with which it asks to join the instance above",
      "县级：生成接入申请文件，交上级系统"},
     "anlan instances request --code 150424 --name 林西县 --host anlan.linxi.example --ca /etc/anlan/pki/ca.crt "
     "--keys /etc/anlan/keys >county.json",
     instances_command_request},
    {"instances enrol",
     OPTIONS(enrol_options),
     "FILE",
     {"at the region: takes the instance up, and writes the file that answers it", "上级：接入下级系统，生成答复文件"},
     "anlan instances enrol county.json --unit 150424 --name 内蒙古自治区 --host anlan.nmg.example --ca "
     "/etc/anlan/pki/ca.crt --keys /etc/anlan/keys >region.json",
     instances_command_enrol},
    {"instances accept",
     OPTIONS(accept_options),
     "FILE",
     {"at the county: makes the units of the answer, with the same ids, and takes up the instance above",
      "县级：按答复文件建立相同编号的单位，接入上级系统"},
     "anlan instances accept region.json --keys /etc/anlan/keys",
     instances_command_accept},
    {"instances list",
     OPTIONS(list_options),
     NULL,
     {"lists the instances above and below", "列出上下级系统"},
     "anlan instances list",
     record_command_run},
    {"instances get",
     OPTIONS(id_options),
     NULL,
     {"shows one", "查看上下级系统"},
     "anlan instances get --id 0193… --json",
     record_command_run},
    {"instances suspend",
     OPTIONS(reason_options),
     NULL,
     {"refuses it and pulls nothing from it, at once, until it is resumed", "暂停：立即拒绝其访问并停止拉取"},
     "anlan instances suspend --id 0193… --reason 证书疑似泄露",
     record_command_run},
    {"instances resume",
     OPTIONS(id_options),
     NULL,
     {"takes it up again; what happened meanwhile is caught up with", "恢复接入，自动补齐期间数据"},
     "anlan instances resume --id 0193…",
     record_command_run},
    {"instances end",
     OPTIONS(reason_options),
     NULL,
     {"ends it for ever; copies of its logs stay, and are only read", "永久终止；已复制的数据保留，只读"},
     "anlan instances end --id 0193… --reason 并入其他系统",
     record_command_run},
};

const struct cli_commands instances_table = {commands, COUNT_OF(commands)};

const struct record_form instances_forms[] = {
    {"instances list", INSTANCES "ListInstances", NULL, COLUMNS(columns)},
    {"instances get", INSTANCES "GetInstance", NULL, COLUMNS(columns)},
    {"instances suspend", INSTANCES "SuspendInstance", INSTANCES "GetInstance", COLUMNS(columns)},
    {"instances resume", INSTANCES "ResumeInstance", INSTANCES "GetInstance", COLUMNS(columns)},
    {"instances end", INSTANCES "EndInstance", INSTANCES "GetInstance", COLUMNS(columns)},
};
const size_t instances_form_count = COUNT_OF(instances_forms);
