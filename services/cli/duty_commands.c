// SPDX-License-Identifier: Apache-2.0
// Who is on duty, what is missing, shifts and leaves with people by their names.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "commands.h"
#include "duty.h"
#include "hazards_show.h"
#include "method_command.h"
#include "service/values.h"
#include "table.h"
#include "task_commands.h"
#include "words.h"

#define SAY(en, zh) cli_say(cli, (struct cli_text){(en), (zh)})
#define DAYS_DEFAULT 14

typedef Anlan__Organisations__V1__DutyPeople duty_people;
typedef Anlan__Organisations__V1__DutyShift duty_shift;

static int tell_bad_value(const struct cli *cli, const char *option, const char *value, struct cli_text reason)
{
    fprintf(stderr, "anlan: --%s=%s: %s\n", option, value, cli_say(cli, reason));
    return CLI_USAGE;
}

// A time that an option gives, as a timestamp; *timestamp is left alone where it is not given. False, told.
static bool read_time(struct cli *cli, const char *option, bool ends, Google__Protobuf__Timestamp **timestamp)
{
    clock_time time = 0;
    const char *value = cli_option(cli, option);
    if (!value)
        return true;
    if (!duty_time(value, ends, &time)) {
        tell_bad_value(cli, option, value, (struct cli_text){"is no date or time", "不是日期或时间"});
        return false;
    }
    *timestamp = service_timestamp(time, &cli->arena);
    return true;
}

// The people that an option names, as often as it is given. False, told.
static bool read_crew(struct cli *cli, const struct duty_people *people, const char *option, size_t most, char ***ids,
                      size_t *count)
{
    char **made = arena_array(&cli->arena, most, sizeof(*made));
    CHECK(made);
    *ids = made;
    *count = 0;
    for (size_t i = 0; i < cli->given_count; i++) {
        struct cli_text reason = {0};
        if (strcmp(cli->given[i].name, option) != 0)
            continue;
        const char *id = duty_person(people, cli->given[i].value, &reason);
        if (id && *count == most) {
            reason = (struct cli_text){"is given too often", "给出次数过多"};
            id = NULL;
        }
        if (!id) {
            tell_bad_value(cli, option, cli->given[i].value, reason);
            return false;
        }
        made[(*count)++] = (char *)id;
    }
    return true;
}

static void print_people(struct cli *cli, const char *heading, const duty_people *people, char *const *phones,
                         size_t phone_count)
{
    const char *text = "";
    for (size_t i = 0; people && i < people->n_names; i++) {
        const char *phone = i < phone_count ? phones[i] : "";
        text = arena_printf(&cli->arena, "%s%s%s%s%s", text, i ? SAY(", ", "、") : "", people->names[i],
                            *phone ? " " : "", phone);
    }
    printf("%s %s\n", heading, *text ? text : SAY("nobody", "无"));
}

static void print_duty(struct cli *cli, const Anlan__Organisations__V1__Duty *duty)
{
    const duty_shift *shift = duty->shift;
    if (!*duty->desk_unit_id) {
        printf("%s\n", SAY("No desk answers for the unit.", "该单位及其上级均未设值班室。"));
        return;
    }
    printf("%s %s\n", SAY("Telephone", "值班电话"), duty->telephone);
    printf("%s %s\n", SAY("Desk     ", "值班单位"), duty->desk_unit_name);
    if (!shift) {
        printf("%s\n", SAY("Nobody is on duty.", "无人值班。"));
        return;
    }
    print_people(cli, SAY("Led by   ", "带班领导"), shift->leaders, duty->leader_phones, duty->n_leader_phones);
    print_people(cli, SAY("On duty  ", "值班员  "), shift->officers, duty->officer_phones, duty->n_officer_phones);
    printf("%s %s – %s %s\n", SAY("Shift    ", "班次    "), hazards_show_time(cli, shift->starts_at, 16),
           hazards_show_time(cli, shift->ends_at, 16), shift->occasion);
    if (shift->change && *shift->change->reason)
        printf("%s %s %s %s\n", SAY("Changed  ", "变更    "),
               words_say(cli, &anlan__organisations__v1__duty_change_kind__descriptor, (int)shift->change->kind),
               hazards_show_time(cli, shift->change->at, 16), shift->change->reason);
}

