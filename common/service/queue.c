// SPDX-License-Identifier: Apache-2.0
#include "service/queue.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "service/engine.h"

void service_queue_init(struct service_queue *queue)
{
    clock_condition_init(&queue->wake);
    pthread_mutex_init(&queue->mutex, NULL);
    queue->first = NULL;
    queue->end = &queue->first;
    queue->count = 0;
    queue->closed = false;
    queue->hint = false;
}

void service_queue_fini(struct service_queue *queue)
{
    pthread_cond_destroy(&queue->wake);
    pthread_mutex_destroy(&queue->mutex);
}

static bool add(struct service_queue *queue, struct service_job *job, bool wakes)
{
    job->next = NULL;
    pthread_mutex_lock(&queue->mutex);
    bool taken = !queue->closed && queue->count < LIMIT_QUEUED_CALLS;
    if (taken) {
        *queue->end = job;
        queue->end = &job->next;
        queue->count++;
        if (wakes)
            pthread_cond_signal(&queue->wake);
    }
    pthread_mutex_unlock(&queue->mutex);
    return taken;
}

bool service_queue_add(struct service_queue *queue, struct service_job *job)
{
    return add(queue, job, true);
}

bool service_queue_add_quietly(struct service_queue *queue, struct service_job *job)
{
    return add(queue, job, false);
}

void service_queue_wake(struct service_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    if (queue->first)
        pthread_cond_signal(&queue->wake);
    pthread_mutex_unlock(&queue->mutex);
}

void service_queue_return(struct service_queue *queue, struct service_job *first)
{
    if (!first)
        return;
    size_t count = 1;
    struct service_job *last = first;
    for (; last->next; last = last->next)
        count++;
    pthread_mutex_lock(&queue->mutex);
    last->next = queue->first;
    if (!queue->first)
        queue->end = &last->next;
    queue->first = first;
    queue->count += count;
    pthread_mutex_unlock(&queue->mutex);
}

struct service_job *service_queue_take(struct service_queue *queue, int64_t wait_until)
{
    struct timespec until = {.tv_sec = wait_until / 1000000, .tv_nsec = (wait_until % 1000000) * 1000};
    pthread_mutex_lock(&queue->mutex);
    while (!queue->first && !queue->closed && !queue->hint && wait_until != 0) {
        if (wait_until < 0)
            pthread_cond_wait(&queue->wake, &queue->mutex);
        else if (pthread_cond_timedwait(&queue->wake, &queue->mutex, &until) == ETIMEDOUT)
            break;
    }
    struct service_job *taken = queue->first;
    queue->first = NULL;
    queue->end = &queue->first;
    queue->count = 0;
    queue->hint = false;
    pthread_mutex_unlock(&queue->mutex);
    return taken;
}

bool service_queue_waiting(struct service_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    bool waiting = queue->first != NULL;
    pthread_mutex_unlock(&queue->mutex);
    return waiting;
}

void service_queue_hint(struct service_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->hint = true;
    pthread_cond_signal(&queue->wake);
    pthread_mutex_unlock(&queue->mutex);
}

void service_queue_close(struct service_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    pthread_cond_broadcast(&queue->wake);
    pthread_mutex_unlock(&queue->mutex);
}

bool service_queue_closed(struct service_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    bool closed = queue->closed;
    pthread_mutex_unlock(&queue->mutex);
    return closed;
}
