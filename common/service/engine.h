// SPDX-License-Identifier: Apache-2.0
// A running service: what the parts of common/service share. Not for services.
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "access/decide.h"
#include "access/directory.h"
#include "access/token.h"
#include "base/limits.h"
#include "feed/log.pb-c.h"
#include "pg/connection.h"
#include "rpc/reflection.h"
#include "rpc/server.h"
#include "service/context.pb-c.h"
#include "service/queue.h"
#include "service/service.h"

struct service;
struct service_budget;
struct service_stream;

// Messages whose calls wait for the directory: half of the contexts of an address, so that others have the rest.
#define SERVICE_PARKED_MESSAGES (LIMIT_CONTEXTS / 2)
struct service_parked_message {
    uint32_t message;
    unsigned calls;    // that are parked; 0: the place is free
};

// A list's statements.
struct service_list_statements {
    struct pg_statement all;
    struct pg_statement level[DIRECTORY_LEVELS];
    struct pg_statement pairs;
};

// A method ready to be called: contract, row, statements.
struct service_slot {
    const struct rpc_policy *policy;
    const struct service_method *method;    // NULL for FeedService/Pull
    struct pg_statement query;
    struct pg_statement load;
    struct pg_statement ask;
    struct pg_statement effect;
    struct service_list_statements lists[SERVICE_LISTS_MOST];
    uint32_t record_field;    // number of the reply's field that holds the record(s)
    uint32_t token_field;     // number of next_page_token
};

// A kind of record ready to be kept.
struct service_keeper {
    const struct service_record *record;
    struct pg_statement insert;
    struct pg_statement update;
    struct pg_statement rows;
    struct pg_statement withhold;
    struct pg_statement lost;
    struct pg_statement counted;
    struct pg_statement counts;
    struct pg_statement snapshot;
    struct pg_statement seen;
};

// Statements of common code.
struct service_statements {
    struct pg_statement wall_tenant;
    struct pg_statement wall_scope;
    struct pg_statement wall_kept;
    struct pg_statement wall_work;
    struct pg_statement wall_upkeep;
    struct pg_statement wall_batch;
    struct pg_statement wall_follow;
    struct pg_statement head_lock;
    struct pg_statement head_make;
    struct pg_statement head_read;
    struct pg_statement head_list;
    struct pg_statement results_find;
    struct pg_statement results_purge;
    struct pg_statement append;
    struct pg_statement entries_after;
    struct pg_statement undo;
    struct pg_statement wall_stream;
    struct pg_statement stream_lock;
    struct pg_statement stream_open;
    struct pg_statement stream_keep;
    struct pg_statement stream_known;
    struct pg_statement stream_learn;
    struct pg_statement stream_sweep;
    struct pg_statement stream_projections;
    struct pg_statement stream_purge;
    struct pg_statement commit_lightly;
    struct pg_statement follow_lease;
    struct pg_statement follow_cursors;
    struct pg_statement follow_move;
    struct pg_statement follow_stick;
    struct pg_statement follow_due;
    struct pg_statement follow_settle;
    struct pg_statement follow_again;
    struct pg_statement follow_all;
    struct pg_statement follow_known;
    struct pg_statement follow_retry;
    struct pg_statement follow_stream_keep;
    struct pg_statement follow_stream_known;
    struct pg_statement copy_list;
    struct pg_statement one_snapshot;
    struct pg_statement copy_keep;
    struct pg_statement copy_retry;
};

#define SERVICE_PURGES_MOST 8
#define SERVICE_PARTIES_MOST 16
#define SERVICE_KEYS 6            // conflict keys of a mutation
#define SERVICE_NAMED_UNITS 16    // units that a request names

// A record that a mutation changes.
struct service_change {
    ProtobufCMessage *before;    // NULL: it is new
    ProtobufCMessage *after;     // NULL: it is left as it is
    struct bytes packed;         // … as the entry and the row have it
    Anlan__Rpc__V1__LogEntry entry;
};

