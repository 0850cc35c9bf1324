// SPDX-License-Identifier: Apache-2.0
// A hazard for people.
#pragma once

#include "anlan/hazards/v1/hazard.pb-c.h"
#include "cli.h"

// One line, as after a step.
void hazards_show_line(struct cli *cli, const ProtobufCMessage *record);

// Everything, with its life step by step.
void hazards_show_card(struct cli *cli, const ProtobufCMessage *record);

// What is withheld of a restricted one.
void hazards_show_revealed(struct cli *cli, const ProtobufCMessage *record);

// What is wrong, as far as it is shown: of a restricted one, that it is restricted.
const char *hazards_show_description(struct cli *cli, const Anlan__Hazards__V1__Hazard *hazard);

// Filters that lists and exports share: --unit, --sector, --grade, --state.
struct hazards_filters {
    char *unit_id;
    char *sector;
    Anlan__Hazards__V1__Grade grade;
    Anlan__Hazards__V1__State *states;
    size_t state_count;
};

// Reads them. False, told, where one is no good; *exit_status says what to end with.
bool hazards_filters_read(struct cli *cli, struct hazards_filters *filters, int *exit_status);

// The value of an option that is an enum's word; 0 where it was not given. False, told, where it is none.
bool hazards_read_word(const struct cli *cli, const char *option, const ProtobufCEnumDescriptor *descriptor,
                       int *value);

// The day and time in China, cut to `length` characters; "" for an absent one.
char *hazards_show_time(struct cli *cli, const Google__Protobuf__Timestamp *timestamp, size_t length);
