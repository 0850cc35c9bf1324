// SPDX-License-Identifier: Apache-2.0
// What a service is: its contract, its records, and a table with a row for each
// of its methods. Everything else is common: the path of a call from its bytes to
// its reply stands in dispatch.c (who, where, may he), read_lane.c (queries) and
// write_lane.c (load, decide, apply); work_lane.c (what computes for long).
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "access/decide.h"
#include "access/directory.h"
#include "access/granting.h"
#include "access/keys.h"
#include "access/token.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/uuid.h"
#include "crypto/certificate.h"
#include "crypto/seal.h"
#include "pg/migrate.h"
#include "pg/statement.h"
#include "rpc/policy.h"

// Most keys that seal secrets.
#define SERVICE_SEALS_MOST 16

// What a rule knows. All of it is given: a rule does no I/O and asks no clock.
struct service_rule_input {
    const ProtobufCMessage *request;
    const struct access_caller *caller;
    bool whole_instance;                            // the caller's scope is everything
    struct uuid tenant_id;                          // whose record it is
    const struct directory_unit *unit;              // named by the method's unit_field; NULL if that is empty
    const struct directory_overseers *overseers;    // who has charge of `unit` in the request's sector, when it
                                                    // happened; NULL where the record has no sector or there is no unit
    struct uuid new_id;                             // for a record that is created
    clock_time now;
    clock_time occurred_at;                    // as the caller says, or now; never in the future
    struct arena *arena;                       // for what the record or the status needs
    const struct service_named_unit *units;    // units named by fields with the rule unit: true
    size_t unit_count;
    const ProtobufCMessage *facts;     // what the load says besides the record; NULL where the method has none
    const ProtobufCMessage *worked;    // what the method's work found; NULL where it has none
    int64_t position;                  // of the entry that is made if the rule says yes, of the first of several
    uint8_t random[16];                // unpredictable, for what must not be guessed
    // What the caller was decided by, and what he reaches with the method's permission: memory, no I/O.
    const struct access_policy *access;
    const struct access_decision *decision;
    struct service_acting *acting;    // by what he does it: the entry names it
};

// A grant that covers the record, and on whose behalf it lets the caller act, the nearest first.
struct service_behalf {
    struct uuid grant_id;
    struct access_principal principals[ACCESS_PRINCIPALS_MOST];
    size_t principal_count;
};

// By what a caller acts: his own post, if that covers the record, otherwise the first of his grants that does.
struct service_acting {
    struct service_behalf *grants;
    size_t count;
    size_t chosen;    // 0: his own post; n: grants[n - 1]
};

// True if the caller acts at the unit, or by a grant on behalf of who does: that grant is then what he acts by.
bool service_acts_for(const struct service_rule_input *input, const struct uuid *unit_id);

// A unit that a field of the request names.
struct service_named_unit {
    const char *field;    // its path from the request: "assignment.responsible_unit_id", "merged_ids[1]"
    const struct directory_unit *unit;
};

// The unit that a field names; NULL where the field is empty.
const struct directory_unit *service_named_unit(const struct service_rule_input *input, const char *field);

// Decides. `before` is what was loaded, NULL where there was nothing; `after` is a
// shallow copy of it, or empty where the method creates, and becomes the
// after-image. False with a status: nothing is written then. Common code has
// checked request, permission and scope, and answers NOT_FOUND itself where a
// method that does not create found no record.
typedef bool service_rule(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status);

// Decides on several records at once, those that the load answered: the first is the one that the request names. An
// after-image becomes NULL where its record does not change; the first never does.
typedef bool service_rule_many(const struct service_rule_input *input, const ProtobufCMessage *const *before,
                               size_t count, ProtobufCMessage **after, struct status *status);

