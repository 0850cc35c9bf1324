// SPDX-License-Identifier: Apache-2.0
// Urgent reports: what one calls comes first.
#include "anlan/notifications/v1/report.pb-c.h"
#include "base/check.h"
#include "commands.h"
#include "hazards_show.h"
#include "method_command.h"
#include "table.h"
#include "words.h"

#define REPORTS "anlan.notifications.v1.ReportService/"

typedef Anlan__Notifications__V1__UrgentReport report;
typedef Anlan__Notifications__V1__ReportStep report_step;

#define WORD(cli, type, value) words_say((cli), &anlan__notifications__v1__##type##__descriptor, (int)(value))

static void show_line(struct cli *cli, const ProtobufCMessage *record)
{
    const report *r = (const report *)record;
    printf("%s %s  %s  %s  %s  v%lld  %s\n", cli_say(cli, (struct cli_text){"CALL", "电话"}), r->telephone, r->id,
           WORD(cli, accident_grade, r->grade), hazards_show_time(cli, r->entered_at, 16), (long long)r->version,
           r->title);
}

static void line(const struct cli *cli, struct cli_text label, const char *value)
{
    if (value && *value)
        printf("%s%s\n", cli_say(cli, label), value);
}

static const char *stand_of(const struct cli *cli, const report_step *step)
{
    if (step->forwarded)
        return cli_say(cli, (struct cli_text){"reported upward", "已上报"});
    if (step->acknowledged)
        return cli_say(cli, (struct cli_text){"acknowledged", "已签收"});
    return step->skipped_at ? cli_say(cli, (struct cli_text){"PASSED OVER, still owes an answer", "已越级，仍须签收"})
                            : cli_say(cli, (struct cli_text){"no answer yet", "未签收"});
}

static void show_steps(struct cli *cli, const report *r)
{
    static const struct cli_text headings[] = {{"call", "电话"}, {"tier", "层级"}, {"line", "渠道"},
                                               {"unit", "单位"}, {"sent", "送达"}, {"state", "状态"},
                                               {"by", "时限"},   {"who", "签收人"}};
    const char *texts[COUNT_OF(headings)];
    struct table table;
    for (size_t i = 0; i < COUNT_OF(headings); i++)
        texts[i] = cli_say(cli, headings[i]);
    table_init(&table, COUNT_OF(texts), texts);
    for (size_t i = 0; i < r->detail->n_steps; i++) {
        const report_step *step = r->detail->steps[i];
        table_add(&table, (const char *const[]){step->telephone, step->tier, WORD(cli, report_line, step->line),
                                                step->unit_id, hazards_show_time(cli, step->sent_at, 16),
                                                stand_of(cli, step), hazards_show_time(cli, step->due_at, 16),
                                                step->acknowledged ? step->acknowledged->person : ""});
    }
    table_write(&table, table_terminal_width(), stdout);
    table_fini(&table);
}

static void show_card(struct cli *cli, const ProtobufCMessage *record)
{
    const report *r = (const report *)record;
    show_line(cli, record);
    if (!r->detail)
        return;
    for (size_t i = 0; i < r->detail->n_bodies; i++)
        printf("%s %s  %s\n", cli_say(cli, (struct cli_text){"CALL", "电话"}), r->detail->bodies[i]->telephone,
               r->detail->bodies[i]->name);
    printf(cli_say(cli, (struct cli_text){"dead %d, missing %d, seriously hurt %d, loss %lld yuan\n",
                                          "死亡 %d 人，下落不明 %d 人，重伤 %d 人，直接经济损失 %lld 元\n"}),
           r->deaths, r->missing, r->injured, (long long)r->loss_yuan);
    line(cli, (struct cli_text){"happened   ", "发生时间  "}, hazards_show_time(cli, r->accident_at, 16));
    line(cli, (struct cli_text){"unit       ", "单位概况  "}, r->detail->overview);
    line(cli, (struct cli_text){"scene      ", "现场情况  "}, r->detail->scene);
    line(cli, (struct cli_text){"course     ", "简要经过  "}, r->detail->course);
    line(cli, (struct cli_text){"measures   ", "已采取措施  "}, r->detail->measures);
    line(cli, (struct cli_text){"other      ", "其他情况  "}, r->detail->other);
    line(cli, (struct cli_text){"reported by ", "报告人    "}, r->detail->reporter);
    if (r->late)
        line(cli, (struct cli_text){"LATE: ", "迟报："},
             cli_say(cli, (struct cli_text){"reported later than the first clock allows", "超过首报时限"}));
    for (size_t i = 0; i < r->detail->n_supplements; i++)
        line(cli, (struct cli_text){"supplement  ", "续报      "}, r->detail->supplements[i]->text);
    show_steps(cli, r);
}

static int list(struct cli *cli)
{
    Anlan__Notifications__V1__ListReportsRequest request = ANLAN__NOTIFICATIONS__V1__LIST_REPORTS_REQUEST__INIT;
    int exit_status = CLI_OK;
    const char *unit = cli_option(cli, "unit");
    if (unit && !(request.unit_id = (char *)cli_unit(cli, unit, &exit_status)))
        return exit_status;
    request.page_token = (char *)(cli_option(cli, "page") ? cli_option(cli, "page") : "");
    const Anlan__Notifications__V1__ListReportsResponse *page =
        (const void *)cli_call(cli, CLI_NOTIFICATIONS, REPORTS "ListReports", &request.base, &exit_status);
    if (!page)
        return exit_status;
    if (cli->json) {
        cli_print_json(&page->base, true);
        return CLI_OK;
    }
    for (size_t i = 0; i < page->n_reports; i++)
        show_line(cli, &page->reports[i]->base);
    if (*page->next_page_token)
        printf("--page %s\n", page->next_page_token);
    return CLI_OK;
}