// A call that has passed the gate: who, what, where. Lives in the call's arena.
struct service_job {
    struct service_job *next;
    struct rpc_call *call;
    const struct service_slot *slot;
    struct directory *directory;
    ProtobufCMessage *request;
    struct access_caller caller;
    bool inner;    // a command of this service to itself
    bool stale;    // the mirror is too old for grants and for access from outside
    struct access_decision decision;
    struct access_decision bound;    // … as statements are bound to it
    struct uuid tenant_id;
    const struct directory_unit *unit;
    struct directory_overseers *overseers;
    struct service_named_unit units[SERVICE_NAMED_UNITS];
    size_t unit_count;
    Anlan__Service__Context context;
    clock_time now;
    struct status status;    // how it ended
    struct bytes reply;
    int64_t position;    // of its entry; 0: none
    bool alone;          // shares no transaction
    unsigned tries;
    // Mutations.
    uint64_t keys[SERVICE_KEYS];    // no two jobs of a batch share one
    size_t key_count;
    struct uuid request_id;
    struct uuid new_id;    // for a record that is created
    clock_time occurred_at;
    bool answered;          // by the result of an earlier request
    struct bytes hashed;    // what of the request the hash is of
    uint8_t request_hash[32];
    ProtobufCMessage **loaded;
    size_t loaded_count;
    ProtobufCMessage *facts;
    ProtobufCMessage *worked;
    struct service_work_rows rows;
    struct service_change *changes;
    size_t change_count;
    struct bytes place;    // a packed StoredPlace
    struct service_acting acting;
    bool writes;    // its rule said yes: rows and entries are to be applied
    // Lists.
    size_t list;
    // Pulls.
    int64_t from;
    int64_t answer_by;                // clock_monotonic
    struct service_stream *stream;    // NULL: a whole log
    bool accounted;                   // it stands in the access log
};

// A thread with a connection of its own and the jobs that wait for it.
struct service_lane {
    struct service *service;
    struct service_queue queue;
    pthread_t thread;
    bool started;
    struct pg_connection *connection;
    atomic_bool connected;
    atomic_bool waiting;    // the feed lane: pulls wait for entries
    bool apart;             // a write lane for those who are in trouble, or whose thread nobody else waits for
};

// Callers and tenants whose calls go by a lane apart until some time (clock_monotonic).
#define SERVICE_TROUBLED_MOST 64
struct service_trouble {
    pthread_mutex_t mutex;
    struct uuid who[SERVICE_TROUBLED_MOST];
    int64_t until[SERVICE_TROUBLED_MOST];
    _Atomic int64_t last;    // nobody is behind this
};

// Threads that compute, each with a connection of its own, and the jobs that wait for them: those of the known come
// first, and the first thread takes no others.
struct service_pool {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct service_job *first[2];    // the known, strangers
    size_t waiting[2];
    bool closed;
    struct service_lane workers[LIMIT_WORKERS];
    size_t started;
    atomic_int busy;    // threads that have a job
};

// Where a service listens and where it finds the directory.
struct service_addresses {
    const char *listen;    // one or several, separated by commas
    const char *feed;      // likewise
    const char *health;
    const char *directory;
    long pulls_per_minute;    // of one reader's streams
    long pull_bytes_per_minute;
    const char *follow[SERVICE_FOLLOWS_MOST];    // feeds of those that it follows, as the definition's rows stand; ""
    const char *call[SERVICE_FOLLOWS_MOST];      // and where commands go
    const char *metrics;                         // "": none
};

#define SERVICE_READ_LANES 2
#define SERVICE_WRITE_LANES 2

// How many lines of a kind the log had in this second.
struct service_observed {
    _Atomic int64_t second;
    _Atomic int64_t lines;
    _Atomic int64_t left_out;
};

// What this process knows of the logs that it copies.
struct service_copied {
    _Atomic int64_t logs;
    _Atomic int64_t stopped;    // … of them, since they differ
    _Atomic int64_t lag;        // entries that their sources are known to have besides
    _Atomic int64_t silent;     // seconds since the longest silent source was heard of
};

// How a stream of the instance above stands in this process.
struct service_shown {
    _Atomic bool follows;
    _Atomic int64_t contact_at;    // clock_monotonic
};

// Servers of one kind, one for each address.
struct service_servers {
    struct rpc_server *list[LIMIT_LISTENERS];
    char *addresses[LIMIT_LISTENERS];
    size_t count;
};

