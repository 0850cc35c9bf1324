// SPDX-License-Identifier: Apache-2.0
// Jobs that wait for a lane, in the order in which they came.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct service_job;

struct service_queue {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct service_job *first;
    struct service_job **end;
    size_t count;
    bool closed;
    bool hint;    // somebody asks the lane to look
};

// An empty, open queue.
void service_queue_init(struct service_queue *queue);
// Frees what it holds; no job may wait.
void service_queue_fini(struct service_queue *queue);

// Adds a job; false if the queue is full or closed. Thread-safe.
bool service_queue_add(struct service_queue *queue, struct service_job *job);
// Likewise, and lets the lane sleep: more is coming, and then service_queue_wake. What arrives together is taken
// together.
bool service_queue_add_quietly(struct service_queue *queue, struct service_job *job);
// Wakes the lane if jobs wait.
void service_queue_wake(struct service_queue *queue);

// Puts jobs that could not be taken back in front, in their order.
void service_queue_return(struct service_queue *queue, struct service_job *first);

// Takes everything that waits. With `wait_until` (clock_monotonic) in the future,
// waits until then for something; 0 does not wait, -1 waits without end. NULL if
// there was nothing.
struct service_job *service_queue_take(struct service_queue *queue, int64_t wait_until);

// True if jobs wait.
bool service_queue_waiting(struct service_queue *queue);

// Wakes a waiting lane without a job.
void service_queue_hint(struct service_queue *queue);

// No more jobs are taken in; waiting lanes wake.
void service_queue_close(struct service_queue *queue);
// True once it was closed.
bool service_queue_closed(struct service_queue *queue);