int duty_command_show(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    Anlan__Organisations__V1__GetDutyRequest request = ANLAN__ORGANISATIONS__V1__GET_DUTY_REQUEST__INIT;
    const char *unit = cli_required(cli, "unit");
    if (!unit || !cli_credential(cli) || !read_time(cli, "at", false, &request.at) ||
        !read_time(cli, "known", true, &request.known_at) || !(unit = cli_unit(cli, unit, &exit_status)))
        return exit_status;
    request.unit_id = (char *)unit;
    const Anlan__Organisations__V1__GetDutyResponse *reply =
        (const void *)cli_call(cli, CLI_ORGANISATIONS, cli->command->method, &request.base, &exit_status);
    if (!reply || !reply->duty)
        return exit_status;
    if (cli->json)
        cli_print_json(&reply->duty->base, true);
    else
        print_duty(cli, reply->duty);
    return reply->duty->shift ? CLI_OK : CLI_FAILED;
}

int duty_command_enter(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    struct duty_people people;
    Anlan__Organisations__V1__CreateDutyShiftRequest request =
        ANLAN__ORGANISATIONS__V1__CREATE_DUTY_SHIFT_REQUEST__INIT;
    const char *unit = cli_required(cli, "unit");
    if (!unit || !cli_required(cli, "from") || !cli_required(cli, "to") || !cli_credential(cli) ||
        !read_time(cli, "from", false, &request.starts_at) || !read_time(cli, "to", false, &request.ends_at) ||
        !(unit = cli_unit(cli, unit, &exit_status)) || !duty_people_read(cli, unit, &people, &exit_status))
        return exit_status;
    if (!read_crew(cli, &people, "leader", DUTY_LEADERS_MOST, &request.leader_ids, &request.n_leader_ids) ||
        !read_crew(cli, &people, "officer", DUTY_OFFICERS_MOST, &request.officer_ids, &request.n_officer_ids))
        return CLI_USAGE;
    const char *occasion = cli_option(cli, "occasion");
    request.request_id = cli_request_id(cli);
    request.unit_id = (char *)unit;
    request.occasion = (char *)(occasion ? occasion : "");
    return task_command_send(cli, &request.base);
}

static const duty_shift *read_shift(struct cli *cli, const char *id, int *exit_status)
{
    Anlan__Organisations__V1__GetDutyShiftRequest request = ANLAN__ORGANISATIONS__V1__GET_DUTY_SHIFT_REQUEST__INIT;
    request.id = (char *)id;
    const Anlan__Organisations__V1__GetDutyShiftResponse *reply =
        (const void *)cli_call(cli, CLI_ORGANISATIONS, DUTY_SERVICE "GetDutyShift", &request.base, exit_status);
    return reply ? reply->shift : NULL;
}

// Who is not named anew stays.
static void keep_crew(const duty_people *was, char ***ids, size_t *count)
{
    if (*count == 0 && was) {
        *ids = was->person_ids;
        *count = was->n_person_ids;
    }
}

int duty_command_change(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    int kind = 0;
    struct duty_people people;
    Anlan__Organisations__V1__ChangeDutyShiftRequest request =
        ANLAN__ORGANISATIONS__V1__CHANGE_DUTY_SHIFT_REQUEST__INIT;
    const char *id = cli_required(cli, "id");
    const char *word = id ? cli_required(cli, "kind") : NULL;
    const char *reason = word ? cli_required(cli, "reason") : NULL;
    if (!reason || !cli_credential(cli))
        return CLI_USAGE;
    if (!words_parse(&anlan__organisations__v1__duty_change_kind__descriptor, word, &kind))
        return tell_bad_value(cli, "kind", word, (struct cli_text){"is no kind", "没有这种方式"});
    const duty_shift *was = read_shift(cli, id, &exit_status);
    if (!was || !duty_people_read(cli, was->unit_id, &people, &exit_status))
        return exit_status;
    if (!read_crew(cli, &people, "leader", DUTY_LEADERS_MOST, &request.leader_ids, &request.n_leader_ids) ||
        !read_crew(cli, &people, "officer", DUTY_OFFICERS_MOST, &request.officer_ids, &request.n_officer_ids))
        return CLI_USAGE;
    keep_crew(was->leaders, &request.leader_ids, &request.n_leader_ids);
    keep_crew(was->officers, &request.officer_ids, &request.n_officer_ids);
    request.request_id = cli_request_id(cli);
    request.id = (char *)id;
    request.version = was->version;
    request.kind = (Anlan__Organisations__V1__DutyChangeKind)kind;
    request.reason = (char *)reason;
    return task_command_send(cli, &request.base);
}

