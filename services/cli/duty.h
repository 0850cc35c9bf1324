// SPDX-License-Identifier: Apache-2.0
// What the commands about duty rosters share: people by their names, shifts as the calls have them.
#pragma once

#include "anlan/organisations/v1/duty.pb-c.h"
#include "cli.h"

#define DUTY_SERVICE "anlan.organisations.v1.DutyService/"
#define DUTY_LEADERS_MOST 8
#define DUTY_OFFICERS_MOST 16

// The people of a unit, by their names: those who hold a post there, and those whose unit of record it is.
struct duty_people {
    char **ids;
    char **names;
    size_t count;
    size_t room;
};

// Asks for them; false, told, where that fails.
bool duty_people_read(struct cli *cli, const char *unit_id, struct duty_people *people, int *exit_status);

// The person that a text means: a UUID as it is, or a name that one of them has. NULL with *reason where nobody has it,
// or several have.
const char *duty_person(const struct duty_people *people, const char *text, struct cli_text *reason);

// A day or time of a roster in China's time; `ends`: a day means its end. False where it is none.
bool duty_time(const char *text, bool ends, clock_time *time);
