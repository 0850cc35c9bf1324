// SPDX-License-Identifier: Apache-2.0
#include "accident_rules.h"

#include "anlan/tasks/v1/accidents.pb-c.h"
#include "service/values.h"
#include "task_life.h"
#include "task_record.h"
#include "tasks/facts.pb-c.h"

typedef Anlan__Tasks__V1__Accident accident;
typedef Anlan__Tasks__Facts__AccidentFacts accident_facts;

// The gravest grade of which one figure is reached, of those that were in force when it happened: the facts have them
// by their numbers.
static bool judge(const accident_facts *facts, accident *now, struct status *status)
{
    now->grade = ANLAN__TASKS__V1__ACCIDENT_GRADE__ACCIDENT_GRADE_UNSPECIFIED;
    for (size_t i = 0; i < facts->n_grade; i++)
        if (now->deaths >= facts->deaths[i] || now->hurt >= facts->hurt[i] || now->loss >= facts->loss[i])
            now->grade = (Anlan__Tasks__V1__AccidentGrade)facts->grade[i];
    return now->grade != ANLAN__TASKS__V1__ACCIDENT_GRADE__ACCIDENT_GRADE_UNSPECIFIED ||
           status_set(status, REASON(STATE_CONFLICT), "no grades were in force when it happened");
}

// Notes what was said; what was said before stays.
static bool note(const struct service_rule_input *input, const accident *was, accident *now)
{
    Anlan__Tasks__V1__AccidentReport *report = arena_alloc(input->arena, sizeof(*report));
    Anlan__Tasks__V1__AccidentDetail *detail = arena_alloc(input->arena, sizeof(*detail));
    if (!report || !detail)
        return false;
    anlan__tasks__v1__accident_report__init(report);
    anlan__tasks__v1__accident_detail__init(detail);
    report->deaths = now->deaths;
    report->hurt = now->hurt;
    report->loss = now->loss;
    report->source = now->source;
    report->by = task_record_sign(input);
    size_t before = was && was->detail ? was->detail->n_reports : 0;
    detail->reports = task_record_grown(input->arena, before ? was->detail->reports : NULL, before, 1);
    if (!detail->reports)
        return false;
    detail->reports[before] = report;
    detail->n_reports = before + 1;
    now->detail = detail;
    return true;
}

bool accident_rules_enter(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__EnterAccidentRequest *request = (const void *)input->request;
    const accident_facts *facts = (const accident_facts *)input->facts;
    accident *made = (accident *)after;
    (void)before;
    if (*facts->unknown_sector)
        return status_violate(status, input->arena, "sector", "is not in the list of sectors");
    task_record_begin(input, after);
    made->sector = request->sector;
    made->deaths = request->deaths;
    made->hurt = request->hurt;
    made->loss = request->loss;
    made->description = request->description;
    made->source = request->source;
    made->demonstration = request->demonstration;
    return judge(facts, made, status) && note(input, NULL, made) &&
           task_life_move("accidents", after, ACTION(ENTER), STATE(ENTERED));
}

bool accident_rules_supplement(const struct service_rule_input *input, const ProtobufCMessage *before,
                               ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__SupplementAccidentRequest *request = (const void *)input->request;
    accident *now = (accident *)after;
    if (!task_life_may(input, "accidents", before, ACTION(SUPPLEMENT), status))
        return false;
    now->deaths = request->deaths;
    now->hurt = request->hurt;
    now->loss = request->loss;
    now->source = request->source;
    return judge((const accident_facts *)input->facts, now, status) && note(input, (const accident *)before, now) &&
           task_life_move("accidents", after, ACTION(SUPPLEMENT), STATE(ENTERED));
}