// A counter under which a record counts: of a unit, in a part of the counting that the service names, by a label and
// a slot. The slots of a unit, part and label share a row.
struct service_count {
    struct uuid unit_id;
    int32_t part;
    struct directory_place place;    // who may see the counter
    const char *label;
    int32_t slot;    // from 1 to SERVICE_SLOTS_MOST, and few: a row has room for all up to the highest
};

#define SERVICE_COUNTS_MOST 8
#define SERVICE_SLOTS_MOST 64

// The counters under which a record counts; answers how many. Pure.
typedef size_t service_record_count(const ProtobufCMessage *record, struct service_count counts[SERVICE_COUNTS_MOST]);

// What work may use besides the request.
struct service_secrets {
    struct access_keys *keys;
    const struct crypto_seal_key *seals[SERVICE_SEALS_MOST];    // by their periods, from 1; the last one seals
    size_t seal_count;
};

// Which rows the statements of work may see: a text that row security holds against them; and one more parameter. Both
// are "" at first, and stay so where they are not set.
struct service_work_rows {
    const char *key;
    const char *part;
    bool known;    // the request proves that it comes from somebody who was here before: strangers wait behind him
};

// What work knows.
struct service_work_input {
    const ProtobufCMessage *request;
    const struct access_caller *caller;    // NULL where the method is anonymous
    const struct crypto_peer *peer;        // whom the connection's certificate is bound to
    const struct service_work_rows *rows;
    const ProtobufCMessage *asked;    // the row that `ask` answered; NULL: none
    const struct uuid *instance_id;
    const struct service_secrets *secrets;
    struct directory *directory;    // may be read under its lock
    clock_time now;
    struct arena *arena;
};

// What work found.
struct service_work_output {
    ProtobufCMessage *reply;        // WORK: the answer
    ProtobufCMessage *effect;       // what the statement `effect` is to keep; NULL: nothing
    ProtobufCMessage *worked;       // MUTATION: for the rule
    struct access_caller caller;    // MUTATION, anonymous: who it turned out to be
    struct status refused;          // not OK: the effect is kept, and then the call ends so
};

// Says which rows, from the request alone, in microseconds: it runs before the call is queued. False with a status
// where the request is refused before anything is read.
typedef bool service_work_key(const struct service_work_input *input, struct service_work_rows *rows,
                              struct status *status);

// Computes: passwords, signatures. Runs on a thread of its own pool, holds no lock and no transaction, does no I/O.
// False with a status: the call ends with it, nothing is kept and no rule is asked.
typedef bool service_work_run(const struct service_work_input *input, struct service_work_output *output,
                              struct status *status);

// Callers with a token are known, those of anonymous methods only where their rows say so. One thread serves the known
// alone, so that strangers may fill their own queue and nothing else.
//
// Work of a method: of a WORK method all there is, of a MUTATION what comes before its load. `ask` reads (and counts
// attempts, where it must before it is known how they end) in a transaction of its own; then the work; then `effect`
// in another. Both run under the work wall: they see the rows of the key and of the tenant's that policies name.
struct service_work {
    service_work_key *key;
    const struct pg_sql *ask;    // sources request, context; target: asked
    const ProtobufCMessageDescriptor *asked;
    service_work_run *run;
    const struct pg_sql *effect;    // sources effect, context; target anlan.service.Outcome; NULL: none
    const ProtobufCMessageDescriptor *effected;
    status_reason undone;    // how the call ends where the effect answers that it came too late
};

// What an answer is made from. All of it is given: no I/O, no clock.
struct service_answer_input {
    const ProtobufCMessage *request;
    struct directory *directory;    // as of `at`: the request's field of that name, or now
    clock_time at;
    const struct access_decision *scope;    // what the caller reaches with the method's permission, anywhere, now
    struct arena *arena;
};

// Fills an empty reply. False with a status.
typedef bool service_answer(const struct service_answer_input *input, ProtobufCMessage *reply, struct status *status);

