// SPDX-License-Identifier: Apache-2.0
#include "rpc/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "rpc/address.h"

#define GREET_EVERY_MS 500
// So many greetings, a minute of them, and no connection was freed.
#define STUCK_AFTER 120
// Long: a machine that is busy is not to be taken for a listener that has ended.
#define GREET_WITHIN_MS 2000

struct rpc_listener {
    nng_socket socket;
    nng_listener listener;
    char *address;
    int lock;
    bool kept;    // the keeper runs
    pthread_t keeper;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stopping;
    uint64_t accepted;    // peers that got through to the socket
    const atomic_size_t *freed;
    size_t freed_before;    // when it was looked at last
    unsigned unfreed;       // greetings since one was freed
};

static int listen_anew(struct rpc_listener *listener)
{
    const char *path = rpc_address_path(listener->address);
    // Ours by the lock: what is left there is stale. nng itself would greet it, and so end a living listener.
    if (path)
        unlink(path);
    int result = nng_listener_create(&listener->listener, listener->socket, listener->address);
    if (result == 0 && path)
        result = nng_listener_set_int(listener->listener, NNG_OPT_IPC_PERMISSIONS, 0660);
    return result ? result : nng_listener_start(listener->listener, 0);
}

static void on_accepted(nng_pipe pipe, nng_pipe_ev event, void *argument)
{
    (void)pipe;
    (void)event;
    struct rpc_listener *listener = argument;
    pthread_mutex_lock(&listener->mutex);
    listener->accepted++;
    pthread_cond_signal(&listener->wake);
    pthread_mutex_unlock(&listener->mutex);
}

// Connects and sends SP's greeting of eight bytes, as protocol REQ (48). Answers the connection, or -1.
static int greet(const char *path)
{
    static const unsigned char hello[] = {0, 'S', 'P', 0, 0, 48, 0, 0};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (peer >= 0 && connect(peer, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        send(peer, hello, sizeof(hello), MSG_NOSIGNAL) == (ssize_t)sizeof(hello))
        return peer;
    if (peer >= 0)
        close(peer);
    return -1;
}

// A listener that is ended still greets, but no peer gets through to the socket any more: that is what is looked at.
// Under the mutex.
static bool lives(struct rpc_listener *listener, const char *path)
{
    uint64_t before = listener->accepted;
    struct timespec until = clock_after(GREET_WITHIN_MS);
    pthread_mutex_unlock(&listener->mutex);
    int peer = greet(path);
    pthread_mutex_lock(&listener->mutex);
    int waited = 0;
    while (peer >= 0 && listener->accepted == before && waited == 0)
        waited = pthread_cond_timedwait(&listener->wake, &listener->mutex, &until);
    if (peer >= 0)
        close(peer);
    return listener->accepted != before;
}

// Each greeting is a connection that ends: one of them must be freed some time.
static void look_whether_stuck(struct rpc_listener *listener)
{
    size_t freed = atomic_load(listener->freed);
    listener->unfreed = freed == listener->freed_before ? listener->unfreed + 1 : 0;
    listener->freed_before = freed;
    bool nng_frees_connections = listener->unfreed < STUCK_AFTER;
    CHECK(nng_frees_connections);
}

static void *keep(void *argument)
{
    struct rpc_listener *listener = argument;
    const char *path = rpc_address_path(listener->address);
    pthread_mutex_lock(&listener->mutex);
    while (!listener->stopping) {
        struct timespec until = clock_after(GREET_EVERY_MS);
        while (!listener->stopping && pthread_cond_timedwait(&listener->wake, &listener->mutex, &until) != ETIMEDOUT)
            ;
        if (listener->stopping)
            continue;
        if (lives(listener, path)) {
            look_whether_stuck(listener);
            continue;
        }
        pthread_mutex_unlock(&listener->mutex);
        nng_listener_close(listener->listener);
        listen_anew(listener);
        pthread_mutex_lock(&listener->mutex);
    }
    pthread_mutex_unlock(&listener->mutex);
    return NULL;
}

static bool take_lock(struct rpc_listener *listener, const char *path, struct status *status)
{
    char name[256];
    snprintf(name, sizeof(name), "%s.lock", path);
    listener->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (listener->lock < 0)
        return status_set(status, REASON(UNREACHABLE), "%.150s: %s", name, strerror(errno));
    return flock(listener->lock, LOCK_EX | LOCK_NB) == 0 ||
           status_set(status, REASON(UNREACHABLE), "%.150s: the address is in use", listener->address);
}

static void free_listener(struct rpc_listener *listener)
{
    if (listener->lock >= 0)
        close(listener->lock);
    pthread_cond_destroy(&listener->wake);
    pthread_mutex_destroy(&listener->mutex);
    free(listener->address);
    free(listener);
}

bool rpc_listener_start(struct rpc_listener **listener, nng_socket socket, const char *address,
                        const atomic_size_t *freed, struct status *status)
{
    const char *path = rpc_address_path(address);
    struct rpc_listener *made = calloc(1, sizeof(*made));
    CHECK(made);
    made->socket = socket;
    made->address = strdup(address);
    made->lock = -1;
    made->freed = freed;
    CHECK(made->address);
    clock_condition_init(&made->wake);
    pthread_mutex_init(&made->mutex, NULL);
    bool good = !path || take_lock(made, path, status);
    int result = good ? nng_pipe_notify(socket, NNG_PIPE_EV_ADD_POST, on_accepted, made) : 0;
    if (good && result == 0)
        result = listen_anew(made);
    if (result != 0)
        good = status_set(status, REASON(UNREACHABLE), "%.150s: %s", address, nng_strerror(result));
    if (!good) {
        free_listener(made);
        return false;
    }
    made->kept = path && pthread_create(&made->keeper, NULL, keep, made) == 0;
    *listener = made;
    return true;
}

void rpc_listener_stop(struct rpc_listener *listener)
{
    if (!listener)
        return;
    if (listener->kept) {
        pthread_mutex_lock(&listener->mutex);
        listener->stopping = true;
        pthread_cond_signal(&listener->wake);
        pthread_mutex_unlock(&listener->mutex);
        pthread_join(listener->keeper, NULL);
    }
    nng_listener_close(listener->listener);
    nng_pipe_notify(listener->socket, NNG_PIPE_EV_ADD_POST, NULL, NULL);
    free_listener(listener);
}
