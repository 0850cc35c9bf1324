// SPDX-License-Identifier: Apache-2.0
// What the checks of `anlan doctor` share: each adds findings; the command prints them.
#pragma once

#include "anlan/rpc/v1/health.pb-c.h"
#include "base/clock.h"
#include "cli.h"

enum doctor_level { DOCTOR_GOOD, DOCTOR_WARNING, DOCTOR_FAULT };

// A finding: what was looked at, what was found, and, where it is not good, what to do.
struct doctor_finding {
    enum doctor_level level;
    const char *check;
    const char *subject;
    const char *found;
    const char *todo;
    struct doctor_finding *next;
};

// A process at an address.
struct doctor_process {
    const char *service;    // which we take it for: "hazards"; NULL: whatever it says
    const char *address;
    const Anlan__Rpc__V1__CheckResponse *answer;    // NULL: none
    clock_time asked;                               // our clock half-way between question and answer
    clock_time trip;                                // from the one to the other
};

#define DOCTOR_PROCESSES_MOST 32

struct doctor {
    struct cli *cli;
    struct doctor_finding *first;
    struct doctor_finding **end;
    struct doctor_process processes[DOCTOR_PROCESSES_MOST];
    size_t process_count;
};

// What to do; none where all is well.
#define DOCTOR_NOTHING ((struct cli_text){NULL, NULL})

// Adds a finding; `found` is a format in both languages for what follows.
void doctor_add(struct doctor *doctor, enum doctor_level level, const char *check, const char *subject,
                struct cli_text todo, struct cli_text found, ...);

// doctor_services.c: addresses, health, clocks, versions, schema, mirror, certificates of processes.
void doctor_settings(struct doctor *doctor);
void doctor_services(struct doctor *doctor);
// doctor_files.c: certificates, keys, disk of this machine.
void doctor_certificates(struct doctor *doctor);
void doctor_keys(struct doctor *doctor);
void doctor_disk(struct doctor *doctor);

// How near an end is: a fault where it has come or is a week away, a warning a month before.
void doctor_end(struct doctor *doctor, const char *check, const char *subject, clock_time ends, struct cli_text todo);
