// SPDX-License-Identifier: Apache-2.0
// Names for people instead of ids and codes. Each is asked of its service once; what cannot be asked is shown as it is,
// and nothing is told: a table without names is better than none.
#pragma once

#include "cli.h"

#define NAMES_MOST 1024

struct names {
    struct cli *cli;    // has made a call: its credential is there
    const char *ids[NAMES_MOST];
    const char *names[NAMES_MOST];
    size_t count;
    bool sectors_asked;
    const ProtobufCMessage *sectors;    // ListSectorsResponse; NULL: could not be asked
};

// The name of a unit; its id where it cannot be asked.
const char *names_unit(struct names *names, const char *id);

// The name of a sector in the user's language; its code where it cannot be asked.
const char *names_sector(struct names *names, const char *code);