// How a kind of record is streamed to those who may read a part of it.
struct service_streamed {
    const struct pg_sql *snapshot;    // a page of whole records, as a list's `pairs`; source context; targets: the
                                      // record, page
    const struct pg_sql *seen;        // which of records are within the scope: sources records
                                      // (anlan.service.StreamRecords), context; target anlan.service.StreamSeen, in the
                                      // order of `at`
};

// A kind of record: its message and the statements that keep it. The message has
// the fields id, version, entered_at and occurred_at, and place or, where
// `located_by` says so, the unit whose place is its own.
struct service_record {
    const ProtobufCMessageDescriptor *message;
    const struct pg_sql *insert;        // sources: after, context, row (anlan.service.Row)
    const struct pg_sql *update;        // likewise; NULL where nothing is changed yet
    const struct pg_sql *rows;          // all rows of a tenant, by pages: source context; targets: the record, page,
                                        // and, where the record is kept packed, column: what stands beside it
    service_record_count *count;        // NULL where it is not counted
    const struct pg_sql *counted;       // adds to counters: source anlan.service.Counts
    const struct pg_sql *counts;        // all counters of a tenant: source context; target anlan.service.Count
    const char *sector_field;           // "" for none
    const char *const *party_fields;    // fields with the units that are parties to it
    size_t party_count;
    // Its last field, which lists leave out: the record is kept packed, this field (row.detail) apart from the rest
    // (row.summary). NULL where columns alone keep the record.
    const char *detail_field;
    const char *located_by;    // field with the unit at whose place it is, wherever that moves; NULL: it has a place
    const struct service_streamed *streamed;    // NULL: it is in no stream; it has tenant_id, otherwise
    // A field that holds a message for the rows alone: no entry, reply or feed shows it. NULL for none.
    const char *withheld_field;
    // Keeps what that field holds, behind insert or update, where it holds something; NULL: those keep it themselves.
    // Sources as insert.
    const struct pg_sql *withhold;
    // What a tenant's records withheld and is not there, or is not what was entered: page.id, and page.first its
    // version. Source context; NULL: nothing is held.
    const struct pg_sql *lost;
};

// A page of records: statements by the form of the scope. A row without a record ends a page before it is full and says
// where the next one begins.
struct service_list {
    const struct pg_sql *all;         // ACCESS_INSTANCE; NULL: `pairs`, with the tops of the tree
    const struct pg_sql *level[4];    // one territory in all sectors: region … township; or `pairs`
    const struct pg_sql *pairs;       // anything else
};

// Which list answers a request, whether it passes over rows that do not match, and whether its reads are `apart` from
// the scope's pairs, not one for each of them. `parties`: the scope holds units as parties. Pure; false with a status
// where the request asks for what no list has.
struct service_pick {
    size_t list;
    bool passes_over;
    bool apart;
};
typedef bool service_list_pick(const ProtobufCMessage *request, bool parties, struct arena *arena,
                               struct service_pick *pick, struct status *status);

#define SERVICE_LISTS_MOST 6

// The lists of a method. Where the request has a field `sector`, the scope is confined to it.
struct service_lists {
    const struct service_list *list[SERVICE_LISTS_MOST];    // up to the first NULL
    service_list_pick *pick;                                // NULL: the first
    unsigned page_default;
    unsigned page_most;
};

