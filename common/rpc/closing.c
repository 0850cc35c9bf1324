// SPDX-License-Identifier: Apache-2.0
#include "rpc/closing.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"

// Shared by who waits and who closes; the last one frees it.
struct closing {
    nng_socket socket;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool closed;
    bool abandoned;
};

static void free_closing(struct closing *closing)
{
    pthread_cond_destroy(&closing->cond);
    pthread_mutex_destroy(&closing->mutex);
    free(closing);
}

static void *run(void *argument)
{
    struct closing *closing = argument;
    nng_close(closing->socket);
    pthread_mutex_lock(&closing->mutex);
    closing->closed = true;
    bool abandoned = closing->abandoned;
    pthread_cond_signal(&closing->cond);
    pthread_mutex_unlock(&closing->mutex);
    if (abandoned)
        free_closing(closing);
    return NULL;
}

bool rpc_close_within(nng_socket socket, int timeout_ms)
{
    struct closing *closing = calloc(1, sizeof(*closing));
    struct timespec until = clock_after(timeout_ms);
    pthread_t thread;
    CHECK(closing);
    closing->socket = socket;
    pthread_mutex_init(&closing->mutex, NULL);
    clock_condition_init(&closing->cond);
    CHECK(pthread_create(&thread, NULL, run, closing) == 0);
    pthread_mutex_lock(&closing->mutex);
    int waited = 0;
    while (!closing->closed && waited == 0)
        waited = pthread_cond_timedwait(&closing->cond, &closing->mutex, &until);
    bool closed = closing->closed;
    closing->abandoned = !closed;
    pthread_mutex_unlock(&closing->mutex);
    if (closed) {
        pthread_join(thread, NULL);
        free_closing(closing);
    } else {
        pthread_detach(thread);
    }
    return closed;
}
