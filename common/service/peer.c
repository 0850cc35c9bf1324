// SPDX-License-Identifier: Apache-2.0
#include "service/peer.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "log/log.h"
#include "service/engine.h"
#include "service/values.h"

#define SIGN_IN "anlan.organisations.v1.InstancesService/SignInInstance"
#define SIGN_IN_MS 5000
#define SIGN_IN_EVERY (1 * CLOCK_SECOND)
#define SHORTEST (20 * CLOCK_SECOND)
#define LONGEST (15 * 60 * CLOCK_SECOND)

struct service_peer {
    struct service *service;
    struct uuid id;
    int64_t version;
    unsigned certificate;    // of ours: which reading of the files
    char *display_name;
    struct {
        char *name;
        char *calls;
        char *feed;
    } services[DIRECTORY_SERVICES_MOST];
    size_t service_count;
    struct rpc_tls *tls;
    struct rpc_client *door;    // where one signs in
    pthread_mutex_t mutex;      // guards what follows
    uint8_t *token;
    size_t token_length;
    int64_t good_until;    // clock_monotonic
    int64_t renew_at;
    int64_t ask_at;
    bool asking;
    struct status refused;    // why there is no token
};

static char *copy(const char *text)
{
    char *made = strdup(text);
    CHECK(made);
    return made;
}

// What the directory says of it, if it is enrolled; its authority is the caller's to free.
static char *read_record(struct service *service, const struct uuid *id, struct service_peer *peer)
{
    char *authority = NULL;
    directory_lock(service->directory);
    const struct directory_peer *known = directory_peer(service->directory, id);
    if (known && known->state == ANLAN__ORGANISATIONS__V1__INSTANCE_STATE__INSTANCE_STATE_ENROLLED) {
        authority = copy(known->certificate_authority);
        peer->version = known->version;
        peer->display_name = copy(known->display_name);
        for (size_t i = 0; i < known->service_count; i++) {
            peer->services[i].name = copy(known->services[i].service);
            peer->services[i].calls = copy(known->services[i].calls);
            peer->services[i].feed = copy(known->services[i].feed);
        }
        peer->service_count = known->service_count;
    }
    directory_unlock(service->directory);
    return authority;
}

static bool open_tls(struct service_peer *peer, const char *authority, struct status *status)
{
    struct rpc_tls_options options;
    rpc_tls_options_init(&options);
    options.files.certificate = peer->service->tls_files.certificate;
    options.files.key = peer->service->tls_files.key;
    options.files.authority = authority;
    options.files.server = (struct crypto_peer){.kind = CRYPTO_PEER_UNIT, .id = peer->id};
    return rpc_tls_open(&peer->tls, &options, status);
}

struct service_peer *service_peer_open(struct service *service, const struct uuid *id, struct status *status)
{
    struct service_peer *peer = calloc(1, sizeof(*peer));
    CHECK(peer);
    peer->service = service;
    peer->id = *id;
    peer->certificate = atomic_load(&service->tls_readings);
    pthread_mutex_init(&peer->mutex, NULL);
    char *authority = read_record(service, id, peer);
    bool good = authority ? service->tls || status_set(status, REASON(UNREACHABLE), "no certificate of our own")
                          : status_set(status, REASON(STATE_CONFLICT), "the instance is not enrolled");
    good = good && open_tls(peer, authority, status) &&
           service_peer_client(peer, "organisations", false, 1, &peer->door, status);
    free(authority);
    if (good)
        return peer;
    service_peer_close(peer);
    return NULL;
}

void service_peer_close(struct service_peer *peer)
{
    if (!peer)
        return;
    rpc_client_close(peer->door);
    rpc_tls_close(peer->tls);
    for (size_t i = 0; i < peer->service_count; i++) {
        free(peer->services[i].name);
        free(peer->services[i].calls);
        free(peer->services[i].feed);
    }
    free(peer->display_name);
    free(peer->token);
    pthread_mutex_destroy(&peer->mutex);
    free(peer);
}

bool service_peer_current(const struct service_peer *peer)
{
    struct directory *directory = peer->service->directory;
    directory_lock(directory);
    const struct directory_peer *known = directory_peer(directory, &peer->id);
    bool same = known && known->version == peer->version;
    directory_unlock(directory);
    return same && atomic_load(&peer->service->tls_readings) == peer->certificate;
}