struct service {
    const struct service_definition *definition;
    const char *conninfo;
    const struct config *config;
    struct uuid instance_id;
    struct directory *directory;
    struct access_policy access;
    struct access_verifier *verifier;
    struct service_slot *slots;
    size_t slot_count;
    struct service_slot pull;
    struct service_slot pull_stream;
    struct service_keeper *keepers;
    struct service_statements statements;
    struct pg_statement purges[SERVICE_PURGES_MOST];
    size_t purge_count;
    int schema_pending;               // migrations that the database lacked at the start; below 0: it is newer
    struct pg_catalogue catalogue;    // the first connection makes the plans, before there are threads
    struct service_lane read_lanes[SERVICE_READ_LANES];
    struct service_lane write_lanes[SERVICE_WRITE_LANES];
    struct service_lane apart_lane;
    struct service_lane feed_lane;
    struct service_lane stream_lane;
    struct service_budget *budget;
    struct service_trouble trouble;
    struct service_pool pool;
    bool works;    // a method of it has work
    struct service_secrets secrets;
    struct service_lane answer_lane;    // started where a method has an answer
    struct service_lane access_lane;
    struct service_access_notes *access_notes;
    atomic_bool stopping;
    struct service_measures *measures;    // measure.h
    struct service_observed observed;
    struct service_observed observed_tls;
    struct service_servers calls;
    struct service_servers feeds;
    struct rpc_tls *tls;    // NULL: it has no certificate
    struct crypto_tls_files tls_files;
    atomic_uint tls_readings;    // how often they were read again
    struct rpc_health *health;
    struct rpc_reflection reflection;
    struct feed_follower *follower;
    struct pg_statement asks[SERVICE_FOLLOWS_MOST];
    struct follow_source *sources[SERVICE_FOLLOWS_MOST];    // NULL: not followed
    struct pg_statement dues[SERVICE_TIMERS_MOST];
    struct service_timer_thread *timers[SERVICE_TIMERS_MOST];
    struct above *aboves[SERVICE_ABOVES_MOST];    // NULL: none
    struct copying *copying;                      // NULL: no logs of others
    struct service_copied copied;
    struct service_shown shown[SERVICE_ABOVES_MOST];
    struct pg_statement outlet_dues[SERVICE_OUTLETS_MOST];
    struct pg_statement outlet_figures[SERVICE_OUTLETS_MOST];
    struct service_outlet_thread *outlets[SERVICE_OUTLETS_MOST];    // up to the first NULL
    struct pg_sweeper *sweeper;
    pthread_t upkeep;
    pthread_mutex_t upkeep_mutex;
    pthread_cond_t upkeep_wake;
    // Calls that wait until the directory has what they have seen.
    pthread_mutex_t parked_mutex;
    struct rpc_call *parked;
    struct service_parked_message parked_messages[2][SERVICE_PARKED_MESSAGES];    // on this host, over TLS
};

// serve.c: runs the service until SIGTERM or SIGINT. Answers the exit status.
int service_serve(struct service *service, const struct service_addresses *addresses);

// mirror.c: follows the directory.
bool service_mirror_start(struct service *service, const char *addresses, struct status *status);
// Who the service is where it acts by itself: a UUID of version 8, the same in all of its processes.
struct uuid service_own_id(const struct service *service);
// A credential of the service itself, which it signs. False where it has no key that is good now.
bool service_credential(void *service, struct arena *arena, struct bytes *token);

// follow.c: follows the logs of other services, as far as there are addresses.
bool service_follow_start(struct service *service, const struct service_addresses *addresses, struct status *status);
void service_follow_stop(struct service *service);
// timer.c: fires what is due, a thread for each timer.
bool service_timers_start(struct service *service, struct status *status);
void service_timers_stop(struct service *service);
// outlet.c: sends what is to be sent elsewhere, a thread for each outlet.
// Open reads their settings, before anything is served.
bool service_outlets_open(struct service *service, struct status *status);
bool service_outlets_start(struct service *service, struct status *status);
void service_outlets_stop(struct service *service);
// Once nobody asks the two below any more.
void service_outlets_free(struct service *service);
// What they count, for Prometheus; how much waits for a person.
void service_outlets_tell(struct service *service, FILE *out);
int64_t service_outlets_attention(struct service *service);
// above.c: how many streams of the instance above this process follows, and seconds since the longest silent of them
// was heard of. Thread-safe.
void service_above_state(struct service *service, int64_t *streams, int64_t *silent);

