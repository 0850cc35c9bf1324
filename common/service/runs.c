// SPDX-License-Identifier: Apache-2.0
#include "service/runs.h"

#include <string.h>

#include "base/check.h"

#define KIND(name) ANLAN__RPC__V1__METHOD_KIND__METHOD_KIND_##name

static bool is_mutation(const struct service_job *job)
{
    return job->slot->policy->kind == KIND(MUTATION);
}

static bool sees_tenant(const struct service_job *job)
{
    const struct service_method *method = job->slot->method;
    return is_mutation(job) ? method->load_sees_tenant : method->query_sees_tenant;
}

// Behind which wall a job's statement runs, in the order in which they go out.
enum wall { WALL_TENANT, WALL_KEPT, WALL_SCOPE };

static enum wall wall_of(const struct service_job *job)
{
    if (sees_tenant(job))
        return WALL_TENANT;
    return job->slot->policy->kept ? WALL_KEPT : WALL_SCOPE;
}

static const struct pg_statement *statement_of(const struct service_job *job)
{
    if (is_mutation(job))
        return &job->slot->load;
    return job->slot->method->lists ? service_list_statement(job) : &job->slot->query;
}

static int compare_numbers(int64_t left, int64_t right)
{
    return (left > right) - (left < right);
}

static int compare_kept(const Anlan__Service__Context *left, const Anlan__Service__Context *right)
{
    int order = compare_numbers((int64_t)left->n_kept, (int64_t)right->n_kept);
    for (size_t i = 0; order == 0 && i < left->n_kept; i++)
        order = strcmp(left->kept[i], right->kept[i]);
    return order;
}

static int compare_walls(const struct service_job *left, const struct service_job *right)
{
    enum wall wall = wall_of(left);
    int order = compare_numbers(wall, wall_of(right));
    if (order == 0 && wall == WALL_TENANT)
        order = uuid_compare(&left->tenant_id, &right->tenant_id);
    else if (order == 0 && wall == WALL_KEPT)
        order = compare_kept(&left->context, &right->context);
    else if (order == 0)
        order = strcmp(left->context.wall_scope, right->context.wall_scope);
    return order ? order : compare_numbers(left->context.timeout_ms, right->context.timeout_ms);
}

static int compare(const struct service_job *left, const struct service_job *right)
{
    int order = compare_walls(left, right);
    return order ? order : compare_numbers(left->slot - right->slot, 0);
}

// Sorts by wall and method, keeping the order within one: there are few.
static void sort(struct service_job **jobs, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct service_job *job = jobs[i];
        size_t at = i;
        for (; at > 0 && compare(jobs[at - 1], job) > 0; at--)
            jobs[at] = jobs[at - 1];
        jobs[at] = job;
    }
}

size_t service_runs_make(struct service_job **jobs, size_t count, struct service_run *runs)
{
    size_t made = 0;
    sort(jobs, count);
    for (size_t i = 0; i < count; i++) {
        const struct service_job *before = i > 0 ? jobs[i - 1] : NULL;
        if (before && jobs[i]->slot->method->keyed && compare(before, jobs[i]) == 0) {
            runs[made - 1].count++;
            continue;
        }
        runs[made++] = (struct service_run){
            .jobs = &jobs[i], .count = 1, .walled = !before || compare_walls(before, jobs[i]) != 0};
    }
    return made;
}

static bool send_wall(struct service_lane *lane, const struct service_job *job, struct arena *arena,
                      struct status *status)
{
    const struct service_statements *statements = &lane->service->statements;
    const struct pg_statement *const walls[] = {[WALL_TENANT] = &statements->wall_tenant,
                                                [WALL_KEPT] = &statements->wall_kept,
                                                [WALL_SCOPE] = &statements->wall_scope};
    return pg_execute(lane->connection, walls[wall_of(job)], (const ProtobufCMessage *const[]){&job->context.base},
                      arena, status);
}

static bool send_statement(struct service_lane *lane, const struct service_run *run, struct arena *arena,
                           struct status *status)
{
    const ProtobufCMessage **requests = arena_array(arena, run->count, sizeof(*requests));
    const ProtobufCMessage **contexts = arena_array(arena, run->count, sizeof(*contexts));
    if (!requests || !contexts)
        return status_set(status, REASON(MESSAGE_TOO_LARGE), "the calls need too much memory");
    for (size_t i = 0; i < run->count; i++) {
        requests[i] = run->jobs[i]->request;
        contexts[i] = &run->jobs[i]->context.base;
    }
    const struct pg_source sources[] = {{requests, run->count}, {contexts, 1}, {contexts, run->count}};
    return pg_execute_many(lane->connection, statement_of(run->jobs[0]), sources, arena, status);
}

bool service_run_send(struct service_lane *lane, struct service_run *run, struct arena *arena, struct status *status)
{
    run->queued = 0;
    if (run->walled) {
        if (!send_wall(lane, run->jobs[0], arena, status))
            return false;
        run->queued++;
    }
    if (!send_statement(lane, run, arena, status))
        return false;
    run->queued++;
    return run->sent = true;
}

// The target that says whose row it is stands behind the statement's others.
static bool read_ordinal(const struct pg_rows *rows, size_t row, size_t most, struct arena *arena, size_t *at,
                         struct status *status)
{
    size_t target = 0;
    while (target + 1 < PG_MESSAGES && rows->statement->targets[target + 1].descriptor)
        target++;
    const Anlan__Service__Ordinal *ordinal = (const void *)pg_rows_unpack(rows, row, target, arena, status);
    if (!ordinal)
        return false;
    if (ordinal->at < 1 || (size_t)ordinal->at > most || (size_t)ordinal->at - 1 < *at)
        return status_set(status, REASON(INTERNAL), "%s: its rows are not in the order of its calls",
                          rows->statement->sql->name);
    *at = (size_t)ordinal->at - 1;
    return true;
}

// Hands each job its rows, which stand in the order of the jobs.
static bool hand_out(const struct service_run *run, const struct pg_rows *rows, struct arena *arena,
                     service_run_take *take, struct status *status)
{
    size_t at = 0;
    size_t first = 0;
    for (size_t row = 0; row < rows->count; row++) {
        size_t before = at;
        if (!read_ordinal(rows, row, run->count, arena, &at, status))
            return false;
        for (; before < at; before++, first = row)
            take(run->jobs[before], rows, first, row - first);
    }
    for (; at < run->count; at++, first = rows->count)
        take(run->jobs[at], rows, first, rows->count - first);
    return true;
}

bool service_run_receive(struct service_lane *lane, const struct service_run *run, int64_t deadline,
                         struct arena *arena, service_run_take *take, struct status *status)
{
    bool good = true;
    for (size_t i = 0; good && i < run->queued; i++) {
        struct pg_rows rows = {0};
        if (!pg_next(lane->connection, deadline, &rows, status))
            return false;
        bool last = run->sent && i + 1 == run->queued;
        if (last && run->jobs[0]->slot->method->keyed)
            good = hand_out(run, &rows, arena, take, status);
        else if (last)
            take(run->jobs[0], &rows, 0, rows.count);
        pg_rows_clear(&rows);
    }
    return good;
}