// A method: its row in the service's table. The contract says the rest.
struct service_method {
    const char *name;              // as in the contract: "GetUnit"
    const struct pg_sql *query;    // READ: sources request, context; target: the record
    // The query, or the load, answers all calls that wait together under one wall: request.* and each.* (what context.*
    // is for a lone call) are arrays with an element for each call; each row says in call.at whose it is, in their
    // order. Only what is the same for all of them comes from context.*.
    bool keyed;
    bool query_sees_tenant;               // … under the tenant's wall: the answer lies above what the caller may see,
                                          // and the statement holds him to his scope by itself
    service_answer *answer;               // READ: or this, from the directory at a time; caller and unit are checked
    const struct service_lists *lists;    // LIST: sources request, context; targets: the record, page
    const struct service_record *record;    // MUTATION: what it changes
    bool creates;                           // … the record is new: insert, not update
    const struct pg_sql *load;              // … reads `before`; sources request, context; target: the record
    bool load_sees_tenant;                  // … under the tenant's wall instead of the caller's scope
    // … what the load says besides the record, in columns named facts.*; NULL for nothing. A method that creates has
    // only facts.
    const ProtobufCMessageDescriptor *facts;
    service_rule *rule;                 // … decides
    service_rule_many *rule_many;       // … or this one, on several records
    bool of_others;                     // … enters, by the service itself, what another instance has written
    const char *alarm;                  // … what it did is logged as a warning under this event; NULL for no
    const struct service_work *work;    // WORK, or MUTATION: what computes before
};

// Following others' logs: what follows from an entry of another service's log, or of this one's own. common/README.md
// tells of it.

// Services whose logs one follows, and to which it gives commands.
#define SERVICE_FOLLOWS_MOST 4

// What a plan knows. All of it is given: no I/O, no clock.
struct service_follow_input {
    const Anlan__Rpc__V1__Entry *entry;      // its digest and position have been checked
    const ProtobufCMessage *const *asked;    // the rows that `ask` answered just now
    size_t asked_count;
    struct directory *directory;    // may be read under its lock
    clock_time now;
    struct arena *arena;
};

// What is to be done because of an entry: a call of a mutation, by this service itself. Common code gives it the
// request_id that follows from (source, tenant, position, which of the entry's commands), so that it has one effect.
struct service_command {
    // NULL: a mutation of this service, which its own row carries out, in the transaction that says that the entry has
    // been applied. Nobody's permission is asked. Otherwise the name of another service, which is called, and asks for
    // the permissions of the role `service`.
    const char *service;
    const char *method;           // full name
    ProtobufCMessage *request;    // without its request_id
    // Refusals that mean that there is nothing to do, ended by UNSPECIFIED; NULL: none.
    const status_reason *settled;
};

// The commands of one entry.
#define SERVICE_COMMANDS_MOST 256
struct service_commands {
    struct service_command list[SERVICE_COMMANDS_MOST];
    size_t count;
};

// Says what follows from an entry; nothing, for most. Pure, and the same for the same input. False with a status where
// it cannot be said: the entry is kept, reported and asked about again, and the log behind it goes on.
typedef bool service_plan(const struct service_follow_input *input, struct service_commands *commands,
                          struct status *status);

// A service whose logs are followed: the setting --follow-NAME says where; where it is not given nobody follows.
struct service_follow {
    const char *source;                 // its name, as in anlan-NAME
    bool directory;                     // its only log is the directory
    const char *const *record_types;    // full names of the messages that may matter, ended by NULL: of other entries
                                        // no plan is asked
    service_plan *plan;
    const struct pg_sql *ask;    // what plans read; under the wall `follow`; source: context. NULL: nothing
    const ProtobufCMessageDescriptor *asked;
    const char *calls;    // the other service to which its plans give commands: the setting --call-NAME; NULL: none
};

// Streams of the instance above, of the service of the same name there: what it shows of its records to this one, which
// it never writes. Once an instance above is enrolled they are followed; common/README.md tells of it.
#define SERVICE_ABOVES_MOST 4

struct service_above {
    const char *name;           // of what is kept of it: "above-listings"
    const char *record_type;    // full name of the message
    service_plan *plan;         // of a record as it is since; input->entry has no method, actor and position but the
                                // record's version, and is none of a tenant of this instance
};

// Clocks that run out. A record with the fields tenant_id, id, version and due_at (a Timestamp) is due when that is
// past.
#define SERVICE_TIMERS_MOST 4

