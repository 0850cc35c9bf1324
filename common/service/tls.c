// SPDX-License-Identifier: Apache-2.0
// The service's certificates, and what its log says of connections over TLS.
#include <stdlib.h>

#include "log/log.h"
#include "service/engine.h"

#define WARN_BEFORE (30 * CLOCK_DAY)

static void observe(void *user, const struct rpc_tls_event *event)
{
    struct service *service = user;
    char peer[CRYPTO_PEER_TEXT_SIZE];
    int64_t left_out = 0;
    if (!service_may_log(&service->observed_tls, LIMIT_TLS_LINES, &left_out))
        return;
    crypto_peer_format(&event->peer, peer);
    LOG(LOG_WARNING, event->event, LOG_T("reason", event->reason), LOG_T("detail", event->detail),
        LOG_T("address", event->address), LOG_T("peer", *peer ? peer : NULL), LOG_N("left_out", left_out));
}

// What will soon keep everybody out is said while there is time.
static void tell_end(struct service *service, const char *event)
{
    char text[CLOCK_TEXT_SIZE];
    clock_time ends = rpc_tls_ends(service->tls);
    clock_format(ends, text);
    LOG(LOG_INFO, event, LOG_T("ends_at", text));
    if (ends < clock_now() + WARN_BEFORE)
        LOG(LOG_WARNING, "tls.ends_soon", LOG_T("ends_at", text));
}

bool service_tls_open(struct service *service, const struct crypto_tls_files *files, struct status *status)
{
    struct rpc_tls_options options;
    rpc_tls_options_init(&options);
    options.files = service->tls_files = *files;
    options.files.serves = true;
    options.observe = observe;
    options.user = service;
    if (!rpc_tls_open(&service->tls, &options, status))
        return false;
    tell_end(service, "tls.loaded");
    return true;
}

void service_tls_reload(struct service *service)
{
    struct status status = {0};
    if (!service->tls)
        LOG(LOG_INFO, "tls.none");
    else if (rpc_tls_reload(service->tls, &status))
        tell_end(service, "tls.reloaded");
    else
        LOG(LOG_ERROR, "tls.reload_failed", LOG_T("message", status.message));
    atomic_fetch_add(&service->tls_readings, 1);
}

// The directory's lock is held: the texts are its own.
static size_t enrolled(struct service *service, struct crypto_tls_stranger *strangers)
{
    const struct directory_peer *peers[LIMIT_PEERS];
    size_t known = directory_peers(service->directory, peers, LIMIT_PEERS);
    size_t count = 0;
    for (size_t i = 0; i < known; i++)
        if (peers[i]->state == ANLAN__ORGANISATIONS__V1__INSTANCE_STATE__INSTANCE_STATE_ENROLLED)
            strangers[count++] = (struct crypto_tls_stranger){.peer = {.kind = CRYPTO_PEER_UNIT, .id = peers[i]->id},
                                                              .authority = peers[i]->certificate_authority};
    return count;
}

void service_tls_trust(struct service *service)
{
    struct status status = {0};
    struct crypto_tls_stranger *strangers = service->tls ? calloc(LIMIT_PEERS, sizeof(*strangers)) : NULL;
    if (!strangers)
        return;
    directory_lock(service->directory);
    size_t count = enrolled(service, strangers);
    bool good = rpc_tls_trust(service->tls, strangers, count, &status);
    directory_unlock(service->directory);
    if (good)
        LOG(LOG_INFO, "tls.instances", LOG_N("count", (int64_t)count));
    else
        LOG(LOG_ERROR, "tls.reload_failed", LOG_T("message", status.message));
    free(strangers);
}
