// SPDX-License-Identifier: Apache-2.0
// The rules of notification: lists them, and imports them from CSV. A rule that is there becomes what its row says; one
// that says nothing else is left alone; rules of the unit that the file does not name stay.
#include <stdlib.h>
#include <string.h>

#include "anlan/notifications/v1/notifications.pb-c.h"
#include "base/check.h"
#include "commands.h"
#include "sheet.h"
#include "table.h"
#include "words.h"

#define SERVICE "anlan.notifications.v1.RuleService/"
#define WORDS_MOST 64

typedef Anlan__Notifications__V1__Rule rule;

enum {
    CODE,
    SOURCE,
    ACTIONS,
    RECIPIENT,
    URGENCY,
    TITLE_ZH,
    TITLE_EN,
    TEXT_ZH,
    TEXT_EN,
    GRADES,
    SECTORS,
    TIERS,
    ROLE,
    LADDER,
    CHANNELS,
    COLUMNS
};
#define REQUIRED (TEXT_EN + 1)

static const struct cli_text headings[COLUMNS] = {
    {"code", "代码"},        {"source", "来源"},       {"actions", "事项"},      {"recipient", "接收方"},
    {"urgency", "紧急程度"}, {"title_zh", "中文标题"}, {"title_en", "英文标题"}, {"text_zh", "中文内容"},
    {"text_en", "英文内容"}, {"grades", "级别"},       {"sectors", "行业领域"},  {"tiers", "层级"},
    {"role", "接收岗位"},    {"ladder", "催办升级"},   {"channels", "渠道"},
};

// A page of rules; NULL, told.
static const Anlan__Notifications__V1__ListRulesResponse *read_rules(struct cli *cli, const char *unit, bool retired,
                                                                     const char *page, int *exit_status)
{
    Anlan__Notifications__V1__ListRulesRequest request = ANLAN__NOTIFICATIONS__V1__LIST_RULES_REQUEST__INIT;
    request.unit_id = (char *)(unit ? unit : "");
    request.include_retired = retired;
    request.page_token = (char *)(page ? page : "");
    request.page_size = 500;
    return (const void *)cli_call(cli, CLI_NOTIFICATIONS, SERVICE "ListRules", &request.base, exit_status);
}

static char *joined(struct cli *cli, char *const *texts, size_t count)
{
    char *all = arena_text(&cli->arena, "", 0);
    for (size_t i = 0; i < count; i++)
        all = arena_printf(&cli->arena, "%s%s%s", all, i ? " " : "", texts[i]);
    return all;
}

static char *channels_of(struct cli *cli, const rule *r)
{
    char *all = arena_text(&cli->arena, "", 0);
    for (size_t i = 0; i < r->n_channels; i++)
        all = arena_printf(&cli->arena, "%s%s%s", all, i ? " " : "",
                           words_say(cli, &anlan__notifications__v1__channel__descriptor, (int)r->channels[i]));
    return all;
}

int notify_command_rules(struct cli *cli)
{
    static const struct cli_text shown[] = {{"code", "代码"},        {"actions", "事项"},  {"grades", "级别"},
                                            {"recipient", "接收方"}, {"role", "接收岗位"}, {"urgency", "紧急程度"},
                                            {"unit", "适用单位"},    {"channels", "渠道"}};
    const char *texts[COUNT_OF(shown)];
    int exit_status = CLI_OK;
    struct table table;
    const char *unit = cli_option(cli, "unit");
    if (unit && !(unit = cli_unit(cli, unit, &exit_status)))
        return exit_status;
    const Anlan__Notifications__V1__ListRulesResponse *page =
        read_rules(cli, unit, cli_option(cli, "retired") != NULL, cli_option(cli, "page"), &exit_status);
    if (!page)
        return exit_status;
    if (cli->json) {
        cli_print_json(&page->base, true);
        return CLI_OK;
    }
    for (size_t i = 0; i < COUNT_OF(shown); i++)
        texts[i] = cli_say(cli, shown[i]);
    table_init(&table, COUNT_OF(texts), texts);
    for (size_t i = 0; i < page->n_rules; i++) {
        const rule *r = page->rules[i];
        table_add(&table, (const char *const[]){
                              r->code, joined(cli, r->actions, r->n_actions), joined(cli, r->grades, r->n_grades),
                              words_say(cli, &anlan__notifications__v1__recipient__descriptor, (int)r->recipient),
                              r->role, words_say(cli, &anlan__notifications__v1__urgency__descriptor, (int)r->urgency),
                              r->unit_id, channels_of(cli, r)});
    }
    table_print_page(cli, &table, page->next_page_token, (struct cli_text){"no rules", "没有通知规则"});
    table_fini(&table);
    return CLI_OK;
}