const char *service_peer_name(const struct service_peer *peer)
{
    return peer->display_name;
}

bool service_peer_client(struct service_peer *peer, const char *name, bool feed, unsigned lanes,
                         struct rpc_client **client, struct status *status)
{
    for (size_t i = 0; i < peer->service_count; i++)
        if (strcmp(peer->services[i].name, name) == 0) {
            struct rpc_client_options options;
            rpc_client_options_init(&options, feed ? peer->services[i].feed : peer->services[i].calls);
            options.attempts = 1;
            options.tls = peer->tls;
            options.lanes = lanes;
            return rpc_client_open(client, &options, status);
        }
    return status_set(status, REASON(UNREACHABLE), "%.60s has no %s", peer->display_name, name);
}

// Under the mutex. Its end is told by the other's clock, which may differ from ours: a token that is refused is given
// up besides.
static void take_token(struct service_peer *peer, const Anlan__Organisations__V1__Session *session)
{
    clock_time lasts = session->expires_at ? service_time(session->expires_at) - clock_now() : 0;
    lasts = lasts < SHORTEST ? SHORTEST : lasts > LONGEST ? LONGEST : lasts;
    free(peer->token);
    peer->token = malloc(session->token.len + 1);
    CHECK(peer->token);
    memcpy(peer->token, session->token.data, session->token.len);
    peer->token_length = session->token.len;
    peer->good_until = clock_monotonic() + lasts;
    peer->renew_at = clock_monotonic() + lasts / 2;
    peer->refused = (struct status){0};
}

static void signed_in(void *user, const struct rpc_result *result)
{
    struct service_peer *peer = user;
    struct arena arena;
    const Anlan__Organisations__V1__SignInInstanceResponse *reply = NULL;
    struct status status = result->status;
    arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
    if (status_ok(&status))
        reply = anlan__organisations__v1__sign_in_instance_response__unpack(&arena.protobuf, result->body.length,
                                                                            result->body.data);
    const Anlan__Organisations__V1__Session *session = reply ? reply->session : NULL;
    bool good = session && session->token.len > 0;
    if (!good && status_ok(&status))
        status_set(&status, REASON(DATA_CORRUPT), "the answer to signing in cannot be read");
    status.violations = NULL;
    status.violation_count = 0;
    pthread_mutex_lock(&peer->mutex);
    bool known = peer->refused.reason == status.reason;
    if (good)
        take_token(peer, session);
    else
        peer->refused = status;
    peer->asking = false;
    pthread_mutex_unlock(&peer->mutex);
    if (!good && !known)
        LOG(LOG_WARNING, "peer.sign_in_failed", LOG_T("instance", peer->display_name),
            LOG_T("reason", status_reason_text(status.reason)->name), LOG_T("message", status.message));
    arena_fini(&arena);
}

bool service_peer_credential(struct service_peer *peer, struct arena *arena, struct bytes *token, struct status *status)
{
    int64_t now = clock_monotonic();
    pthread_mutex_lock(&peer->mutex);
    bool good = peer->token && now < peer->good_until;
    bool ask = !peer->asking && now >= peer->ask_at && (!good || now >= peer->renew_at);
    if (ask) {
        peer->asking = true;
        peer->ask_at = now + SIGN_IN_EVERY;
    }
    if (good) {
        uint8_t *made = arena_alloc(arena, peer->token_length);
        good = made || status_set(status, REASON(MESSAGE_TOO_LARGE), "no memory for a token");
        if (made)
            *token = (struct bytes){memcpy(made, peer->token, peer->token_length), peer->token_length};
    } else if (status_ok(&peer->refused)) {
        status_set(status, REASON(UNREACHABLE), "signing in at %.60s", peer->display_name);
    } else {
        *status = peer->refused;
    }
    pthread_mutex_unlock(&peer->mutex);
    if (ask) {
        const struct rpc_client_call call = {
            .method = SIGN_IN, .timeout_ms = SIGN_IN_MS, .done = signed_in, .user = peer};
        rpc_client_send(peer->door, &call);
    }
    return good;
}

void service_peer_refused(struct service_peer *peer)
{
    pthread_mutex_lock(&peer->mutex);
    peer->good_until = 0;
    pthread_mutex_unlock(&peer->mutex);
}