// Says which mutation of this service is made of a record that is due: it must leave the record with another due_at, or
// none. False: nothing. Pure.
typedef bool service_due(const ProtobufCMessage *record, struct arena *arena, struct service_command *command);

struct service_timer {
    const char *name;
    const struct pg_sql *due;    // the records that are due, the longest first, context.row_limit of them; under the
                                 // wall `follow`; source: context; target: the record
    const ProtobufCMessageDescriptor *record;
    service_due *plan;
};

// What leaves the instance: records that are due are sent to machines of others, outside of all transactions. A
// mutation of the service itself begins each attempt and says until when nobody else sends the record; another one says
// how it ended. Who is killed in between has it sent again, when that time is over.
#define SERVICE_OUTLETS_MOST 2

struct config;

// What a sender is opened with.
struct service_outlet_setup {
    const struct config *config;    // the program's settings, the service's own among them; they outlive the sender
    const struct uuid *instance_id;
};

// What is sent.
struct service_outlet_input {
    const ProtobufCMessage *due;       // what the statement `due` answered
    const ProtobufCMessage *record;    // the record, as the attempt's beginning has left it
    const struct access_policy *access;
    clock_time now;
    struct arena *arena;
};

// One thread uses a sender, but for tell and attention. Nothing blocks but `next`, as long as it may.
struct service_outlet {
    const char *name;
    const struct pg_sql *due;    // what is to be sent, the longest due first; under the wall `follow`; source: context
    const ProtobufCMessageDescriptor *asked;
    const struct pg_sql *figures;    // how much there is, every few seconds; likewise, one row
    const ProtobufCMessageDescriptor *figured;
    // False with a status where a setting is none: the service does not start.
    bool (*open)(const struct service_outlet_setup *setup, void **sender, struct status *status);
    void (*close)(void *sender);
    // The mutation that begins an attempt; its request has tenant_id, id and version. False: not now.
    bool (*begin)(void *sender, const ProtobufCMessage *due, struct arena *arena, struct service_command *command);
    // The attempt has begun: sends it, or not, where the record says that it has ended.
    void (*send)(void *sender, const struct service_outlet_input *input);
    // The mutation that says how one ended, waiting for that at most so long. False: none has.
    bool (*next)(void *sender, int wait_ms, struct arena *arena, struct service_command *command);
    void (*know)(void *sender, const ProtobufCMessage *figures);
    void (*tell)(void *sender, FILE *out);    // metrics; thread-safe
    int64_t (*attention)(void *sender);       // how much waits for a person; thread-safe
};

// A service.
struct service_definition {
    const char *name;    // as in anlan-NAME
    const struct rpc_contract *contract;
    const struct service_method *methods;    // one for each method of the contract
    size_t method_count;
    const struct service_record *const *records;
    size_t record_count;
    const struct pg_migration *migrations;
    const size_t *migration_count;
    const struct access_role *roles;    // those of the beginning; the others are records
    const size_t *role_count;
    bool keeps_directory;                    // its only tenant is the instance, its log the directory
    const struct pg_sql *const *purges;      // what upkeep forgets, under the upkeep wall; ended by NULL, or NULL
    const struct service_follow *follows;    // whose logs it follows
    size_t follow_count;
    const struct service_above *aboves;    // what it follows of the instance above
    size_t above_count;
    const struct service_timer *timers;    // what it does because of the time
    size_t timer_count;
    const struct service_outlet *outlets;    // what it sends elsewhere
    size_t outlet_count;
    const struct config_setting *settings;    // its own, besides those of all services
    size_t setting_count;
    bool keeps_duties;    // its mirror of the directory knows who is on duty
    bool copies;          // … the logs of instances below: every kind of its records can be made anew from its log
    bool signs_in;        // holds the private keys of tokens and sessions, and those that seal secrets
};

// The whole program: settings, subcommands (serve, migrate, verify, rebuild),
// signals. Answers the exit status.
int service_main(const struct service_definition *definition, int argc, char **argv);
