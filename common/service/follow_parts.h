// SPDX-License-Identifier: Apache-2.0
// Following other services' logs: what its parts share. Not for services.
//   follow.c          a thread for each source: the lease, the tenants, the pulls; what has arrived is applied
//   follow_apply.c    a page of a log: commands in batches, each with the cursor in its transaction
//   follow_command.c  from an entry to its commands, and from a command to a job or a call
//   follow_store.c    cursors, leases and what is stuck, in the database
//   follow_retry.c    tries again what is stuck
#pragma once

#include "rpc/client.h"
#include "service/engine.h"

// How a command stands.
enum follow_stand { FOLLOW_WAITS, FOLLOW_SENT, FOLLOW_DONE, FOLLOW_REFUSED };

// A command on its way. The call and its arena are its own.
struct follow_command {
    struct follow_stream *stream;
    int64_t position;
    int32_t ordinal;
    const char *record_id;    // of a stream's record; "": of an entry of a log
    const char *service;      // "": this one
    const char *method;       // in `text` or static
    struct bytes request;     // packed, with its request_id; in the call's arena
    const status_reason *settled;
    enum follow_stand stand;
    struct status status;
    struct rpc_call call;
    struct service_job *job;    // of a mutation of this service
};

// What an entry asks for.
struct follow_work {
    int64_t position;
    struct follow_command *commands[SERVICE_COMMANDS_MOST];
    size_t count;
    size_t next;              // the first of its own mutations that is in no batch yet
    struct status refused;    // the plan could not say; the entry is stuck
};

enum follow_state { FOLLOW_IDLE, FOLLOW_PULLING, FOLLOW_ARRIVED, FOLLOW_CALLING };

// A tenant's log. All but what is said to be under the source's mutex belongs to the source's thread.
struct follow_stream {
    struct follow_source *source;
    struct uuid tenant_id;
    char tenant[UUID_TEXT_SIZE];
    int64_t position;      // read and applied up to here
    int64_t stored;        // … as the database knows: what asks for nothing is stored now and then
    int64_t rest_until;    // clock_monotonic
    int backoff;           // milliseconds; 0: all is well
    bool caught_up;
    bool of_others;          // the log is a copy: what follows from it for its tenant its owner does
    int64_t single_until;    // up to here each entry has a transaction of its own: one of them failed
    int64_t failed_at;       // the entry whose own transaction failed
    unsigned failures;       // … so often in a row
    bool give_up;            // … and it is stuck now,
    struct status fault;     // for this reason
    // The page that is applied; NULL: none.
    struct arena arena;
    const Anlan__Rpc__V1__PullResponse *page;
    size_t next;
    int64_t arrived_at;
    bool working;    // `work` is of the page's entry `next`
    struct follow_work work;
    bool rested;    // a call to another service failed, and has been waited for
    // Under the source's mutex.
    enum follow_state state;
    size_t calls;            // that have not ended
    struct status answer;    // of the pull
    struct bytes body;       // malloc'ed
};

// A service that is followed.
struct follow_source {
    struct service *service;
    const struct service_follow *follow;
    const struct pg_statement *ask;    // NULL: none
    struct service_lane lane;          // its connection
    struct rpc_client *client;
    struct rpc_client *callee;    // NULL: its plans command nobody else
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stopping;    // under the mutex
    size_t pulls;     // under the mutex
    struct uuid holder;
    bool held;
    bool load;                     // what is stored is to be read before anything else
    int64_t chores_at;             // clock_monotonic
    int64_t directory_position;    // at which the tenants were looked for
    struct follow_stream **streams;
    size_t stream_count;
    size_t turn;    // who pulls next
    struct arena asked_arena;
    const ProtobufCMessage **asked;
    size_t asked_count;
    bool above;    // a stream of the instance above: positions are versions of records
};

