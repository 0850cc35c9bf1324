// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "commands.h"
#include "inbox_show.h"
#include "method_command.h"

#define INBOX "anlan.notifications.v1.InboxService/"

static const struct cli_option list_options[] = {
    {"open", NULL, NULL, {"only what nobody has acknowledged", "只列未签收的"}},
    {"page", "TOKEN", NULL, {"the next page, as the page before says", "下一页"}},
};

static const struct cli_option show_options[] = {
    {"tenant", "UUID|CODE", NULL, {"the tenant that keeps it", "所属租户"}, "tenant_id", true},
    {"id", "UUID", NULL, {"its id", "编号"}, "id", true},
};

static const struct cli_option acknowledge_options[] = {
    {"tenant", "UUID|CODE", NULL, {"the tenant that keeps it", "所属租户"}, "tenant_id", true},
    {"id", "UUID", NULL, {"its id", "编号"}, "id", true},
    {"note", "TEXT", NULL, {"what you answer", "答复"}, "note"},
};

static const struct cli_option wait_options[] = {
    {"after", "N", NULL, {"only what came after this position; 0 by default", "只列该位置之后的，默认 0"}},
    {"follow", NULL, NULL, {"go on waiting", "持续等待"}},
    {"notifications-feed",
     "ADDRESSES",
     "ANLAN_NOTIFICATIONS_FEED",
     {"feed addresses of notifications", "通知服务的拉取地址"}},
};

static const struct cli_option rules_options[] = {
    {"unit", "UUID|CODE", NULL, {"only those of this unit and below", "只列该单位及以下的"}},
    {"retired", NULL, NULL, {"retired ones too", "包括已停用的"}},
    {"page", "TOKEN", NULL, {"the next page, as the page before says", "下一页"}},
};

static const struct cli_option import_options[] = {
    {"unit", "UUID|CODE", NULL, {"the unit at which, and below which, they hold", "规则适用的单位及其以下"}},
    {"rule-set", "NAME", NULL, {"the set that they come with", "规则集名称"}},
    {"document", "TEXT", NULL, {"by which document", "文号"}},
    {"rejects", "FILE", NULL, {"where rejected rows go; FILE.rejects.csv by default", "退回行文件"}},
    {"dry-run", NULL, NULL, {"check only, change nothing", "只检查，不写入"}},
};

static const struct cli_command commands[] = {
    {.name = "inbox list",
     OPTIONS(list_options),
     .help = {"lists the inbox of your post and yourself", "列出本岗位和本人的收件箱"},
     .example = "anlan inbox list --open",
     .run = inbox_command_list},
    {.name = "inbox show",
     OPTIONS(show_options),
     .help = {"shows a message", "查看通知"},
     .example = "anlan inbox show --tenant 150424 --id 0193…",
     .run = method_command_run,
     .service = CLI_NOTIFICATIONS,
     .method = INBOX "GetMessage",
     .show = inbox_show_card},
    {.name = "inbox acknowledge",
     OPTIONS(acknowledge_options),
     .help = {"acknowledges a message", "签收通知"},
     .example = "anlan inbox acknowledge --tenant 150424 --id 0193… --note 已安排",
     .run = method_command_run,
     .service = CLI_NOTIFICATIONS,
     .method = INBOX "AcknowledgeMessage",
     .show = inbox_show_card},
    {.name = "inbox wait",
     OPTIONS(wait_options),
     .help = {"waits for messages", "等待新通知"},
     .example = "anlan inbox wait --follow",
     .run = inbox_command_wait},
    {.name = "notify rules list",
     OPTIONS(rules_options),
     .help = {"lists rules of notification", "列出通知规则"},
     .example = "anlan notify rules list --unit 150424",
     .run = notify_command_rules},
    {.name = "notify rules import",
     OPTIONS(import_options),
     .arguments = "FILE|-",
     .help = {"makes a unit's rules what a CSV says; rules that it does not name stay",
              "按 CSV 设置单位的通知规则，未列出的不变"},
     .example = "anlan notify rules import deploy/data/notify-rules.csv --unit 15 --rule-set 默认规则",
     .run = notify_command_import},
};

const struct cli_commands inbox_table = {commands, COUNT_OF(commands)};
