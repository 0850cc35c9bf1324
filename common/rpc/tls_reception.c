// SPDX-License-Identifier: Apache-2.0
#include "rpc/tls_reception.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"

// Who has been let in goes first where the machine has no more to give.
#define NICER 10

// Connections in the order in which they came.
struct line {
    struct tls_link *first;
    struct tls_link **end;
};

struct tls_reception {
    void (*returned)(void *user);
    void *user;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t come;
    // Under the mutex.
    struct line waiting;
    struct line done;
    bool stopping;
};

static void join(struct line *line, struct tls_link *link)
{
    link->behind = NULL;
    *line->end = link;
    line->end = &link->behind;
}

static struct tls_link *leave(struct line *line)
{
    struct tls_link *link = line->first;
    if (!link)
        return NULL;
    line->first = link->behind;
    if (!line->first)
        line->end = &line->first;
    return link;
}

static struct tls_link *next(struct tls_reception *reception)
{
    pthread_mutex_lock(&reception->mutex);
    while (!reception->stopping && !reception->waiting.first)
        pthread_cond_wait(&reception->come, &reception->mutex);
    struct tls_link *link = reception->stopping ? NULL : leave(&reception->waiting);
    pthread_mutex_unlock(&reception->mutex);
    return link;
}

static void give_back(struct tls_reception *reception, struct tls_link *link)
{
    pthread_mutex_lock(&reception->mutex);
    bool first = reception->done.first == NULL;
    join(&reception->done, link);
    pthread_mutex_unlock(&reception->mutex);
    if (first)
        reception->returned(reception->user);
}

static void *run(void *argument)
{
    struct tls_reception *reception = argument;
    struct tls_link *link = NULL;
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICER);
    while ((link = next(reception))) {
        tls_link_shake(link);
        give_back(reception, link);
    }
    return NULL;
}

struct tls_reception *tls_reception_start(void (*returned)(void *user), void *user)
{
    struct tls_reception *made = calloc(1, sizeof(*made));
    CHECK(made);
    made->returned = returned;
    made->user = user;
    made->waiting.end = &made->waiting.first;
    made->done.end = &made->done.first;
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->come, NULL);
    CHECK(pthread_create(&made->thread, NULL, run, made) == 0);
    return made;
}

void tls_reception_take(struct tls_reception *reception, struct tls_link *link)
{
    pthread_mutex_lock(&reception->mutex);
    join(&reception->waiting, link);
    pthread_cond_signal(&reception->come);
    pthread_mutex_unlock(&reception->mutex);
}

struct tls_link *tls_reception_fetch(struct tls_reception *reception)
{
    pthread_mutex_lock(&reception->mutex);
    struct tls_link *link = leave(&reception->done);
    if (!link && reception->stopping)
        link = leave(&reception->waiting);
    pthread_mutex_unlock(&reception->mutex);
    return link;
}

void tls_reception_stop(struct tls_reception *reception)
{
    pthread_mutex_lock(&reception->mutex);
    reception->stopping = true;
    pthread_cond_signal(&reception->come);
    pthread_mutex_unlock(&reception->mutex);
    pthread_join(reception->thread, NULL);
}

void tls_reception_free(struct tls_reception *reception)
{
    if (!reception)
        return;
    pthread_mutex_destroy(&reception->mutex);
    pthread_cond_destroy(&reception->come);
    free(reception);
}
