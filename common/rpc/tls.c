// SPDX-License-Identifier: Apache-2.0
#include "rpc/tls.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "rpc/tls_parts.h"

void rpc_tls_options_init(struct rpc_tls_options *options)
{
    *options = (struct rpc_tls_options){
        .handshake_ms = LIMIT_TLS_HANDSHAKE_MS,
        .idle_ms = LIMIT_TLS_IDLE_MS,
        .message_ms = LIMIT_TLS_MESSAGE_MS,
        .connections = LIMIT_TLS_CONNECTIONS,
        .connections_per_peer = LIMIT_TLS_CONNECTIONS_PER_PEER,
        .handshakes = LIMIT_TLS_HANDSHAKES,
        .handshakes_per_address = LIMIT_TLS_HANDSHAKES_PER_ADDRESS,
    };
}

static const char *copy(const char *text)
{
    char *made = text ? strdup(text) : NULL;
    CHECK(made || !text);
    return made;
}

static void strangers_free(struct crypto_tls_files *files)
{
    for (size_t i = 0; i < files->stranger_count; i++)
        free((char *)files->strangers[i].authority);
    free((void *)files->strangers);
    files->strangers = NULL;
    files->stranger_count = 0;
}

static void strangers_copy(struct crypto_tls_files *files, const struct crypto_tls_stranger *strangers, size_t count)
{
    struct crypto_tls_stranger *made = calloc(count + 1, sizeof(*made));
    CHECK(made);
    for (size_t i = 0; i < count; i++)
        made[i] = (struct crypto_tls_stranger){.peer = strangers[i].peer, .authority = copy(strangers[i].authority)};
    files->strangers = made;
    files->stranger_count = count;
}

struct rpc_tls *tls_hold(struct rpc_tls *tls)
{
    atomic_fetch_add(&tls->holders, 1);
    return tls;
}

void tls_release(struct rpc_tls *tls)
{
    if (!tls || atomic_fetch_sub(&tls->holders, 1) != 1)
        return;
    crypto_tls_context_release(tls->context);
    pthread_mutex_destroy(&tls->mutex);
    pthread_mutex_destroy(&tls->reloading);
    strangers_free(&tls->options.files);
    free((char *)tls->options.files.authority);
    free((char *)tls->options.files.ca);
    free((char *)tls->options.files.crl);
    free((char *)tls->options.files.certificate);
    free((char *)tls->options.files.key);
    free(tls);
}

bool rpc_tls_open(struct rpc_tls **tls, const struct rpc_tls_options *options, struct status *status)
{
    struct crypto_tls_context *context = NULL;
    if (!crypto_tls_context_open(&context, &options->files, status))
        return false;
    struct rpc_tls *made = calloc(1, sizeof(*made));
    CHECK(made);
    made->options = *options;
    made->options.files.ca = copy(options->files.ca);
    made->options.files.crl = copy(options->files.crl);
    made->options.files.certificate = copy(options->files.certificate);
    made->options.files.key = copy(options->files.key);
    made->options.files.authority = copy(options->files.authority);
    strangers_copy(&made->options.files, options->files.strangers, options->files.stranger_count);
    made->context = context;
    atomic_init(&made->holders, 1);
    pthread_mutex_init(&made->mutex, NULL);
    pthread_mutex_init(&made->reloading, NULL);
    *tls = made;
    return true;
}

void rpc_tls_close(struct rpc_tls *tls)
{
    if (!tls)
        return;
    pthread_mutex_lock(&tls->mutex);
    tls->options.observe = NULL;
    pthread_mutex_unlock(&tls->mutex);
    tls_release(tls);
}

static bool reload(struct rpc_tls *tls, const struct crypto_tls_files *files, struct status *status)
{
    struct crypto_tls_context *context = NULL;
    if (!crypto_tls_context_open(&context, files, status))
        return false;
    pthread_mutex_lock(&tls->mutex);
    struct crypto_tls_context *old = tls->context;
    tls->context = context;
    pthread_mutex_unlock(&tls->mutex);
    crypto_tls_context_release(old);
    atomic_fetch_add(&tls->generation, 1);
    return true;
}

bool rpc_tls_reload(struct rpc_tls *tls, struct status *status)
{
    pthread_mutex_lock(&tls->reloading);
    bool good = reload(tls, &tls->options.files, status);
    pthread_mutex_unlock(&tls->reloading);
    return good;
}

bool rpc_tls_trust(struct rpc_tls *tls, const struct crypto_tls_stranger *strangers, size_t count,
                   struct status *status)
{
    pthread_mutex_lock(&tls->reloading);
    struct crypto_tls_files files = tls->options.files;
    strangers_copy(&files, strangers, count);
    bool good = reload(tls, &files, status);
    strangers_free(good ? &tls->options.files : &files);
    if (good) {
        tls->options.files.strangers = files.strangers;
        tls->options.files.stranger_count = files.stranger_count;
    }
    pthread_mutex_unlock(&tls->reloading);
    return good;
}

struct crypto_tls_context *tls_context(struct rpc_tls *tls)
{
    pthread_mutex_lock(&tls->mutex);
    struct crypto_tls_context *context = crypto_tls_context_hold(tls->context);
    pthread_mutex_unlock(&tls->mutex);
    return context;
}

clock_time rpc_tls_ends(struct rpc_tls *tls)
{
    struct crypto_tls_context *context = tls_context(tls);
    clock_time ends = crypto_tls_context_ends(context);
    crypto_tls_context_release(context);
    return ends;
}

unsigned rpc_tls_connections(struct rpc_tls *tls)
{
    pthread_mutex_lock(&tls->mutex);
    unsigned count = tls->entry_count;
    pthread_mutex_unlock(&tls->mutex);
    return count;
}

