// SPDX-License-Identifier: Apache-2.0
// A server's TLS connections: one thread accepts, reads, hands out, writes. Handshakes are made and calls are finished
// on other threads, which leave what came of it and wake this one.
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "rpc/address.h"
#include "rpc/tls_link.h"
#include "rpc/tls_reception.h"

#define BACKLOG 128
#define EVENTS 64
#define LOOK_EVERY_MS 100
#define RECHECK_EVERY (60 * CLOCK_SECOND)
// With a reader, while there is nothing free for others.
#define PATIENCE CLOCK_SECOND

struct tls_server {
    struct rpc_server *server;
    int listening;
    int wake;
    int poll;
    bool deaf;    // no descriptor was left for whoever came: for a while nobody is accepted
    struct tls_link **links;
    size_t link_count;
    size_t links_most;
    size_t next;    // who is first to go on when exchanges are free
    int64_t looked_at;
    int64_t rechecked_at;
    unsigned generation;
    atomic_bool stopping;
    pthread_t thread;
    struct tls_reception *reception;
    // Under the server's mutex.
    struct exchange *free;
    struct exchange *ready;    // with replies
};

static bool fail(const struct rpc_server *server, const char *what, struct status *status)
{
    return status_set(status, REASON(UNREACHABLE), "%.150s: %s", server->options.address, what);
}

static int listen_at(const struct addrinfo *at)
{
    int yes = 1;
    int descriptor = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return -1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
        bind(descriptor, at->ai_addr, at->ai_addrlen) == 0 && listen(descriptor, BACKLOG) == 0)
        return descriptor;
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

static bool open_listening(struct tls_server *tls, struct status *status)
{
    char host[256];
    struct addrinfo *found = NULL;
    const struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    const char *address = tls->server->options.address;
    CHECK(rpc_address_host(address, host, sizeof(host)));
    int result = getaddrinfo(host, strrchr(address, ':') + 1, &hints, &found);
    if (result != 0)
        return fail(tls->server, gai_strerror(result), status);
    tls->listening = listen_at(found);
    freeaddrinfo(found);
    return tls->listening >= 0 || fail(tls->server, strerror(errno), status);
}

