// SPDX-License-Identifier: Apache-2.0
// Where messages go besides inboxes: endpoints, and what became of what was sent there.
#include "base/check.h"
#include "commands.h"
#include "task_options.h"

#define ENDPOINTS "anlan.notifications.v1.EndpointService/"
#define DELIVERIES "anlan.notifications.v1.DeliveryService/"

#define URGENCY                                                                                                        \
    {                                                                                                                  \
        "least-urgency", "normal|important|urgent", NULL, {"only messages at least so urgent", "最低紧急程度"},        \
            "least_urgency"                                                                                            \
    }
#define LANGUAGE                                                                                                       \
    {                                                                                                                  \
        "language", "chinese|english", NULL, {"of the texts; Chinese by default", "语言，默认中文"}, "language"        \
    }
#define ATTEMPTS                                                                                                       \
    {                                                                                                                  \
        "attempts", "N", NULL, {"how often a message is tried; 12 by default", "最多发送次数，默认 12"},               \
            "attempts_most"                                                                                            \
    }
#define WAIT                                                                                                           \
    {                                                                                                                  \
        "first-wait", "SECONDS", NULL,                                                                                 \
            {"how long it waits behind the first attempt; 30 by default, twice as long each time",                     \
             "首次重试等待秒数，默认 30，逐次加倍"},                                                                   \
            "first_wait_seconds"                                                                                       \
    }
#define BELOW                                                                                                          \
    {                                                                                                                  \
        "below", NULL, NULL, {"messages of units below it go there too", "包括下级单位的通知"}, "below"                \
    }
#define NOTE                                                                                                           \
    {                                                                                                                  \
        "note", "TEXT", NULL, {"what it is for", "用途说明"}, "note"                                                   \
    }

static const struct cli_option create_options[] = {
    {"unit", "UUID|CODE", NULL, {"the unit whose messages go there", "接收单位"}, "unit_id", true},
    {"role", "ROLE", NULL, {"the role of the posts whose messages go there", "接收岗位角色"}, "role"},
    {"person", "UUID", NULL, {"or the person", "或接收人"}, "person_id"},
    {"code", "NAME", NULL, {"its name, unique at the unit", "代码，单位内唯一"}, "code", true},
    {"channel", "webhook|email", NULL, {"by which channel", "渠道"}, "channel", true},
    {"address", "URL|ADDRESS", NULL, {"where it goes", "网址或邮箱"}, "address", true},
    URGENCY,
    LANGUAGE,
    ATTEMPTS,
    WAIT,
    BELOW,
    NOTE,
};

static const struct cli_option change_options[] = {
    TENANT,
    ID,
    {"address", "URL|ADDRESS", NULL, {"where it goes from now on", "新网址或邮箱"}, "address"},
    URGENCY,
    LANGUAGE,
    ATTEMPTS,
    WAIT,
    BELOW,
    {"not-below", NULL, NULL, {"messages of units below it no longer go there", "不再包括下级单位的通知"}},
    NOTE,
    {"retire", NULL, NULL, {"it is no more; what waits for it is withdrawn", "停用，待发送的撤回"}, "retired"},
    {"new-secret",
     NULL,
     NULL,
     {"a new secret signs from now on, the one before for a day as well", "更换签名密钥，旧密钥再用一天"},
     "new_secret"},
};

static const struct cli_option secret_options[] = {
    {"id", "UUID", NULL, {"the endpoint's id", "推送地址编号"}, NULL, true},
    {"number", "N", NULL, {"which of its secrets, as the endpoint says; 1 by default", "第几个密钥，默认 1"}},
    {"keys", "DIR", "ANLAN_KEYS", {"directory of the instance's keys", "实例密钥目录"}},
};

static const struct cli_option endpoints_options[] = {
    TOP,
    {"retired", NULL, NULL, {"retired ones too", "包括已停用的"}, "include_retired"},
    PAGE,
    ALL,
};

static const struct cli_option show_options[] = {TENANT, ID};

static const struct cli_option deliveries_options[] = {
    TOP,
    {"dead", NULL, NULL, {"only dead letters", "只列死信"}, "dead"},
    PAGE,
    ALL,
};

static const struct cli_option replay_options[] = {
    TENANT,
    ID,
    {"note", "TEXT", NULL, {"why", "说明"}, "note"},
};

#define ROW(words, service_name, method_name, list, text, example_text)                                                \
    {                                                                                                                  \
        .name = (words), OPTIONS(list), .help = text, .example = (example_text), .run = task_command_run,              \
        .service = CLI_NOTIFICATIONS, .method = service_name method_name                                               \
    }

