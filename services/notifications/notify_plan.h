// SPDX-License-Identifier: Apache-2.0
// Who is told of what: an event of another service, held against the rules that hold where it happened. Pure.
#pragma once

#include "anlan/notifications/v1/notifications.pb-c.h"
#include "service/service.h"

// What a text may say of an event; the word in braces is the field's name.
// row(name)
#define NOTIFY_WORDS(row)                                                                                              \
    row(description) row(location) row(grade) row(sector) row(action) row(responsible_person) row(deadline)            \
        row(leader) row(found_by) row(telephone) row(title) row(deaths) row(missing) row(injured) row(scene)           \
            row(course) row(measures) row(note)

#define NOTIFY_WORD_ENUMERATE(name) NOTIFY_##name,
enum notify_word { NOTIFY_WORDS(NOTIFY_WORD_ENUMERATE) NOTIFY_WORD_COUNT };
#undef NOTIFY_WORD_ENUMERATE

// A text in both languages.
struct notify_text {
    const char *zh;
    const char *en;
};

// Something that happened to a record of another service.
struct notify_event {
    const char *source;                    // the service
    const char *action;                    // "assign"
    const char *grade;                     // "major"; "" for none
    const char *sector;                    // "" for none
    const Anlan__Rpc__V1__Place *place;    // where that is of which it tells; NULL: the record's
    char *about_unit_id;
    char *finding_unit_id;
    char *responsible_unit_id;
    char *sending_unit_id;
    char *next_unit_id;
    char *next_person_id;                           // NULL: nobody in person
    const Google__Protobuf__Timestamp *deadline;    // NULL: none
    char *overseer_unit_id;
    char *sector_overseer_unit_id;
    // Who is on duty at the unit that is told, and who leads it, are told in place of its posts, where it keeps a desk.
    bool to_duty;
    struct notify_text words[NOTIFY_WORD_COUNT];
};

// One that is about nothing yet: all texts and units are "".
struct notify_event notify_event_of(const char *source, const char *action);

// Adds a DeliverMessage for each who is to be told; where no rule is about such an event, by the usual one (NULL:
// nobody is told then). False with UNIT_NOT_FOUND where the directory does not have a unit that is to be told.
bool notify_plan_event(const struct service_follow_input *input, const struct notify_event *event,
                       const Anlan__Notifications__V1__Rule *usual, struct service_commands *commands,
                       struct status *status);

// The same by this rule alone.
bool notify_plan_by(const struct service_follow_input *input, const struct notify_event *event,
                    const Anlan__Notifications__V1__Rule *by, struct service_commands *commands, struct status *status);

// The plan for entries of this service's own log: urgent reports, and ladders of messages.
bool notify_plan_own(const struct service_follow_input *input, struct service_commands *commands,
                     struct status *status);

// The same for the log of organisations: duty rosters, and grants.
bool notify_plan_organisations(const struct service_follow_input *input, struct service_commands *commands,
                               struct status *status);

// True if the service is followed, and, where `action` is not NULL, that can happen there.
bool notify_plan_knows(const char *source, const char *action);

// The first word in braces that texts may not have; NULL: none.
const char *notify_plan_unknown_word(const Anlan__Notifications__V1__Template *texts, struct arena *arena);

// hazard_events.c: the plan for entries of hazards; and whether that is one of their actions.
bool hazard_events_plan(const struct service_follow_input *input, struct service_commands *commands,
                        struct status *status);
bool hazard_events_knows(const char *action);

// task_events.c: likewise for entries of tasks.
bool task_events_plan(const struct service_follow_input *input, struct service_commands *commands,
                      struct status *status);
bool task_events_knows(const char *action);

// message_events.c: of a rung that was climbed, of this service's own log.
bool message_events_plan(const struct service_follow_input *input, struct service_commands *commands,
                         struct status *status);

// report_events.c: likewise for urgent reports, of this service's own log.
bool report_events_plan(const struct service_follow_input *input, struct service_commands *commands,
                        struct status *status);
bool report_events_knows(const char *action);

// duty_events.c: likewise for duty rosters, of the log of organisations.
bool duty_events_plan(const struct service_follow_input *input, struct service_commands *commands,
                      struct status *status);
bool duty_events_knows(const char *action);

// grant_events.c: likewise for grants, of the same log.
bool grant_events_plan(const struct service_follow_input *input, struct service_commands *commands,
                       struct status *status);
bool grant_events_knows(const char *action);
