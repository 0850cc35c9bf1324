// SPDX-License-Identifier: Apache-2.0
// Paired probes: the same call once about what exists and may not be seen, and once about what does not exist; whoever
// may not see it hears the same. Each field of the contract by which a record, a unit or a person is named has one.
#pragma once

#include "rpc/policy.h"
#include "support/acting.h"

#define PROBE_NAMES_MOST 48

// In `request`, which is as ask() takes it, $ stands for the one or the other, and {name} for what the test has given
// that name or makes for it; where the sibling asks, {own} and {own_township} are his unit and {own_tenant} is
// {county}; {fresh} and {fresh_id} are others each time. Rows leave out what they lack.
struct probe {
    const struct actor *who;    // may not see it
    const char *method;         // "GetHazard"; "tasks/GetReport" where two services have one
    const char *hidden;         // name of what exists
    const char *request;
    bool makes;             // records, of both: their ids and times are not compared
    const char *sibling;    // why the sibling is not asked; NULL: he is
    // Who may see it hears a difference, or the row would say nothing:
    const struct actor *witness;    // NULL: the witness of all
    const char *witnessed;          // what he asks; NULL: the same
    const char *alike;              // why nobody hears one; NULL: somebody does
};

// A field that has no probe, and why.
struct probe_exemption {
    const char *method;
    const char *field;    // as in JSON: "tenantId"
    const char *reason;
};

struct probes {
    struct instance *instance;
    const struct probe *rows;
    size_t count;
    struct actor witness;
    struct actor sibling;    // of the tenant that has what is hidden, and sees nothing of it; asks everything besides
    const char *sibling_at;
    struct {
        const char *name;
        const char *value;
    } names[PROBE_NAMES_MOST];
    size_t name_count;
    const char *(*make)(const struct probes *probes,
                        const char *name);    // a new record of a name; NULL: there is none
    // Of the tests below; lists end with NULL.
    const struct rpc_contract *contract;
    const struct probe_exemption *exemptions;
    size_t exemption_count;
    const char *timed[8];         // methods
    const struct actor *apart;    // sees the place of what is hidden, and not its sector
    const char *of_sectors[8];    // names of what has one
};

// Gives a value a name, another one where it has one.
void probes_name(struct probes *probes, const char *name, const char *value);

// The value of a name; the test fails where there is none.
const char *probes_value(const struct probes *probes, const char *name);

// Makes witness and sibling: people who may do all that the contracts of the services name, at the top of the tree and
// at a unit.
void probes_people(struct probes *probes, const char *sibling_at);

// An id that nothing has.
const char *probes_absent(struct instance *instance);

// How many pairs differ where they may not; each is printed.
int probes_that_differ(const struct probes *probes);

// The same for all rows about this name, whoever asks them: to one who sees the place of what is hidden, and not its
// sector.
int probes_that_differ_to(const struct probes *probes, const char *hidden, const struct actor *who);

// How many pairs of a method (NULL: of all) are not of one class of time, though they were tried five times: the one
// takes more than twice as long as the other. Not that times are equal, but that no call goes to the database for the
// one and not for the other, and none waits. Each is printed.
int probes_that_take_longer(const struct probes *probes, const char *method);

// How many pairs are the same to the witness as well, and so would be whatever the service did, or differ to him
// against what the row says; each is printed. Witnesses change records: nothing is probed any more after this.
int probes_that_say_nothing(const struct probes *probes);

// How many fields of a contract's methods name something by its id and have neither probe nor exemption, and how many
// exemptions are of no field or of one that has a probe; each is printed. Left out are methods that no address serves,
// and those that act on what is the caller's own.
int probes_that_lack(const struct probes *probes, const struct rpc_contract *contract,
                     const struct probe_exemption *exemptions, size_t exemption_count);

// Tests of a set of probes (cmocka_unit_test_prestate, the probes as state), in this order.
void whatever_names_something_is_probed(void **state);
void what_is_hidden_is_answered_like_what_is_not_there(void **state);
void it_takes_no_longer(void **state);
void what_is_of_another_sector_is_hidden_too(void **state);
void who_may_see_it_hears_the_difference(void **state);
