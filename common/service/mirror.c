// SPDX-License-Identifier: Apache-2.0
// The mirror of the directory: this process follows the log of organisations with a credential that it signs itself.
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "crypto/crypto.h"
#include "feed/follow.h"
#include "log/log.h"
#include "service/engine.h"
#include "service/values.h"

#define CREDENTIAL_LIFETIME (5 * 60 * CLOCK_SECOND)
// So often at least the mirror is known to be caught up: twice within the bound for grants.
#define WAIT_MS 500

struct uuid service_own_id(const struct service *service)
{
    static const char what[] = "anlan service";
    const char *name = service->definition->name;
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    struct uuid id;
    const struct bytes parts[] = {{(const uint8_t *)what, sizeof(what)},
                                  {service->instance_id.bytes, sizeof(id.bytes)},
                                  {(const uint8_t *)name, strlen(name)}};
    crypto_sha256(parts, 3, digest);
    memcpy(id.bytes, digest, sizeof(id.bytes));
    id.bytes[6] = (uint8_t)(0x80 | (digest[6] & 0x0f));
    id.bytes[8] = (uint8_t)(0x80 | (digest[8] & 0x3f));
    return id;
}

bool service_credential(void *user, struct arena *arena, struct bytes *token)
{
    struct service *service = user;
    clock_time now = clock_now();
    struct uuid id = uuid_make(now);
    struct uuid own = service_own_id(service);
    Anlan__Rpc__V1__ActingPost post = ANLAN__RPC__V1__ACTING_POST__INIT;
    post.unit_id = service_uuid(&service->instance_id, arena);
    post.role = (char *)"service";
    Anlan__Rpc__V1__Claims claims = ANLAN__RPC__V1__CLAIMS__INIT;
    claims.instance_id = post.unit_id;
    claims.token_id = service_uuid(&id, arena);
    claims.subject_id = service_uuid(&own, arena);
    claims.subject_name = (char *)service->definition->name;
    claims.post = &post;
    claims.issued_at = service_timestamp(now, arena);
    claims.expires_at = service_timestamp(now + CREDENTIAL_LIFETIME, arena);
    return !arena->exhausted && access_token_issue(access_verifier_keys(service->verifier), ACCESS_PURPOSE(SERVICE),
                                                   ACCESS_TOKEN_PREFIX, &claims.base, now, arena, token);
}

static bool apply(void *user, const Anlan__Rpc__V1__Entry *entry)
{
    struct service *service = user;
    int64_t changes = directory_peer_changes(service->directory);
    // Before the position says that it is known.
    bool good = access_verifier_apply(service->verifier, entry) && directory_apply(service->directory, entry);
    if (directory_peer_changes(service->directory) != changes)
        service_tls_trust(service);
    return good;
}

static void caught_up(void *user, int64_t monotonic)
{
    struct service *service = user;
    bool first = directory_caught_up_at(service->directory) < 0;
    directory_caught_up(service->directory, monotonic);
    if (first)
        LOG(LOG_INFO, "directory.caught_up", LOG_N("position", directory_position(service->directory)),
            LOG_N("units", (int64_t)directory_units(service->directory)));
    service_unpark(service, false);
}

static void failed(void *user, const struct status *status)
{
    (void)user;
    LOG(LOG_WARNING, "directory.pull_failed", LOG_T("reason", status_reason_text(status->reason)->name),
        LOG_T("message", status->message));
}

bool service_mirror_start(struct service *service, const char *addresses, struct status *status)
{
    struct feed_follow_options options = {
        .addresses = addresses,
        .tls = service->tls,
        .tenant_id = service->instance_id,
        .wait_ms = WAIT_MS,
        .credential = service_credential,
        .apply = apply,
        .caught_up = caught_up,
        .failed = failed,
        .user = service,
    };
    return feed_follow_start(&service->follower, &options, status);
}