int duty_command_leave(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    struct duty_people people;
    struct cli_text why = {0};
    Anlan__Organisations__V1__EnterLeaveRequest request = ANLAN__ORGANISATIONS__V1__ENTER_LEAVE_REQUEST__INIT;
    const char *unit = cli_required(cli, "unit");
    const char *person = unit ? cli_required(cli, "person") : NULL;
    const char *reason = person ? cli_required(cli, "reason") : NULL;
    if (!reason || !cli_required(cli, "from") || !cli_required(cli, "to") || !cli_credential(cli) ||
        !read_time(cli, "from", false, &request.starts_at) || !read_time(cli, "to", true, &request.ends_at) ||
        !(unit = cli_unit(cli, unit, &exit_status)) || !duty_people_read(cli, unit, &people, &exit_status))
        return exit_status;
    request.person_id = (char *)duty_person(&people, person, &why);
    if (!request.person_id)
        return tell_bad_value(cli, "person", person, why);
    request.request_id = cli_request_id(cli);
    request.unit_id = (char *)unit;
    request.reason = (char *)reason;
    return task_command_send(cli, &request.base);
}

static void add_gap(struct cli *cli, struct table *table, const Anlan__Organisations__V1__DutyGap *gap)
{
    table_add(table,
              (const char *const[]){
                  gap->unit_name, words_say(cli, &anlan__organisations__v1__duty_gap_kind__descriptor, (int)gap->kind),
                  hazards_show_time(cli, gap->starts_at, 16), hazards_show_time(cli, gap->ends_at, 16),
                  gap->person_name, gap->shift_id});
}

// All pages. Answers how many there were; -1, told, where a call failed.
static int list_gaps(struct cli *cli, Anlan__Organisations__V1__ListDutyGapsRequest *request, struct table *table,
                     int *exit_status)
{
    int count = 0;
    do {
        const Anlan__Organisations__V1__ListDutyGapsResponse *page =
            (const void *)cli_call(cli, CLI_ORGANISATIONS, cli->command->method, &request->base, exit_status);
        if (!page)
            return -1;
        for (size_t i = 0; i < page->n_gaps; i++, count++) {
            if (cli->json)
                cli_print_json(&page->gaps[i]->base, false);
            else
                add_gap(cli, table, page->gaps[i]);
        }
        request->page_token = page->next_page_token;
    } while (*request->page_token);
    return count;
}

int duty_command_gaps(struct cli *cli)
{
    static const struct cli_text headings[] = {{"unit", "单位"}, {"what", "缺岗"},    {"from", "起"},
                                               {"to", "止"},     {"who", "涉及人员"}, {"shift", "班次编号"}};
    const char *said[COUNT_OF(headings)];
    int exit_status = CLI_USAGE;
    struct table table;
    Anlan__Organisations__V1__ListDutyGapsRequest request = ANLAN__ORGANISATIONS__V1__LIST_DUTY_GAPS_REQUEST__INIT;
    const char *unit = cli_option(cli, "unit");
    const char *days = cli_option(cli, "days");
    char *end = NULL;
    request.days = days ? (int32_t)strtol(days, &end, 10) : DAYS_DEFAULT;
    request.page_size = 500;
    if (days && (end == days || *end != '\0' || request.days <= 0))
        return tell_bad_value(cli, "days", days, (struct cli_text){"is no number of days", "不是天数"});
    if (!cli_credential(cli) || !read_time(cli, "from", false, &request.since) ||
        (unit && !(unit = cli_unit(cli, unit, &exit_status))))
        return exit_status;
    request.unit_id = (char *)(unit ? unit : "");
    for (size_t i = 0; i < COUNT_OF(headings); i++)
        said[i] = cli_say(cli, headings[i]);
    table_init(&table, COUNT_OF(headings), said);
    int count = list_gaps(cli, &request, &table, &exit_status);
    if (count >= 0 && !cli->json)
        table_print_page(cli, &table, "", (struct cli_text){"No gap.", "没有缺岗。"});
    table_fini(&table);
    if (count < 0)
        return exit_status;
    return count > 0 ? CLI_FAILED : CLI_OK;
}