// follow_store.c. Each is a transaction of its own, blocks, and answers false with a status.
// Takes, renews or (seconds 0) gives back the lease; source->held says whether it is ours.
bool follow_store_lease(struct follow_source *source, int seconds, struct status *status);
// Sets each stream's stored position and begins there.
bool follow_store_load(struct follow_source *source, struct status *status);
// Stores how far the streams have come that asked for nothing lately.
bool follow_store_positions(struct follow_source *source, struct status *status);
// What plans are to read, into source->asked.
bool follow_store_ask(struct follow_source *source, const char *tenant_id, struct status *status);
// The records that a statement answers, at most so many; memory from `arena`.
bool follow_store_rows(struct follow_source *source, const struct pg_statement *statement, size_t most,
                       struct arena *arena, const ProtobufCMessage ***rows, size_t *count, struct status *status);
// What is stuck and due; memory from `arena`.
bool follow_store_due(struct follow_source *source, struct arena *arena, Anlan__Service__FollowStuck ***list,
                      size_t *count, struct status *status);
// Notes that it was tried in vain, and when it is tried again.
bool follow_store_again(struct follow_source *source, const Anlan__Service__FollowStuck *stuck, struct status *status);

// Queue statements of somebody else's transaction, counting them; the first is their wall.
bool follow_store_send_wall(struct follow_source *source, struct pg_connection *connection, struct arena *arena,
                            size_t *sent, struct status *status);
bool follow_store_send_move(struct follow_source *source, struct pg_connection *connection, struct arena *arena,
                            const struct follow_stream *stream, int64_t position, size_t *sent, struct status *status);
bool follow_store_send_stick(struct follow_source *source, struct pg_connection *connection, struct arena *arena,
                             const Anlan__Service__FollowStuck *stuck, size_t *sent, struct status *status);
bool follow_store_send_settle(struct follow_source *source, struct pg_connection *connection, struct arena *arena,
                              const Anlan__Service__FollowStuck *stuck, size_t *sent, struct status *status);

// follow_command.c.
// What follows from an entry that has been checked: work->commands, or work->refused.
void follow_work_make(struct follow_stream *stream, const Anlan__Rpc__V1__Entry *entry, struct follow_work *work);
void follow_work_free(struct follow_work *work);
// A command with the request_id that follows from a name, the stream's tenant, a number and a time.
struct follow_command *follow_command_new(struct follow_stream *stream, int64_t number,
                                          const struct service_command *said, const char *name, clock_time time);
// A command as it was kept. NULL where it is none that this program knows, with a status.
struct follow_command *follow_command_kept(struct follow_stream *stream, const Anlan__Service__FollowStuck *stuck,
                                           struct status *status);
// Makes the job of a mutation of this service. False: command->status says why not.
bool follow_command_prepare(struct follow_command *command);
// Sends a call to another service; its end is noted in the command under the source's mutex.
void follow_command_send(struct follow_command *command);
// True if it ended well, or with a refusal that means that there is nothing to do.
bool follow_command_good(const struct follow_command *command);
// What is kept of a command that was refused; it points into the command.
void follow_command_stuck(const struct follow_command *command, Anlan__Service__FollowStuck *stuck);
void follow_command_free(struct follow_command *command);
// True for refusals that time heals.
bool follow_passing(const struct status *status);

// follow_apply.c: true if a job may share a transaction with others: no two of them share a key, and an exclusive one
// is its tenant's only.
bool follow_fits(struct service_job *const *jobs, size_t count, const struct service_job *job);

// follow_apply.c: applies what has arrived, as far as it goes without waiting.
void follow_apply(struct follow_stream *stream);
// Leaves the page and rests; what was not stored is pulled again.
void follow_retreat(struct follow_stream *stream, const struct status *status);
// Logs what is stuck from now on.
void follow_tell_stuck(const struct follow_source *source, const Anlan__Service__FollowStuck *stuck);

// Leaves the page behind: all of it is applied.
void follow_page_free(struct follow_stream *stream);

// follow_retry.c: tries again what is due.
void follow_retry(struct follow_source *source);

// Seconds until what was tried so often is tried again.
int32_t follow_rest(int32_t tries);

// follow.c: the log of a tenant, which is not followed yet.
struct follow_stream *follow_stream_add(struct follow_source *source, const struct uuid *tenant_id);

// follow.c: true once the service stops.
bool follow_stopping(struct follow_source *source);
