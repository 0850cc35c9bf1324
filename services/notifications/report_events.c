// SPDX-License-Identifier: Apache-2.0
// What happens to urgent reports, as rules of notification see it. Where no rule says anything, people are told all the
// same: an urgent report never waits for somebody to have thought of a rule.
#include <string.h>

#include "base/check.h"
#include "notify_plan.h"
#include "report_steps.h"
#include "service/values.h"

// What may happen, and what is said where no rule is.
static const struct {
    const char *action;
    const char *title_zh;
    const char *title_en;
    const char *text_zh;
    const char *text_en;
} actions[] = {
    {"report_sent", "紧急报告：{title}", "Urgent report: {title}",
     "电话：{telephone}。{grade}：{title}。死亡 {deaths} 人，下落不明 {missing} 人，重伤 {injured} "
     "人。现场情况：{scene}。"
     "简要经过：{course}。已采取措施：{measures}。请立即签收并按时限上报。",
     "Call {telephone}. {grade}: {title}. Dead {deaths}, missing {missing}, seriously hurt {injured}. Scene: {scene}. "
     "Course: {course}. Measures: {measures}. Acknowledge at once, and report upward in time."},
    {"report_body", "事故通报：{title}", "Notice of an accident: {title}",
     "电话：{telephone}。{grade}：{title}。死亡 {deaths} 人，下落不明 {missing} 人，重伤 {injured} "
     "人。现场情况：{scene}。",
     "Call {telephone}. {grade}: {title}. Dead {deaths}, missing {missing}, seriously hurt {injured}. Scene: {scene}."},
    {"report_skipped", "已越级上报，仍须签收：{title}", "Passed over; still to be answered: {title}",
     "电话：{telephone}。贵单位未在时限内签收或上报，报告已越级上报，贵单位的责任不因此免除。",
     "Call {telephone}. Your unit did not answer or report in time: the report has gone past it, and its duty stays."},
    {"report_supplement", "续报：{title}", "Supplement: {title}",
     "电话：{telephone}。{note}。死亡 {deaths} 人，下落不明 {missing} 人，重伤 {injured} 人。",
     "Call {telephone}. {note} Dead {deaths}, missing {missing}, seriously hurt {injured}."},
    {"report_acknowledged", "上级已签收：{title}", "Acknowledged: {title}", "{note}", "{note}"},
};

bool report_events_knows(const char *action)
{
    for (size_t i = 0; i < COUNT_OF(actions); i++)
        if (strcmp(actions[i].action, action) == 0)
            return true;
    return false;
}

static const char *const grades[][3] = {
    {"", "", ""},
    {"general", "一般事故", "general accident"},
    {"larger", "较大事故", "larger accident"},
    {"major", "重大事故", "major accident"},
    {"extraordinary", "特别重大事故", "extraordinary accident"},
};

struct telling {
    const struct service_follow_input *input;
    const report *now;
    struct service_commands *commands;
    struct status *status;
    struct notify_event event;
};

static void say(struct telling *telling, enum notify_word word, const char *zh, const char *en)
{
    telling->event.words[word] = (struct notify_text){zh, en};
}

static void say_number(struct telling *telling, enum notify_word word, int number)
{
    const char *text = arena_printf(telling->input->arena, "%d", number);
    say(telling, word, text, text);
}

static void describe(struct telling *telling)
{
    const report *now = telling->now;
    size_t grade = (size_t)now->grade < COUNT_OF(grades) ? (size_t)now->grade : 0;
    struct notify_event *event = &telling->event;
    event->source = "notifications";
    event->grade = grades[grade][0];
    event->sector = "";
    event->about_unit_id = now->unit_id;
    event->finding_unit_id = now->reporting_unit_id;
    event->responsible_unit_id = event->sending_unit_id = (char *)"";
    event->overseer_unit_id = event->sector_overseer_unit_id = (char *)"";
    say(telling, NOTIFY_grade, grades[grade][1], grades[grade][2]);
    say(telling, NOTIFY_telephone, now->telephone, now->telephone);
    say(telling, NOTIFY_title, now->title, now->title);
    say(telling, NOTIFY_scene, now->detail->scene, now->detail->scene);
    say(telling, NOTIFY_course, now->detail->course, now->detail->course);
    say(telling, NOTIFY_measures, now->detail->measures, now->detail->measures);
    say_number(telling, NOTIFY_deaths, now->deaths);
    say_number(telling, NOTIFY_missing, now->missing);
    say_number(telling, NOTIFY_injured, now->injured);
}

