// SPDX-License-Identifier: Apache-2.0
// `anlan doctor`: examines an instance and says what to do.
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "commands.h"
#include "doctor.h"

#define FAULT_WITHIN (7 * CLOCK_DAY)
#define WARNING_WITHIN (30 * CLOCK_DAY)

void doctor_add(struct doctor *doctor, enum doctor_level level, const char *check, const char *subject,
                struct cli_text todo, struct cli_text found, ...)
{
    char text[1024];
    va_list arguments;
    struct arena *arena = &doctor->cli->arena;
    struct doctor_finding *finding = arena_alloc(arena, sizeof(*finding));
    va_start(arguments, found);
    vsnprintf(text, sizeof(text), cli_say(doctor->cli, found), arguments);
    va_end(arguments);
    CHECK(finding);
    *finding = (struct doctor_finding){.level = level,
                                       .check = check,
                                       .subject = arena_text(arena, subject, strlen(subject)),
                                       .found = arena_text(arena, text, strlen(text)),
                                       .todo = cli_say(doctor->cli, todo)};
    *doctor->end = finding;
    doctor->end = &finding->next;
}

void doctor_end(struct doctor *doctor, const char *check, const char *subject, clock_time ends, struct cli_text todo)
{
    char text[CLOCK_TEXT_SIZE];
    clock_time left = ends - clock_now();
    enum doctor_level level = left < FAULT_WITHIN ? DOCTOR_FAULT : left < WARNING_WITHIN ? DOCTOR_WARNING : DOCTOR_GOOD;
    clock_format(ends, text);
    struct cli_text found = left < 0 ? (struct cli_text){"has ended: %s", "已过期：%s"}
                                     : (struct cli_text){"ends %s, in %lld days", "有效至 %s，还有 %lld 天"};
    doctor_add(doctor, level, check, subject, todo, found, text, (long long)(left / CLOCK_DAY));
}

static const char *const level_words[] = {"good", "warning", "fault"};

static void print_lines(const struct doctor *doctor, const size_t counts[])
{
    static const struct cli_text words[] = {{"good   ", "正常"}, {"WARNING", "注意"}, {"FAULT  ", "故障"}};
    for (const struct doctor_finding *at = doctor->first; at; at = at->next) {
        printf("%s  %-12s  %s: %s\n", cli_say(doctor->cli, words[at->level]), at->check, at->subject, at->found);
        if (at->level != DOCTOR_GOOD && at->todo)
            printf("         → %s\n", at->todo);
    }
    printf(cli_say(doctor->cli, (struct cli_text){"%zu good, %zu warnings, %zu faults\n",
                                                  "正常 %zu 项，注意 %zu 项，故障 %zu 项\n"}),
           counts[DOCTOR_GOOD], counts[DOCTOR_WARNING], counts[DOCTOR_FAULT]);
}

static void print_json(const struct doctor *doctor)
{
    json_t *list = json_array();
    for (const struct doctor_finding *at = doctor->first; at; at = at->next)
        json_array_append_new(list, json_pack("{ss ss ss ss ss?}", "level", level_words[at->level], "check", at->check,
                                              "subject", at->subject, "found", at->found, "todo",
                                              at->level == DOCTOR_GOOD ? NULL : at->todo));
    json_dumpf(list, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(list);
}

int doctor_command_doctor(struct cli *cli)
{
    struct doctor doctor = {.cli = cli};
    size_t counts[3] = {0};
    doctor.end = &doctor.first;
    if (cli->timeout_ms == 10000)
        cli->timeout_ms = 3000;    // of one question: what does not answer so long is a finding
    doctor_settings(&doctor);
    doctor_services(&doctor);
    doctor_certificates(&doctor);
    doctor_keys(&doctor);
    doctor_disk(&doctor);
    for (const struct doctor_finding *at = doctor.first; at; at = at->next)
        counts[at->level]++;
    if (cli->json)
        print_json(&doctor);
    else
        print_lines(&doctor, counts);
    bool bad = counts[DOCTOR_FAULT] > 0 || (cli_option(cli, "strict") && counts[DOCTOR_WARNING] > 0);
    return bad ? CLI_FAILED : CLI_OK;
}