// follow_report.c: tells how far others' logs have been followed and what is stuck; or has that tried again at once.
// Answer the exit status.
int service_follow_report(struct service *service, FILE *out);
int service_follow_retry(struct service *service, FILE *out);

// inner.c: a job of a mutation of this service, by itself: body is the packed request. It lives as long as the call's
// arena, which is empty but for what the caller has put there. NULL with a status.
struct service_job *service_inner_job(struct service *service, struct rpc_call *call, const char *method,
                                      struct bytes body, struct status *status);

// upkeep.c: what is done by the clock: calls that waited too long, results past their days.
bool service_upkeep_start(struct service *service);
void service_upkeep_stop(struct service *service);

// verify.c: holds the tables against the log, or makes them anew from it. Answers the exit status.
int service_verify(struct service *service, bool rebuild, FILE *out);

// slots.c: makes slots and statements from definition and contract; false where
// they do not fit (our mistake, found at start).
bool service_slots_make(struct service *service, struct status *status);
void service_slots_free(struct service *service);
const struct service_slot *service_slot_find(const struct service *service, const char *method);
const struct service_keeper *service_keeper_of(const struct service *service, const struct service_record *record);

// dispatch.c: from an rpc_call to a job in a lane, or an answer.
void service_dispatch_call(void *user, struct rpc_call *call);
void service_dispatch_feed(void *user, struct rpc_call *call);
// Wakes the lanes that calls of a message have gone to.
void service_dispatch_end(void *user);
// A pull that has waited: whether its caller may still have the log. False with the job's status.
bool service_dispatch_pull_again(struct service *service, struct service_job *job);
// Whether the mirror is good enough for the caller of a pull. False with the job's status.
bool service_dispatch_pull_fresh(struct service *service, struct service_job *job);

// fresh.c: whether a decision stays within what an older directory is good enough for: the caller's own post in his own
// tenant. tenant_id nil: no single tenant is asked for.
bool service_fresh_is_home(struct service *service, const struct access_caller *caller, const struct uuid *tenant_id,
                           const struct access_decision *decision);
// Answers false with DIRECTORY_BEHIND.
bool service_fresh_behind(const struct service *service, struct status *status);
// Whether the directory is fresh enough for a decision: of the last seconds, or the decision is at home. False with
// DIRECTORY_BEHIND. Does not wait.
bool service_fresh_enough(struct service *service, const struct access_caller *caller, const struct uuid *tenant_id,
                          const struct access_decision *decision, struct status *status);

// dispatch.c: who, where and whose: from a job with its request and its caller to one that its lane can run. False with
// the job's status.
bool service_dispatch_prepare(struct service *service, struct service_job *job);

// dispatch.c: request_id, hash and conflict keys of a mutation whose caller is known. False with the job's status.
bool service_dispatch_mutation(struct service_job *job);
// dispatch.c: hands a job to the lane in which a mutation or a query is carried out, or answers it where too many wait.
void service_dispatch_enqueue(struct service *service, struct service_job *job);
// dispatch.c: answers a job for which there is no room.
void service_dispatch_overloaded(struct service *service, struct service_job *job);

// work_lane.c: the pool of threads that compute.
bool service_pool_start(struct service *service, struct status *status);
void service_pool_stop(struct service *service);
// Asks the method which rows its work sees, and queues the job, or answers it.
void service_pool_add(struct service *service, struct service_job *job);

// observe.c: logs calls that failed on our side, and those that took long; pulls, which wait as they are told, only
// where they failed.
void service_observe_call(void *user, const struct rpc_call *call, const struct status *status);
void service_observe_feed(void *user, const struct rpc_call *call, const struct status *status);
// The first lines of each second may be logged, at most so many; *left_out: how many were not since the last one.
bool service_may_log(struct service_observed *observed, int64_t most, int64_t *left_out);

// tls.c: reads the service's certificates; reads them again on SIGHUP.
bool service_tls_open(struct service *service, const struct crypto_tls_files *files, struct status *status);
void service_tls_reload(struct service *service);
// Trusts the instances that are enrolled now, and no others any more.
void service_tls_trust(struct service *service);

// parked.c: calls that wait for the directory, until some time before their deadline, so that their callers hear why.
int64_t service_park_until(const struct rpc_call *call);
// False where SERVICE_PARKED_MESSAGES others are parked; the call is still the caller's then.
bool service_park(struct service *service, struct rpc_call *call);
void service_unpark(struct service *service, bool all);