static const struct cli_command commands[] = {
    ROW("endpoints create", ENDPOINTS, "CreateEndpoint", create_options,
        TEXT("sends the messages of a post, a person or a unit elsewhere too", "设置通知的对外推送地址"),
        "anlan endpoints create --unit 150424 --role county_officer --code duty_office --channel email --address "
        "zhiban@example.org --least-urgency important"),
    {.name = "endpoints change",
     OPTIONS(change_options),
     .help = {"changes an endpoint; what is not given stays", "修改推送地址，未给出的不变"},
     .example = "anlan endpoints change --tenant 150424 --id 0193… --new-secret",
     .run = channels_command_change,
     .service = CLI_NOTIFICATIONS,
     .method = ENDPOINTS "UpdateEndpoint"},
    {.name = "endpoints secret",
     OPTIONS(secret_options),
     .help = {"shows the secret by which a webhook's receiver checks signatures; on the instance's own machine",
              "显示接收方验签密钥（仅在实例本机）"},
     .example = "anlan endpoints secret --id 0193… --keys .run/keys",
     .run = channels_command_secret},
    ROW("endpoints list", ENDPOINTS, "ListEndpoints", endpoints_options, TEXT("lists endpoints", "列出推送地址"),
        "anlan endpoints list --unit 150424"),
    ROW("endpoints show", ENDPOINTS, "GetEndpoint", show_options, TEXT("shows an endpoint", "查看推送地址"),
        "anlan endpoints show --tenant 150424 --id 0193…"),
    ROW("deliveries list", DELIVERIES, "ListDeliveries", deliveries_options,
        TEXT("lists what was sent to endpoints, the newest first; dead letters", "列出推送记录和死信"),
        "anlan deliveries list --dead"),
    ROW("deliveries show", DELIVERIES, "GetDelivery", show_options,
        TEXT("shows a delivery with its attempts", "查看推送记录及各次发送"),
        "anlan deliveries show --tenant 150424 --id 0193…"),
    ROW("deliveries replay", DELIVERIES, "ReplayDelivery", replay_options,
        TEXT("has a dead letter sent again", "重新发送死信"),
        "anlan deliveries replay --tenant 150424 --id 0193… --note 对方已恢复"),
};

const struct cli_commands channels_table = {commands, COUNT_OF(commands)};

static const struct task_column endpoint_columns[] = {
    {"id", {"endpoint", "推送地址编号"}},
    {"version", {"version", "版本"}},
    {"code", {"code", "代码"}},
    {"unit_id", {"unit", "单位"}},
    {"role", {"role", "角色"}},
    {"person_id", {"person", "接收人"}},
    {"channel", {"channel", "渠道"}},
    {"address", {"address", "地址"}},
    {"least_urgency", {"least urgency", "最低紧急程度"}},
    {"secret_number", {"secret", "密钥序号"}},
    {"retired", {"retired", "停用"}},
};
static const struct task_column delivery_columns[] = {
    {"id", {"delivery", "推送编号"}},        {"state", {"state", "状态"}},
    {"channel", {"channel", "渠道"}},        {"receiver", {"receiver", "接收方"}},
    {"attempts", {"attempts", "次数"}},      {"outcome", {"last outcome", "最近结果"}},
    {"due_at", {"next", "下次发送"}},        {"entered_at", {"entered", "录入时间"}},
    {"message_id", {"message", "通知编号"}}, {"unit_id", {"unit", "单位"}},
    {"replays", {"replayed", "重发次数"}},
};
static const struct task_column attempt_columns[] = {
    {"began_at", {"began", "开始"}},
    {"ended_at", {"ended", "结束"}},
    {"outcome", {"outcome", "结果"}},
    {"took_ms", {"ms", "毫秒"}},
};

const struct task_form channel_forms[] = {
    {.command = "endpoints create", COLUMNS(endpoint_columns)},
    {.command = "endpoints list", COLUMNS(endpoint_columns), .none = {"No endpoint.", "没有推送地址。"}},
    {.command = "endpoints show", COLUMNS(endpoint_columns)},
    {.command = "deliveries list", COLUMNS(delivery_columns), .none = {"No delivery.", "没有推送记录。"}},
    {.command = "deliveries show", COLUMNS(delivery_columns), PART("detail.attempts", attempt_columns)},
    {.command = "deliveries replay", COLUMNS(delivery_columns)},
};
const size_t channel_form_count = COUNT_OF(channel_forms);