static bool watch(struct tls_server *tls, int descriptor, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
    return epoll_ctl(tls->poll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

static void wake(void *server)
{
    const struct tls_server *tls = server;
    uint64_t one = 1;
    ssize_t written = write(tls->wake, &one, sizeof(one));
    (void)written;
}

// How many messages a link and its peer have under way.
static bool within_share(const struct tls_server *tls, const struct tls_link *link)
{
    size_t of_peer = 0;
    for (size_t i = 0; i < tls->link_count; i++)
        if (crypto_peer_same(&tls->links[i]->entry.peer, &link->entry.peer))
            of_peer += tls->links[i]->calls;
    return link->calls < LIMIT_CONNECTION_MESSAGES && of_peer < (tls->server->options.contexts + 1) / 2;
}

static struct exchange *take_free(struct rpc_server *server)
{
    pthread_mutex_lock(&server->mutex);
    struct exchange *exchange = server->tls->free;
    if (exchange) {
        server->tls->free = exchange->next;
        server->active++;
    }
    pthread_mutex_unlock(&server->mutex);
    return exchange;
}

// While others wait, who has not read for a while loses his connection, the slowest first. False where there is none.
static bool give_way(const struct tls_server *tls, const struct tls_link *waiting)
{
    struct tls_link *slowest = NULL;
    int64_t before = clock_monotonic() - PATIENCE;
    for (size_t i = 0; i < tls->link_count; i++) {
        struct tls_link *link = tls->links[i];
        if (link != waiting && link->stream.blocked_at && link->stream.blocked_at <= before) {
            slowest = link;
            before = link->stream.blocked_at;
        }
    }
    if (slowest)
        tls_link_close(slowest, "not_reading", "others wait");
    return slowest != NULL;
}

struct exchange *tls_server_take(struct tls_link *link)
{
    struct rpc_server *server = link->server;
    struct exchange *exchange = NULL;
    if (!within_share(server->tls, link))
        return NULL;
    while (!(exchange = take_free(server)) && give_way(server->tls, link))
        ;
    if (!exchange)
        return NULL;
    link->calls++;
    exchange->link = link;
    exchange->peer = link->entry.peer;
    atomic_store(&exchange->gone, false);
    return exchange;
}

void tls_server_give(struct exchange *exchange)
{
    struct rpc_server *server = exchange->server;
    nng_msg_free(exchange->reply);
    exchange->reply = NULL;
    exchange->link->calls--;
    exchange->link = NULL;
    pthread_mutex_lock(&server->mutex);
    exchange->next = server->tls->free;
    server->tls->free = exchange;
    pthread_mutex_unlock(&server->mutex);
    server_note_active(server, -1);
}

void tls_server_reply(struct exchange *exchange, nng_msg *reply)
{
    struct rpc_server *server = exchange->server;
    uint64_t length = exchange->route_length + nng_msg_len(reply);
    uint8_t lead[8];
    for (size_t i = 0; i < sizeof(lead); i++)
        lead[i] = (uint8_t)(length >> (8 * (7 - i)));
    CHECK(nng_msg_insert(reply, exchange->route, exchange->route_length) == 0 &&
          nng_msg_insert(reply, lead, sizeof(lead)) == 0);
    exchange->reply = reply;
    pthread_mutex_lock(&server->mutex);
    bool first = server->tls->ready == NULL;
    exchange->next = server->tls->ready;
    server->tls->ready = exchange;
    pthread_mutex_unlock(&server->mutex);
    if (first)
        wake(server->tls);
}

// What the link waits for has changed, maybe.
static void watch_link(const struct tls_server *tls, struct tls_link *link)
{
    bool still = link->paused || (link->entry.stage == TLS_SHAKING && link->stream.blocked_at);
    uint32_t events = (still ? 0 : EPOLLIN) | (link->stream.blocked_at ? EPOLLOUT : 0);
    struct epoll_event event = {.events = events, .data.ptr = link};
    if (link->closed || link->away || link->events == events)
        return;
    link->events = events;
    CHECK(epoll_ctl(tls->poll, EPOLL_CTL_MOD, link->stream.descriptor, &event) == 0);
}

static void work(const struct tls_server *tls, struct tls_link *link)
{
    tls_link_work(link);
    watch_link(tls, link);
}

// The system tells of a connection's end even where nobody asks it to, so it knows nothing of those that are away.
static void send_away(struct tls_server *tls, struct tls_link *link)
{
    CHECK(epoll_ctl(tls->poll, EPOLL_CTL_DEL, link->stream.descriptor, NULL) == 0);
    link->away = true;
    tls_reception_take(tls->reception, link);
}

static void fetch_back(struct tls_server *tls)
{
    struct tls_link *link = NULL;
    while ((link = tls_reception_fetch(tls->reception))) {
        link->away = false;
        if (watch(tls, link->stream.descriptor, link)) {
            link->events = EPOLLIN;
            tls_link_shaken(link);
            watch_link(tls, link);
        } else {
            tls_link_close(link, "too_many_connections", strerror(errno));
        }
    }
}

// True where one was there.
static bool accept_one(struct tls_server *tls)
{
    union tls_address address = {0};
    socklen_t length = sizeof(address);
    int yes = 1;
    int descriptor = accept4(tls->listening, &address.any, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) {
        tls->deaf = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        return errno == ECONNABORTED || errno == EINTR;
    }
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
    struct tls_link *link = tls_link_new(tls->server, descriptor, &address);
    if (!link)
        return true;
    if (!watch(tls, descriptor, link)) {
        tls_link_close(link, "too_many_connections", strerror(errno));
        tls_link_free(link);
        return true;
    }
    link->events = EPOLLIN;
    CHECK(tls->link_count < tls->links_most);
    tls->links[tls->link_count++] = link;
    return true;
}

static void accept_all(struct tls_server *tls)
{
    for (int i = 0; i < EVENTS && accept_one(tls); i++)
        ;
    if (tls->deaf)
        epoll_ctl(tls->poll, EPOLL_CTL_DEL, tls->listening, NULL);
}

// Replies that other threads have left, in the order in which they came.
static void take_ready(struct tls_server *tls)
{
    struct exchange *in_order = NULL;
    pthread_mutex_lock(&tls->server->mutex);
    struct exchange *ready = tls->ready;
    tls->ready = NULL;
    pthread_mutex_unlock(&tls->server->mutex);
    while (ready) {
        struct exchange *next = ready->next;
        ready->next = in_order;
        in_order = ready;
        ready = next;
    }
    while (in_order) {
        struct exchange *next = in_order->next;
        struct tls_link *link = in_order->link;
        if (link->closed) {
            tls_server_give(in_order);
        } else {
            tls_link_reply(link, in_order);
            link->more = true;
        }
        in_order = next;
    }
}

// Links that can go on without news from the system: with a reply, or with input that had to wait. Each time another is
// the first, so that none starves.
static bool go_on(struct tls_server *tls)
{
    bool more = false;
    for (size_t i = 0; i < tls->link_count; i++) {
        struct tls_link *link = tls->links[(tls->next + i) % tls->link_count];
        if (!link->more && !(link->paused && within_share(tls, link)))
            continue;
        link->more = false;
        work(tls, link);
        more = more || link->more;
    }
    tls->next++;
    return more;
}

static void sweep(struct tls_server *tls)
{
    for (size_t i = 0; i < tls->link_count;) {
        struct tls_link *link = tls->links[i];
        if (!link->closed || link->calls > 0) {
            i++;
            continue;
        }
        tls->links[i] = tls->links[--tls->link_count];
        tls_link_free(link);
    }
}

// What time brings about.
static void look(struct tls_server *tls)
{
    int64_t now = clock_monotonic();
    struct rpc_tls *settings = tls->server->options.tls;
    if (now - tls->looked_at < LOOK_EVERY_MS * CLOCK_MILLISECOND)
        return;
    tls->looked_at = now;
    if (tls->deaf && watch(tls, tls->listening, &tls->listening))
        tls->deaf = false;
    for (size_t i = 0; i < tls->link_count; i++) {
        tls_link_judge(tls->links[i], now);
        watch_link(tls, tls->links[i]);
    }
    unsigned generation = atomic_load(&settings->generation);
    if (generation == tls->generation && now - tls->rechecked_at < RECHECK_EVERY)
        return;
    tls->generation = generation;
    tls->rechecked_at = now;
    struct crypto_tls_context *context = tls_context(settings);
    for (size_t i = 0; i < tls->link_count; i++)
        tls_link_recheck(tls->links[i], context);
    crypto_tls_context_release(context);
}

static void handle_event(struct tls_server *tls, uint32_t events, void *what)
{
    uint64_t ignored = 0;
    if (what == &tls->listening)
        accept_all(tls);
    else if (what == &tls->wake)
        CHECK(read(tls->wake, &ignored, sizeof(ignored)) > 0 || errno == EAGAIN);
    else if (events & (EPOLLHUP | EPOLLERR))
        tls_link_close(what, NULL, "");
    else if (tls_link_is_stranger(what) && (events & EPOLLIN))
        send_away(tls, what);
    else
        work(tls, what);
}

static void *run(void *argument)
{
    struct tls_server *tls = argument;
    bool more = false;
    while (!atomic_load(&tls->stopping)) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(tls->poll, events, EVENTS, more ? 0 : LOOK_EVERY_MS);
        for (int i = 0; i < count; i++)
            handle_event(tls, events[i].events, events[i].data.ptr);
        fetch_back(tls);
        take_ready(tls);
        more = go_on(tls);
        look(tls);
        sweep(tls);
    }
    return NULL;
}

static bool prepare(struct tls_server *tls, struct status *status)
{
    tls->poll = epoll_create1(EPOLL_CLOEXEC);
    tls->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (tls->poll < 0 || tls->wake < 0)
        return fail(tls->server, strerror(errno), status);
    return open_listening(tls, status) &&
           ((watch(tls, tls->listening, &tls->listening) && watch(tls, tls->wake, &tls->wake)) ||
            fail(tls->server, strerror(errno), status));
}

static void free_tls_server(struct tls_server *tls)
{
    const int descriptors[] = {tls->listening, tls->wake, tls->poll};
    for (size_t i = 0; i < COUNT_OF(descriptors); i++)
        if (descriptors[i] >= 0)
            close(descriptors[i]);
    tls_reception_free(tls->reception);
    free(tls->links);
    free(tls->server->spare);
    free(tls);
}

bool tls_server_start(struct tls_server **tls, struct rpc_server *server, struct status *status)
{
    struct tls_server *made = calloc(1, sizeof(*made));
    CHECK(made);
    *made = (struct tls_server){.server = server, .listening = -1, .wake = -1, .poll = -1};
    // Those that are closed are counted no more: those that wait for their calls, and those that are to be swept.
    made->links_most = server->options.tls->options.connections + server->options.contexts + EVENTS;
    made->links = calloc(made->links_most, sizeof(*made->links));
    CHECK(made->links);
    made->rechecked_at = clock_monotonic();
    made->generation = atomic_load(&server->options.tls->generation);
    server->exchange_count = server->options.contexts;
    for (size_t i = 0; i < server->exchange_count; i++) {
        server->exchanges[i].server = server;
        server->exchanges[i].next = made->free;
        made->free = &server->exchanges[i];
    }
    if (!prepare(made, status)) {
        free_tls_server(made);
        return false;
    }
    *tls = made;
    made->reception = tls_reception_start(wake, made);
    CHECK(pthread_create(&made->thread, NULL, run, made) == 0);
    return true;
}

// Whoever still had calls under way would not be here: rpc_server_stop waits for them.
void tls_server_stop(struct tls_server *tls)
{
    if (!tls)
        return;
    atomic_store(&tls->stopping, true);
    wake(tls);
    pthread_join(tls->thread, NULL);
    tls_reception_stop(tls->reception);
    struct tls_link *link = NULL;
    while ((link = tls_reception_fetch(tls->reception)))
        link->away = false;
    take_ready(tls);    // closed below, with the replies that are left
    for (size_t i = 0; i < tls->link_count; i++)
        tls_link_close(tls->links[i], NULL, "");
    sweep(tls);
    free_tls_server(tls);
}
