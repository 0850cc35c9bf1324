// SPDX-License-Identifier: Apache-2.0
// Runs: which of the calls that wait together share one execution of a statement, and which wall stands before it.
// Internal to common/service.
#pragma once

#include "service/engine.h"

// Calls that one execution answers: those of one method under one wall where its statement is keyed, else one alone.
struct service_run {
    struct service_job **jobs;
    size_t count;
    bool walled;      // the wall before it must be set
    size_t queued;    // statements sent for it: its wall and its own
    bool sent;        // all of them
};

// Sorts `jobs` so that those of one run stand together, and makes their runs; `runs` has room for as many as there are
// jobs. Answers how many. The jobs' contexts have their timeouts.
size_t service_runs_make(struct service_job **jobs, size_t count, struct service_run *runs);

// Queues a run: its wall, and the statement that reads for it. False with a status; run->queued says what was queued.
bool service_run_send(struct service_lane *lane, struct service_run *run, struct arena *arena, struct status *status);

// Takes what of a run's answer is meant for one of its jobs: rows from `first` on, `count` of them.
typedef bool service_run_take(struct service_job *job, const struct pg_rows *rows, size_t first, size_t count);

// Receives what was queued for a run and hands each job its rows. False with a status where the transaction has failed.
bool service_run_receive(struct service_lane *lane, const struct service_run *run, int64_t deadline,
                         struct arena *arena, service_run_take *take, struct status *status);
