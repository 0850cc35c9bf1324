// SPDX-License-Identifier: Apache-2.0
// Clients sign in by an assertion that their key signs, by the certificate of their connection, or by both.
#include <string.h>

#include "anlan/organisations/v1/sign_in.pb-c.h"
#include "base/check.h"
#include "crypto/crypto.h"
#include "organisations/facts.pb-c.h"
#include "service/values.h"
#include "sessions.h"
#include "sign_in.h"

typedef Anlan__Organisations__Facts__ClientAsked client_asked;

#define ASSERTION_PREFIX "anlan assertion v1"
#define ASSERTION_AGE (60 * CLOCK_SECOND)
#define NONCE_SIZE 16

static bool refuse(struct status *status)
{
    return status_set(status, REASON(SIGN_IN_REFUSED), "the proof is not good, or the client may not sign in");
}

static bool out_of_memory(struct status *status)
{
    return status_set(status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
}

bool sign_in_client_key(const struct service_work_input *input, struct service_work_rows *rows, struct status *status)
{
    const Anlan__Organisations__V1__SignInClientRequest *request = (const void *)input->request;
    (void)status;
    rows->key = request->client_id;
    return true;
}

static bool signature_good(const Anlan__Organisations__V1__SignInClientRequest *request, const client_asked *asked)
{
    struct crypto_key *key = NULL;
    const struct bytes parts[] = {{(const uint8_t *)ASSERTION_PREFIX, sizeof(ASSERTION_PREFIX)},
                                  {request->assertion.data, request->assertion.len}};
    if (!crypto_key_from_public((struct bytes){asked->public_key.data, asked->public_key.len}, &key))
        return false;
    bool good =
        crypto_verify(key, parts, COUNT_OF(parts), (struct bytes){request->signature.data, request->signature.len});
    crypto_key_free(key);
    return good;
}

// For this instance, by this client, now.
static bool assertion_fits(const struct service_work_input *input,
                           const Anlan__Organisations__V1__ClientAssertion *assertion, const client_asked *asked)
{
    struct uuid instance;
    if (!assertion || !assertion->time || assertion->nonce.len != NONCE_SIZE ||
        !uuid_parse(assertion->instance_id, &instance) || uuid_compare(&instance, input->instance_id) != 0 ||
        strcmp(assertion->client_id, asked->client_id) != 0 || assertion->time->seconds < 0 ||
        assertion->time->seconds > CLOCK_LAST / CLOCK_SECOND)
        return false;
    clock_time said = service_time(assertion->time);
    return said > input->now - ASSERTION_AGE && said < input->now + ASSERTION_AGE;
}

// The certificate of the connection, on which the other end has shown that it has the key to it.
static bool certificate_good(const struct service_work_input *input, const client_asked *asked)
{
    return input->peer->kind != CRYPTO_PEER_NONE &&
           memcmp(input->peer->certificate, asked->certificate_digest.data, sizeof(input->peer->certificate)) == 0;
}

static bool sign_token(const struct service_work_input *input, const client_asked *asked,
                       Anlan__Organisations__V1__Session *made)
{
    struct bytes token = {0};
    const struct uuid id = uuid_make(input->now);
    Anlan__Rpc__V1__Claims claims = ANLAN__RPC__V1__CLAIMS__INIT;
    claims.instance_id = service_uuid(input->instance_id, input->arena);
    claims.token_id = service_uuid(&id, input->arena);
    claims.subject_id = asked->client_id;
    claims.subject_name = asked->client_name;
    claims.subject_kind = ANLAN__RPC__V1__SUBJECT_KIND__SUBJECT_KIND_CLIENT;
    claims.issued_at = service_timestamp(input->now, input->arena);
    claims.expires_at = made->expires_at;
    claims.directory_position = asked->position;
    claims.session_id = made->id;
    claims.grant_ids = made->grant_ids;
    claims.n_grant_ids = made->n_grant_ids;
    claims.certificate_digest = asked->certificate_digest;
    if (input->arena->exhausted || !access_token_issue(input->secrets->keys, ACCESS_PURPOSE(TOKEN), ACCESS_TOKEN_PREFIX,
                                                       &claims.base, input->now, input->arena, &token))
        return false;
    made->token = (ProtobufCBinaryData){.data = (uint8_t *)token.data, .len = token.length};
    return true;
}

static bool answer(const struct service_work_input *input, const client_asked *asked,
                   struct service_work_output *output, struct status *status)
{
    const Anlan__Organisations__V1__SignInClientRequest *request = (const void *)input->request;
    Anlan__Organisations__V1__SignInClientResponse *reply = arena_alloc(input->arena, sizeof(*reply));
    Anlan__Organisations__V1__Session *made = arena_alloc(input->arena, sizeof(*made));
    const struct uuid id = uuid_make(input->now);
    clock_time expires_at = input->now + asked->token_s * CLOCK_SECOND;
    clock_time ends_at = service_time(asked->ends_at);
    if (!reply || !made)
        return out_of_memory(status);
    anlan__organisations__v1__sign_in_client_response__init(reply);
    anlan__organisations__v1__session__init(made);
    made->id = service_uuid(&id, input->arena);
    made->subject_id = asked->client_id;
    made->subject_name = asked->client_name;
    made->expires_at = service_timestamp(expires_at < ends_at ? expires_at : ends_at, input->arena);
    made->ends_at = made->expires_at;
    made->grant_ids = request->grant_ids;
    made->n_grant_ids = request->n_grant_ids;
    if (made->n_grant_ids == 0)
        made->grant_ids = session_grants(input, asked->client_id, "", &made->n_grant_ids);
    if (made->n_grant_ids == 0) {
        status_set(&output->refused, REASON(PERMISSION_MISSING), "no grant to this client is in force");
        return true;
    }
    reply->session = made;
    output->reply = &reply->base;
    return sign_token(input, asked, made) || status_set(status, REASON(INTERNAL), "no key is good to sign with now");
}

// An assertion is used up before its token is answered: whoever comes with it again is refused.
static bool use_up(const struct service_work_input *input, const Anlan__Organisations__V1__ClientAssertion *assertion,
                   struct service_work_output *output, struct status *status)
{
    Anlan__Organisations__Facts__ClientKept *kept = arena_alloc(input->arena, sizeof(*kept));
    if (!kept)
        return out_of_memory(status);
    anlan__organisations__facts__client_kept__init(kept);
    kept->client_id = assertion->client_id;
    kept->nonce = assertion->nonce;
    kept->expires_at = service_timestamp(input->now + 2 * ASSERTION_AGE, input->arena);
    output->effect = &kept->base;
    return kept->expires_at || out_of_memory(status);
}

bool sign_in_client(const struct service_work_input *input, struct service_work_output *output, struct status *status)
{
    const Anlan__Organisations__V1__SignInClientRequest *request = (const void *)input->request;
    const client_asked *asked = (const client_asked *)input->asked;
    if (!asked || !asked->active || (asked->certificate_digest.len > 0 && !certificate_good(input, asked)))
        return refuse(status);
    if (asked->public_key.len == 0)
        return answer(input, asked, output, status);
    if (!signature_good(request, asked))
        return refuse(status);
    const Anlan__Organisations__V1__ClientAssertion *assertion = anlan__organisations__v1__client_assertion__unpack(
        &input->arena->protobuf, request->assertion.len, request->assertion.data);
    if (!assertion_fits(input, assertion, asked))
        return refuse(status);
    return use_up(input, assertion, output, status) && answer(input, asked, output, status);
}