static char **split(struct cli *cli, const char *text, size_t *count)
{
    char **words = arena_array(&cli->arena, WORDS_MOST, sizeof(char *));
    CHECK(words);
    *count = 0;
    for (text += strspn(text, " "); *text && *count < WORDS_MOST; text += strspn(text, " ")) {
        size_t length = strcspn(text, " ");
        words[(*count)++] = arena_text(&cli->arena, text, length);
        text += length;
    }
    return words;
}

static bool read_word(struct sheet_row *row, int column, const ProtobufCEnumDescriptor *descriptor, int *value)
{
    if (words_parse(descriptor, sheet_cell(row, (size_t)column), value))
        return true;
    sheet_reject(row, (struct cli_text){"is none of its words", "不是有效取值"}, sheet_cell(row, (size_t)column));
    return false;
}

// "leader+240": 240 minutes after the delivery; "leader@60": 60 minutes after the deadline.
static bool read_rung(struct cli *cli, const char *text, Anlan__Notifications__V1__Rung *rung)
{
    int recipient = 0;
    size_t length = strcspn(text, "+@");
    char *end = NULL;
    const char *word = arena_text(&cli->arena, text, length);
    anlan__notifications__v1__rung__init(rung);
    if (!text[length] || !words_parse(&anlan__notifications__v1__recipient__descriptor, word, &recipient))
        return false;
    rung->counts_from = text[length] == '+' ? ANLAN__NOTIFICATIONS__V1__RUNG_BASE__RUNG_BASE_DELIVERY
                                            : ANLAN__NOTIFICATIONS__V1__RUNG_BASE__RUNG_BASE_DEADLINE;
    rung->recipient = (Anlan__Notifications__V1__Recipient)recipient;
    rung->role = (char *)"";
    rung->minutes = (int32_t)strtol(text + length + 1, &end, 10);
    return end != text + length + 1 && *end == '\0' && rung->minutes >= 0;
}

static bool read_ladder(struct cli *cli, struct sheet_row *row, Anlan__Notifications__V1__CreateRuleRequest *request)
{
    size_t count = 0;
    char **texts = split(cli, sheet_cell(row, LADDER), &count);
    request->ladder = arena_array(&cli->arena, count, sizeof(*request->ladder));
    for (size_t i = 0; i < count; i++) {
        Anlan__Notifications__V1__Rung *rung = arena_alloc(&cli->arena, sizeof(*rung));
        CHECK(rung);
        if (!read_rung(cli, texts[i], rung)) {
            sheet_reject(row, (struct cli_text){"is no rung (leader+240, leader@60)", "不是升级步骤（如 leader+240）"},
                         texts[i]);
            return false;
        }
        request->ladder[request->n_ladder++] = rung;
    }
    return true;
}

static bool read_channels(struct cli *cli, struct sheet_row *row, Anlan__Notifications__V1__CreateRuleRequest *request)
{
    size_t count = 0;
    char **texts = split(cli, sheet_cell(row, CHANNELS), &count);
    request->channels = arena_array(&cli->arena, count, sizeof(*request->channels));
    for (size_t i = 0; i < count; i++) {
        int channel = 0;
        if (!words_parse(&anlan__notifications__v1__channel__descriptor, texts[i], &channel)) {
            sheet_reject(row, (struct cli_text){"is no channel (webhook, email)", "不是有效渠道（webhook、email）"},
                         texts[i]);
            return false;
        }
        request->channels[request->n_channels++] = (Anlan__Notifications__V1__Channel)channel;
    }
    return true;
}