// Tells a unit, by the rules for the action, or, where there are none, by what stands above.
static bool tell(struct telling *telling, const char *action, char *unit_id)
{
    Anlan__Notifications__V1__Template texts = ANLAN__NOTIFICATIONS__V1__TEMPLATE__INIT;
    // Commands outlive this call.
    static const Anlan__Notifications__V1__Channel channels[] = {ANLAN__NOTIFICATIONS__V1__CHANNEL__CHANNEL_WEBHOOK,
                                                                 ANLAN__NOTIFICATIONS__V1__CHANNEL__CHANNEL_EMAIL};
    Anlan__Notifications__V1__Rule usual = ANLAN__NOTIFICATIONS__V1__RULE__INIT;
    for (size_t i = 0; i < COUNT_OF(actions); i++)
        if (strcmp(actions[i].action, action) == 0) {
            texts.title_zh = (char *)actions[i].title_zh;
            texts.title_en = (char *)actions[i].title_en;
            texts.text_zh = (char *)actions[i].text_zh;
            texts.text_en = (char *)actions[i].text_en;
        }
    usual.code = (char *)action;
    usual.recipient = ANLAN__NOTIFICATIONS__V1__RECIPIENT__RECIPIENT_NEXT_UNIT;
    usual.urgency = ANLAN__NOTIFICATIONS__V1__URGENCY__URGENCY_URGENT;
    usual.n_channels = COUNT_OF(channels);
    usual.channels = (Anlan__Notifications__V1__Channel *)channels;
    usual.texts = &texts;
    telling->event.action = action;
    telling->event.next_unit_id = unit_id;
    telling->event.to_duty = true;
    return notify_plan_event(telling->input, &telling->event, &usual, telling->commands, telling->status);
}

static bool tell_steps(struct telling *telling)
{
    const Anlan__Notifications__V1__ReportDetail *detail = telling->now->detail;
    int64_t position = telling->input->entry->position;
    bool good = true;
    for (size_t i = 0; good && i < detail->n_steps; i++) {
        if (detail->steps[i]->position == position)
            good = tell(telling, "report_sent", detail->steps[i]->unit_id);
        if (good && detail->steps[i]->skipped_position == position)
            good = tell(telling, "report_skipped", detail->steps[i]->unit_id);
    }
    return good;
}

static bool tell_bodies(struct telling *telling)
{
    const Anlan__Notifications__V1__ReportDetail *detail = telling->now->detail;
    bool good = true;
    for (size_t i = 0; good && i < detail->n_bodies; i++)
        if (*detail->bodies[i]->unit_id)
            good = tell(telling, "report_body", detail->bodies[i]->unit_id);
    return good;
}

static bool tell_supplement(struct telling *telling)
{
    const Anlan__Notifications__V1__ReportDetail *detail = telling->now->detail;
    bool good = true;
    if (detail->n_supplements == 0)
        return true;
    const char *text = detail->supplements[detail->n_supplements - 1]->text;
    say(telling, NOTIFY_note, text, text);
    for (size_t i = 0; good && i < detail->n_steps; i++)
        if (detail->steps[i]->position != telling->input->entry->position)
            good = tell(telling, "report_supplement", detail->steps[i]->unit_id);
    return good;
}

// Who acknowledged it with this entry, for who reported it.
static bool tell_reporter(struct telling *telling)
{
    const Anlan__Notifications__V1__ReportDetail *detail = telling->now->detail;
    const Google__Protobuf__Timestamp *entered_at = telling->input->entry->entered_at;
    for (size_t i = 0; entered_at && i < detail->n_steps; i++) {
        const Anlan__Notifications__V1__Acknowledgement *by = detail->steps[i]->acknowledged;
        if (!by || !by->entered_at || service_time(by->entered_at) != service_time(entered_at))
            continue;
        const char *note = arena_printf(telling->input->arena, "%s：%s", by->person, by->note);
        say(telling, NOTIFY_note, note, note);
        return tell(telling, "report_acknowledged", telling->now->reporting_unit_id);
    }
    return true;
}

bool report_events_plan(const struct service_follow_input *input, struct service_commands *commands,
                        struct status *status)
{
    const Anlan__Rpc__V1__Entry *entry = input->entry;
    struct telling telling = {.input = input, .commands = commands, .status = status};
    telling.now =
        anlan__notifications__v1__urgent_report__unpack(&input->arena->protobuf, entry->after.len, entry->after.data);
    if (!telling.now || !telling.now->detail)
        return status_set(status, REASON(DATA_CORRUPT), "its record cannot be read");
    describe(&telling);
    if (!tell_steps(&telling))
        return false;
    switch (telling.now->last_action) {
    case ACTION(REPORT):
        return tell_bodies(&telling);
    case ACTION(SUPPLEMENT):
        return tell_supplement(&telling);
    case ACTION(ACKNOWLEDGE):
        return tell_reporter(&telling);
    case ACTION(FORWARD):
    case ACTION(CLIMB):
    case ACTION(UNSPECIFIED):
    case _ANLAN__NOTIFICATIONS__V1__REPORT_ACTION_IS_INT_SIZE:
        return true;
    }
    return true;
}