void rpc_tls_last_refusal(struct rpc_tls *tls, char text[192])
{
    pthread_mutex_lock(&tls->mutex);
    memcpy(text, tls->last_refusal, sizeof(tls->last_refusal));
    pthread_mutex_unlock(&tls->mutex);
}

void tls_note_refusal(struct rpc_tls *tls, const struct crypto_tls_refusal *refusal)
{
    pthread_mutex_lock(&tls->mutex);
    snprintf(tls->last_refusal, sizeof(tls->last_refusal), "%s: %s", refusal->reason, refusal->detail);
    pthread_mutex_unlock(&tls->mutex);
}

static void format_address(const union tls_address *address, char text[TLS_ADDRESS_TEXT_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "";
    text[0] = '\0';
    if (address->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof(host));
        snprintf(text, TLS_ADDRESS_TEXT_SIZE, "%s:%u", host, ntohs(address->v4.sin_port));
    } else if (address->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof(host));
        snprintf(text, TLS_ADDRESS_TEXT_SIZE, "[%s]:%u", host, ntohs(address->v6.sin6_port));
    }
}

// Under the mutex: who closes it takes the observer away first.
static void tell(struct rpc_tls *tls, const union tls_address *address, const struct crypto_peer *peer,
                 const char *event, const char *reason, const char *detail)
{
    char text[TLS_ADDRESS_TEXT_SIZE];
    format_address(address, text);
    const struct rpc_tls_event told = {
        .event = event, .reason = reason, .detail = detail, .address = text, .peer = *peer};
    if (tls->options.observe)
        tls->options.observe(tls->options.user, &told);
}

void tls_entry_tell(struct rpc_tls *tls, struct tls_entry *entry, const char *event, const char *reason,
                    const char *detail)
{
    pthread_mutex_lock(&tls->mutex);
    if (!entry->told)
        tell(tls, &entry->address, &entry->peer, event, reason, detail);
    entry->told = true;
    pthread_mutex_unlock(&tls->mutex);
}

// One IPv4 address, or one IPv6 network of 64 bits: what one stranger commands.
static bool same_place(const union tls_address *left, const union tls_address *right)
{
    if (left->any.sa_family != right->any.sa_family)
        return false;
    // An IPv4 address that came by IPv6 is one of a whole network of 64 bits.
    size_t bytes = IN6_IS_ADDR_V4MAPPED(&left->v6.sin6_addr) ? 16 : 8;
    if (left->any.sa_family == AF_INET6)
        return memcmp(&left->v6.sin6_addr, &right->v6.sin6_addr, bytes) == 0;
    return left->v4.sin_addr.s_addr == right->v4.sin_addr.s_addr;
}

// The limit that one more connection from there would break; NULL for none. Under the mutex.
static const char *limit_reached(const struct rpc_tls *tls, const union tls_address *address)
{
    unsigned shaking = 0;
    unsigned from_there = 0;
    if (tls->entry_count >= tls->options.connections)
        return "too_many_connections";
    for (const struct tls_entry *entry = tls->entries; entry; entry = entry->next)
        if (entry->stage != TLS_OPEN) {
            shaking++;
            from_there += same_place(&entry->address, address);
        }
    bool full = shaking >= tls->options.handshakes || from_there >= tls->options.handshakes_per_address;
    return full ? "too_many_handshakes" : NULL;
}

bool tls_entry_add(struct rpc_tls *tls, struct tls_entry *entry, const union tls_address *address)
{
    pthread_mutex_lock(&tls->mutex);
    const char *limit = limit_reached(tls, address);
    if (limit) {
        tell(tls, address, &(const struct crypto_peer){0}, "tls.refused", limit, "");
    } else {
        *entry = (struct tls_entry){.address = *address, .next = tls->entries, .here = &tls->entries};
        if (entry->next)
            entry->next->here = &entry->next;
        tls->entries = entry;
        tls->entry_count++;
    }
    pthread_mutex_unlock(&tls->mutex);
    return limit == NULL;
}

void tls_entry_remove(struct rpc_tls *tls, struct tls_entry *entry)
{
    pthread_mutex_lock(&tls->mutex);
    *entry->here = entry->next;
    if (entry->next)
        entry->next->here = entry->here;
    tls->entry_count--;
    pthread_mutex_unlock(&tls->mutex);
}

static unsigned connections_of(const struct rpc_tls *tls, const struct crypto_peer *peer)
{
    unsigned count = 0;
    for (const struct tls_entry *entry = tls->entries; entry; entry = entry->next)
        count += crypto_peer_same(&entry->peer, peer);
    return count;
}

bool tls_entry_admit(struct rpc_tls *tls, struct tls_entry *entry, const struct crypto_peer *peer)
{
    const char *reason = NULL;
    pthread_mutex_lock(&tls->mutex);
    if (peer->kind == CRYPTO_PEER_NONE)
        reason = "no_identity";
    else if (connections_of(tls, peer) >= tls->options.connections_per_peer)
        reason = "too_many_of_peer";
    entry->stage = TLS_GREETING;
    if (reason)
        tell(tls, &entry->address, peer, "tls.refused", reason, "");
    else
        entry->peer = *peer;
    entry->told = reason != NULL;
    pthread_mutex_unlock(&tls->mutex);
    return reason == NULL;
}

void tls_entry_open(struct rpc_tls *tls, struct tls_entry *entry)
{
    pthread_mutex_lock(&tls->mutex);
    entry->stage = TLS_OPEN;
    pthread_mutex_unlock(&tls->mutex);
}