// What a row says, as a request to create it.
static bool read_row(struct cli *cli, struct sheet_row *row, const char *unit,
                     Anlan__Notifications__V1__CreateRuleRequest *request)
{
    int recipient = 0;
    int urgency = 0;
    if (row->fault[0] || !read_word(row, RECIPIENT, &anlan__notifications__v1__recipient__descriptor, &recipient) ||
        !read_word(row, URGENCY, &anlan__notifications__v1__urgency__descriptor, &urgency) ||
        !read_ladder(cli, row, request) || !read_channels(cli, row, request))
        return false;
    request->request_id = cli_request_id(cli);
    request->unit_id = (char *)unit;
    request->rule_set = (char *)(cli_option(cli, "rule-set") ? cli_option(cli, "rule-set") : "");
    request->document = (char *)(cli_option(cli, "document") ? cli_option(cli, "document") : "");
    request->code = (char *)sheet_cell(row, CODE);
    request->source = (char *)sheet_cell(row, SOURCE);
    request->actions = split(cli, sheet_cell(row, ACTIONS), &request->n_actions);
    request->grades = split(cli, sheet_cell(row, GRADES), &request->n_grades);
    request->sectors = split(cli, sheet_cell(row, SECTORS), &request->n_sectors);
    request->tiers = split(cli, sheet_cell(row, TIERS), &request->n_tiers);
    request->recipient = (Anlan__Notifications__V1__Recipient)recipient;
    request->urgency = (Anlan__Notifications__V1__Urgency)urgency;
    request->role = (char *)sheet_cell(row, ROLE);
    request->texts->title_zh = (char *)sheet_cell(row, TITLE_ZH);
    request->texts->title_en = (char *)sheet_cell(row, TITLE_EN);
    request->texts->text_zh = (char *)sheet_cell(row, TEXT_ZH);
    request->texts->text_en = (char *)sheet_cell(row, TEXT_EN);
    return true;
}

// The same fields, for a rule that is there.
static void take_over(const Anlan__Notifications__V1__CreateRuleRequest *said, const rule *there,
                      Anlan__Notifications__V1__UpdateRuleRequest *request)
{
    request->request_id = said->request_id;
    request->tenant_id = there->tenant_id;
    request->id = there->id;
    request->version = there->version;
    request->rule_set = said->rule_set;
    request->document = said->document;
    request->n_actions = said->n_actions;
    request->actions = said->actions;
    request->n_grades = said->n_grades;
    request->grades = said->grades;
    request->n_sectors = said->n_sectors;
    request->sectors = said->sectors;
    request->n_tiers = said->n_tiers;
    request->tiers = said->tiers;
    request->recipient = said->recipient;
    request->role = said->role;
    request->urgency = said->urgency;
    request->n_ladder = said->n_ladder;
    request->ladder = said->ladder;
    request->n_channels = said->n_channels;
    request->channels = said->channels;
    request->texts = said->texts;
}

// Whether the change would change nothing: the rule as it would be then has the same bytes.
static bool is_same(struct cli *cli, const rule *there, const Anlan__Notifications__V1__UpdateRuleRequest *request)
{
    rule changed = *there;
    changed.rule_set = request->rule_set;
    changed.document = request->document;
    changed.n_actions = request->n_actions;
    changed.actions = request->actions;
    changed.n_grades = request->n_grades;
    changed.grades = request->grades;
    changed.n_sectors = request->n_sectors;
    changed.sectors = request->sectors;
    changed.n_tiers = request->n_tiers;
    changed.tiers = request->tiers;
    changed.recipient = request->recipient;
    changed.role = request->role;
    changed.urgency = request->urgency;
    changed.n_ladder = request->n_ladder;
    changed.ladder = request->ladder;
    changed.n_channels = request->n_channels;
    changed.channels = request->channels;
    changed.texts = request->texts;
    changed.retired = false;
    size_t before = anlan__notifications__v1__rule__get_packed_size(there);
    size_t after = anlan__notifications__v1__rule__get_packed_size(&changed);
    uint8_t *bytes = arena_alloc(&cli->arena, before + after);
    CHECK(bytes);
    anlan__notifications__v1__rule__pack(there, bytes);
    anlan__notifications__v1__rule__pack(&changed, bytes + before);
    return before == after && memcmp(bytes, bytes + before, before) == 0;
}