static const struct cli_option urgent_options[] = {
    {"unit", "UUID|CODE", NULL, {"unit at which it happened", "事故发生单位"}, "unit_id", true},
    {"telephone", "NUMBER", NULL, {"the number to call", "联系电话"}, "telephone", true},
    {"title", "TEXT", NULL, {"what happened, in a line", "事故简述"}, "title", true},
    {"grade",
     "general|larger|major|extraordinary",
     NULL,
     {"its grade, as you see it", "事故等级：一般、较大、重大、特别重大"},
     "grade",
     true},
    {"happened-at", "TIME", NULL, {"when, as in RFC 3339", "发生时间"}, "accident_at", true},
    {"deaths", "N", NULL, {"dead", "死亡人数"}, "deaths"},
    {"missing", "N", NULL, {"missing", "下落不明人数"}, "missing"},
    {"injured", "N", NULL, {"seriously hurt", "重伤人数"}, "injured"},
    {"loss", "YUAN", NULL, {"direct loss", "直接经济损失（元）"}, "loss_yuan"},
    {"overview", "TEXT", NULL, {"what kind of unit it is", "事故发生单位概况"}, "overview", true},
    {"scene", "TEXT", NULL, {"where exactly, and the scene", "时间、地点以及现场情况"}, "scene", true},
    {"course", "TEXT", NULL, {"how it came about", "简要经过"}, "course", true},
    {"measures", "TEXT", NULL, {"what has been done", "已经采取的措施"}, "measures", true},
    {"other", "TEXT", NULL, {"what else there is to say", "其他应当报告的情况"}, "other"},
};

static const struct cli_option list_options[] = {
    {"unit", "UUID|CODE", NULL, {"only those of this unit and below", "只列该单位及以下的"}},
    {"page", "TOKEN", NULL, {"the next page, as the page before says", "下一页"}},
};

static const struct cli_option show_options[] = {
    {"tenant", "UUID|CODE", NULL, {"the tenant that keeps it", "所属租户"}, "tenant_id", true},
    {"id", "UUID", NULL, {"its id", "编号"}, "id", true},
};

static const struct cli_option answer_options[] = {
    {"tenant", "UUID|CODE", NULL, {"the tenant that keeps it", "所属租户"}, "tenant_id", true},
    {"id", "UUID", NULL, {"its id", "编号"}, "id", true},
    {"note", "TEXT", NULL, {"what you answer or add", "批示或补充"}, "note"},
};

static const struct cli_option supplement_options[] = {
    {"tenant", "UUID|CODE", NULL, {"the tenant that keeps it", "所属租户"}, "tenant_id", true},
    {"id", "UUID", NULL, {"its id", "编号"}, "id", true},
    {"text", "TEXT", NULL, {"what has become known", "续报内容"}, "text", true},
    {"deaths", "N", NULL, {"dead, as is now known", "死亡人数"}, "deaths"},
    {"missing", "N", NULL, {"missing", "下落不明人数"}, "missing"},
    {"injured", "N", NULL, {"seriously hurt", "重伤人数"}, "injured"},
    {"loss", "YUAN", NULL, {"direct loss", "直接经济损失（元）"}, "loss_yuan"},
};

#define CALL(name_text, method_name, list, en_text, zh_text, example_text)                                             \
    {                                                                                                                  \
        .name = (name_text), OPTIONS(list), .help = {(en_text), (zh_text)}, .example = (example_text),                 \
        .run = method_command_run, .service = CLI_NOTIFICATIONS, .method = REPORTS method_name, .show = show_card      \
    }

static const struct cli_command commands[] = {
    CALL("reports urgent", "ReportUrgent", urgent_options, "reports an accident at once", "紧急信息报告（首报）",
         "anlan reports urgent --unit 150424100 --telephone 0476-5550000 --title 烟花仓库爆炸 --grade general "
         "--happened-at 2026-11-26T08:00:00+08:00 --deaths 1 --overview 烟花批发企业 --scene 仓库东侧 --course "
         "卸货时起火 "
         "--measures 已疏散并灭火"),
    {.name = "reports list",
     OPTIONS(list_options),
     .help = {"lists urgent reports, the newest first", "列出紧急信息报告"},
     .example = "anlan reports list --unit 150424",
     .run = list},
    CALL("reports show", "GetReport", show_options, "shows a report: whom to call, and who has answered",
         "查看报告：联系电话和各级签收情况", "anlan reports show --tenant 150424 --id 0193…"),
    CALL("reports acknowledge", "AcknowledgeReport", answer_options, "acknowledges a report", "签收报告",
         "anlan reports acknowledge --tenant 150424 --id 0193… --note 立即组织救援"),
    CALL("reports forward", "ForwardReport", answer_options, "reports it to the tier above", "上报上级",
         "anlan reports forward --tenant 150424 --id 0193…"),
    {.name = "reports supplement",
     OPTIONS(supplement_options),
     .help = {"adds what has become known", "续报"},
     .example = "anlan reports supplement --tenant 150424 --id 0193… --text 又发现一名遇难者 --deaths 2",
     .run = method_command_run,
     .service = CLI_NOTIFICATIONS,
     .method = REPORTS "SupplementReport",
     .get = REPORTS "GetReport",
     .show = show_card},
};

const struct cli_commands reports_table = {commands, COUNT_OF(commands)};