// wait.c: true of a list that waits: the feed address serves it, not the one for calls.
bool service_waits(const struct service_slot *slot);
// Lists that wait, from the feed address. The call's `user` is its wait; NULL where it does not wait.
void service_wait_begin(struct service *service, const struct service_slot *slot, struct rpc_call *call);
// Hands a job that is ready to be asked to the feed lane.
void service_wait_enqueue(struct service *service, struct service_job *job);
// True if the job goes on waiting, so that it is not to be answered.
bool service_wait_park(struct service *service, struct service_job *job);
// The feed lane looks at a job and the head of its tenant's log. True if the job has left the lane.
bool service_wait_look(struct service *service, struct service_job *job, int64_t head);

// job.c: answers a job with job->status, job->reply. The job is gone afterwards.
void service_job_answer(struct service *service, struct service_job *job);
// The job's deadline has passed or its caller is gone: sets its status, answers true.
bool service_job_over(struct service_job *job);
// The statement timeout for a job in milliseconds, rounded up to a step, so that
// neighbours can share it.
int32_t service_job_timeout(const struct service_job *job);

// tenants.c: decides what the caller reaches with the method's permission; of a record that he keeps with his own
// tenant, with the permission to read what it is about. False with the job's status.
bool service_tenant_decide(struct service *service, struct service_job *job, const struct access_question *question);
// tenants.c: whose records a call means; of a change, what is decided is confined to those who may change what that
// tenant keeps. False with the job's status.
bool service_tenant_find(struct service *service, struct service_job *job);

// walls.c: fills in a context's scope from a decision; what it is bound to goes to *bound. False where the arena is
// full.
bool service_scope_make(struct service *service, const struct access_decision *decision, struct arena *arena,
                        struct access_decision *bound, Anlan__Service__Context *context);
// The same for a job.
bool service_scope_fill(struct service *service, struct service_job *job);
// Takes the tops of the tree as the statement's pairs, where the scope is the whole instance and the statement wants
// pairs; confines the statement's pairs to a sector, where it is not "". What row security shows stays as it is.
bool service_scope_narrow(struct service *service, struct service_job *job, const char *sector);

// kept.c: fills in the context's part of what units keep to themselves, from the decision. False where the arena is
// full.
bool service_kept_fill(struct service *service, struct service_job *job);
// kept.c: by what the caller has a record that a unit keeps to itself: 0 his own post, n his grant n - 1; -1 by
// nothing.
int service_kept_origin(struct service *service, struct service_job *job, const struct access_record *record,
                        const struct uuid *keeper_id);

// trouble.c: who travels apart for a while. Thread-safe.
void service_trouble_init(struct service_trouble *trouble);
void service_trouble_fini(struct service_trouble *trouble);
void service_trouble_note(struct service_trouble *trouble, const struct uuid *who);
bool service_troubled(struct service_trouble *trouble, const struct uuid *who);

// lane.c: connects if needed; false with a status.
bool service_lane_connect(struct service_lane *lane, struct status *status);
bool service_lane_start(struct service_lane *lane, struct service *service, void *(*run)(void *));
void service_lane_stop(struct service_lane *lane);

// read_lane.c, write_lane.c, feed_lane.c, answer_lane.c: what the lanes' threads run.
void *service_read_lane_run(void *lane);
void *service_write_lane_run(void *lane);
void *service_feed_lane_run(void *lane);
void *service_answer_lane_run(void *lane);

// stream_lane.c: streams. Takes the request of a pull whose caller is known; false with the job's status.
bool service_stream_prepare(struct service *service, struct service_job *job);
void *service_stream_lane_run(void *lane);
// A pull of a stream is about to be answered: charges its reader.
void service_stream_end(struct service *service, const struct service_job *job);

// access_notes.c: what is to be entered in access logs by count, until the access lane takes it. Never answers NULL.
struct service_access_notes *service_access_notes_new(void);
void service_access_notes_free(struct service_access_notes *notes);
// Notes what a job's end means: a refusal, or the use of grants. Does not block; costs a lookup. Thread-safe.
void service_access_note(struct service *service, const struct service_job *job);
// access_log.c: what the access lane's thread runs: unmasked reads at once, then their answers; notes every few
// seconds.
void *service_access_lane_run(void *lane);

