// SPDX-License-Identifier: Apache-2.0
#include "client_rules.h"

#include "anlan/organisations/v1/clients.pb-c.h"
#include "crypto/crypto.h"
#include "organisations/facts.pb-c.h"
#include "record_rules.h"
#include "service/values.h"

typedef Anlan__Organisations__V1__Client client;

static bool check_proof(const Anlan__Organisations__V1__RegisterClientRequest *request, struct arena *arena,
                        struct status *status)
{
    struct crypto_key *key = NULL;
    if (request->public_key.len == 0 && request->certificate_digest.len == 0)
        return status_violate(status, arena, "public_key", "or certificate_digest is required");
    if (request->certificate_digest.len != 0 && request->certificate_digest.len != CRYPTO_DIGEST_SIZE)
        return status_violate(status, arena, "certificate_digest", "must have 32 bytes");
    if (request->public_key.len == 0)
        return true;
    bool good = crypto_key_from_public((struct bytes){request->public_key.data, request->public_key.len}, &key);
    crypto_key_free(key);
    return good || status_violate(status, arena, "public_key", "must be an Ed25519 public key of 32 bytes");
}

bool client_rules_register(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__RegisterClientRequest *request = (const void *)input->request;
    const Anlan__Organisations__Facts__ClientFacts *facts = (const void *)input->facts;
    client *made = (client *)after;
    clock_time starts_at = record_time(request->starts_at, input->now);
    (void)before;
    if (!check_proof(request, input->arena, status))
        return false;
    if (service_time(request->ends_at) <= starts_at)
        return status_violate(status, input->arena, "ends_at", "must be behind its beginning");
    if (facts->unit_retired)
        return status_set(status, REASON(STATE_CONFLICT), "the unit is retired");
    if (facts->name_taken)
        return status_set(status, REASON(RECORD_EXISTS), "the name is taken");
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->name = request->name;
    made->unit_id = request->unit_id;
    made->public_key = request->public_key;
    made->certificate_digest = request->certificate_digest;
    made->starts_at = service_timestamp(starts_at, input->arena);
    made->ends_at = request->ends_at;
    made->document = request->document;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    return true;
}

bool client_rules_retire(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__RetireClientRequest *request = (const void *)input->request;
    const client *was = (const client *)before;
    client *now = (client *)after;
    if (!record_version_is(was->version, request->version, status))
        return false;
    if (was->retired_at)
        return status_set(status, REASON(STATE_CONFLICT), "the client is retired");
    now->version = was->version + 1;
    now->retired_at = service_timestamp(input->now, input->arena);
    now->retired_reason = request->reason;
    now->tokens_from = now->retired_at;
    return true;
}