// The unit's rule of that code, with its texts; NULL where there is none.
static const rule *rule_there(struct cli *cli, const Anlan__Notifications__V1__ListRulesResponse *rules,
                              const char *unit, const char *code, int *exit_status)
{
    Anlan__Notifications__V1__GetRuleRequest request = ANLAN__NOTIFICATIONS__V1__GET_RULE_REQUEST__INIT;
    for (size_t i = 0; i < rules->n_rules; i++) {
        if (strcmp(rules->rules[i]->code, code) != 0 || strcmp(rules->rules[i]->unit_id, unit) != 0)
            continue;
        request.tenant_id = rules->rules[i]->tenant_id;
        request.id = rules->rules[i]->id;
        const Anlan__Notifications__V1__GetRuleResponse *reply =
            (const void *)cli_call(cli, CLI_NOTIFICATIONS, SERVICE "GetRule", &request.base, exit_status);
        return reply ? reply->rule : NULL;
    }
    return NULL;
}

static void import_row(struct cli *cli, struct sheet_row *row, const char *unit,
                       const Anlan__Notifications__V1__ListRulesResponse *rules)
{
    int exit_status = CLI_OK;
    Anlan__Notifications__V1__Template texts = ANLAN__NOTIFICATIONS__V1__TEMPLATE__INIT;
    Anlan__Notifications__V1__CreateRuleRequest create = ANLAN__NOTIFICATIONS__V1__CREATE_RULE_REQUEST__INIT;
    Anlan__Notifications__V1__UpdateRuleRequest update = ANLAN__NOTIFICATIONS__V1__UPDATE_RULE_REQUEST__INIT;
    create.texts = &texts;
    if (!read_row(cli, row, unit, &create))
        return;
    const rule *there = rule_there(cli, rules, unit, create.code, &exit_status);
    if (there)
        take_over(&create, there, &update);
    if (there && is_same(cli, there, &update))
        row->present = true;
    else if (cli_option(cli, "dry-run"))
        sheet_notice(row, there ? (struct cli_text){"is to be changed", "将修改"}
                                : (struct cli_text){"is to be created", "将新建"});
    else if (there ? cli_call(cli, CLI_NOTIFICATIONS, SERVICE "UpdateRule", &update.base, &exit_status)
                   : cli_call(cli, CLI_NOTIFICATIONS, SERVICE "CreateRule", &create.base, &exit_status))
        row->created = true;
    else
        sheet_reject(row, (struct cli_text){"the service refuses it, see above", "服务拒绝，见上"}, "");
}

int notify_command_import(struct cli *cli)
{
    static const struct sheet_form form = {headings, COLUMNS, REQUIRED, false};
    struct sheet sheet = {.cli = cli};
    int exit_status = CLI_USAGE;
    const char *path = cli->arguments[0];
    const char *unit = cli_required(cli, "unit");
    if (!unit || !(unit = cli_unit(cli, unit, &exit_status)))
        return exit_status;
    if (!sheet_read(&sheet, path, &form)) {
        sheet_fini(&sheet);
        return CLI_FAILED;
    }
    const Anlan__Notifications__V1__ListRulesResponse *rules = read_rules(cli, unit, true, NULL, &exit_status);
    for (size_t i = 0; rules && i < sheet.count; i++)
        import_row(cli, sheet.rows[i], unit, rules);
    if (rules)
        exit_status = sheet_close(cli, &sheet, path);
    sheet_fini(&sheet);
    return exit_status;
}
