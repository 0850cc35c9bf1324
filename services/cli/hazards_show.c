// SPDX-License-Identifier: Apache-2.0
#include "hazards_show.h"

#include "base/check.h"
#include "base/clock.h"
#include "service/values.h"
#include "table.h"
#include "words.h"

// Times are said in China's time, the whole year round.
#define CHINA (8 * 3600 * CLOCK_SECOND)

typedef Anlan__Hazards__V1__Hazard hazard;

#define WORD(cli, type, value) words_say((cli), &anlan__hazards__v1__##type##__descriptor, (int)(value))

char *hazards_show_time(struct cli *cli, const Google__Protobuf__Timestamp *timestamp, size_t length)
{
    char text[CLOCK_TEXT_SIZE];
    if (!timestamp)
        return (char *)"";
    clock_format(service_time(timestamp) + CHINA, text);
    text[10] = ' ';
    return arena_text(&cli->arena, text, length);
}

const char *hazards_show_description(struct cli *cli, const hazard *h)
{
    if (!*h->restricted_to_unit_id)
        return h->description;
    return arena_printf(&cli->arena, "%s%s", cli_say(cli, (struct cli_text){"[restricted] ", "〔限制查看〕"}),
                        h->description);
}

void hazards_show_line(struct cli *cli, const ProtobufCMessage *record)
{
    const hazard *h = (const hazard *)record;
    printf("%s  %s  %s  v%lld  %s\n", h->id, WORD(cli, state, h->state), WORD(cli, grade, h->grade),
           (long long)h->version, hazards_show_description(cli, h));
}

static void line(const struct cli *cli, struct cli_text label, const char *value)
{
    if (value && *value)
        printf("%s%s\n", cli_say(cli, label), value);
}

static void show_steps(struct cli *cli, const hazard *h)
{
    static const struct cli_text headings[] = {{"when", "时间"},  {"entered", "录入"}, {"step", "环节"},
                                               {"state", "状态"}, {"who", "经办人"},   {"note", "说明"},
                                               {"by", "整改期限"}};
    const char *texts[COUNT_OF(headings)];
    struct table table;
    if (!h->life)
        return;
    for (size_t i = 0; i < COUNT_OF(headings); i++)
        texts[i] = cli_say(cli, headings[i]);
    table_init(&table, COUNT_OF(texts), texts);
    for (size_t i = 0; i < h->life->n_steps; i++) {
        const Anlan__Hazards__V1__Step *step = h->life->steps[i];
        const Anlan__Hazards__V1__Signature *by = step->by;
        table_add(&table,
                  (const char *const[]){by ? hazards_show_time(cli, by->occurred_at, 16) : "",
                                        by ? hazards_show_time(cli, by->entered_at, 16) : "",
                                        WORD(cli, action, step->action), WORD(cli, state, step->state),
                                        by ? by->person : "", step->note, hazards_show_time(cli, step->deadline, 10)});
    }
    table_write(&table, table_terminal_width(), stdout);
    table_fini(&table);
}

void hazards_show_card(struct cli *cli, const ProtobufCMessage *record)
{
    const hazard *h = (const hazard *)record;
    hazards_show_line(cli, record);
    line(cli, (struct cli_text){"where         ", "检查部位  "}, h->location);
    line(cli, (struct cli_text){"restricted to ", "限制查看  "}, h->restricted_to_unit_id);
    line(cli, (struct cli_text){"sector        ", "行业领域  "}, cli_sector_name(cli, h->sector));
    line(cli, (struct cli_text){"found by      ", "检查人    "}, h->found_by);
    line(cli, (struct cli_text){"found         ", "检查时间  "}, hazards_show_time(cli, h->occurred_at, 16));
    line(cli, (struct cli_text){"entered       ", "登记时间  "}, hazards_show_time(cli, h->entered_at, 16));
    line(cli, (struct cli_text){"responsible   ", "责任人    "}, h->responsible_person);
    line(cli, (struct cli_text){"to be done by ", "整改期限  "}, hazards_show_time(cli, h->deadline, 16));
    line(cli, (struct cli_text){"leader        ", "责任领导  "}, h->leader);
    if (h->halt)
        line(cli, (struct cli_text){"operations    ", "停产停业  "}, WORD(cli, halt_state, h->halt));
    if (h->listing)
        line(cli, (struct cli_text){"supervision   ", "挂牌督办  "}, WORD(cli, listing_state, h->listing));
    if (h->listing && h->life && h->life->listing)
        printf("%s%s  %s  %s  %s\n", cli_say(cli, (struct cli_text){"  listed by   ", "  挂牌    "}), h->listed_by,
               WORD(cli, supervision_level, h->life->listing->level), h->life->listing->document,
               hazards_show_time(cli, h->listed_until, 10));
    if (h->rebound_count)
        printf("%s%d\n", cli_say(cli, (struct cli_text){"rebounds      ", "反弹次数  "}), h->rebound_count);
    show_steps(cli, h);
}

static void show_revealed_step(struct cli *cli, const Anlan__Hazards__V1__RevealedStep *step)
{
    printf("v%lld  %s\n", (long long)step->version, step->note);
    for (size_t i = 0; i < step->n_evidence; i++)
        line(cli, (struct cli_text){"  evidence    ", "  凭据    "}, step->evidence[i]);
    if (step->criterion)
        printf("%s%s %s %s\n", cli_say(cli, (struct cli_text){"  judged by   ", "  判定依据  "}),
               step->criterion->standard, step->criterion->version, step->criterion->item);
    if (!step->five_items)
        return;
    line(cli, (struct cli_text){"  measures    ", "  措施    "}, step->five_items->measures);
    line(cli, (struct cli_text){"  answers     ", "  责任    "}, step->five_items->responsibility);
    line(cli, (struct cli_text){"  funds       ", "  资金    "}, step->five_items->funds);
    line(cli, (struct cli_text){"  time limit  ", "  时限    "}, step->five_items->time_limit);
    line(cli, (struct cli_text){"  emergency   ", "  预案    "}, step->five_items->emergency_plan);
}

void hazards_show_revealed(struct cli *cli, const ProtobufCMessage *record)
{
    const Anlan__Hazards__V1__RevealedHazard *revealed = (const void *)record;
    const Anlan__Hazards__V1__HazardPayload *payload = revealed->payload;
    printf("%s  %s\n", revealed->id, payload ? payload->description : "");
    if (payload)
        line(cli, (struct cli_text){"where         ", "检查部位  "}, payload->location);
    if (payload)
        line(cli, (struct cli_text){"reported by   ", "举报人    "}, payload->found_by);
    for (size_t i = 0; payload && i < payload->n_steps; i++)
        show_revealed_step(cli, payload->steps[i]);
    if (revealed->incomplete)
        puts(cli_say(cli, (struct cli_text){"Some of it is missing or was altered, and is left out.",
                                            "部分内容缺失或被改动，未予显示。"}));
}