// Jobs whose answers are ready.
struct service_done {
    struct service_job *jobs[LIMIT_BATCH_CALLS];
    size_t count;
};
// Answers them all and empties the list.
void service_done_answer(struct service *service, struct service_done *done);

// decide.c: what a job's load answered, rows from `first` on, becomes job->loaded. False with the job's status.
bool service_decide_loaded(struct service_job *job, const struct pg_rows *rows, size_t first, size_t count);
// Answers a repeated request with the after-image of the entry that it made.
void service_decide_repeat(struct service_job *job, const Anlan__Feed__StoredResult *result);
// Asks the rule and makes entries behind `position`; answers the last position then.
int64_t service_decide(struct service *service, struct service_job *job, int64_t position);

// What is added to a counter.
struct service_delta {
    char *tenant_id;
    struct service_count count;
    int64_t delta;
};

// counts.c: deltas as the message that a kind of record's statement `counted` takes; sorts them. False where the arena
// is full.
bool service_counts_fill(struct service_delta *deltas, size_t count, struct arena *arena,
                         Anlan__Service__Counts *counts);

// What the jobs' changes add to the counters of a kind of record, in the order of their keys; none where
// nothing changes. False where the arena is full.
bool service_counts_make(const struct service_record *record, struct service_job *const *jobs, size_t count,
                         struct arena *arena, Anlan__Service__Counts *counts);

// batch.c: runs mutations in one transaction, at most LIMIT_BATCH_CALLS of which no
// two share a key, and sets how each ended. `done` is answered while the database
// works. False if the transaction failed: nothing was written (or, with UNAVAILABLE,
// it is not known), and each job is to be run alone.
bool service_batch_run(struct service_lane *lane, struct service_job **jobs, size_t count, struct service_done *done,
                       struct status *status);

// What is written along with a batch, in its transaction, when it is known how each job ends: queues its statements and
// counts them in *sent. False with a status: the transaction fails.
struct service_along {
    bool (*send)(void *user, struct pg_connection *connection, struct arena *arena, size_t *sent,
                 struct status *status);
    void *user;
};
// The same with something along, which is written even where no job is; count may be 0.
bool service_batch_run_along(struct service_lane *lane, struct service_job **jobs, size_t count,
                             const struct service_along *along, struct status *status);

// row.c: a record's packed bytes as its row keeps them: what stands before its detail, and the rest.
Anlan__Service__Row service_row_split(const struct service_record *record, struct bytes packed);

// columns.c: true if the record's statement `rows` reads back, as column.*, every column that `insert` fills from the
// record; a record that is not kept packed has none beside it. False with INTERNAL.
bool service_columns_complete(const struct service_record *record, struct status *status);
// True if the columns, packed as a record with nothing else, are those of the whole record.
bool service_columns_agree(const struct service_record *record, const ProtobufCMessage *whole, struct bytes columns,
                           struct arena *arena);

// decide.c: a record of the method's kind as decisions see it; its parties go to `ids`.
struct access_record service_job_record(const struct service_job *job, const ProtobufCMessage *message,
                                        struct uuid ids[SERVICE_PARTIES_MOST]);
// decide.c: by what the caller acts, as an entry names it. False where the arena is full.
bool service_name_principals(const struct service_behalf *grant, struct arena *arena, Anlan__Rpc__V1__Actor *actor);

// list.c: how many rows each read of a page may examine: a page's rows, or more where some will not match, 2,000
// together; of many pairs less, so that what a page reads stays bounded: a page may be short then.
int32_t service_examined_limit(size_t pairs, int32_t row_limit, bool passes_over);
// list.c: which list, from where, how much. False with the job's status.
bool service_list_prepare(struct service *service, struct service_job *job);
// The statement of the job's list for its scope.
const struct pg_statement *service_list_statement(const struct service_job *job);

// rule.c: the after-image that leaves the service: without what is withheld. NULL where the arena is full.
const ProtobufCMessage *service_job_shown(struct service_job *job, const ProtobufCMessage *after);

// page.c: page tokens.
bool service_page_read(struct service_job *job);
bool service_page_write(struct service_job *job, struct bytes page, struct bytes *token);
