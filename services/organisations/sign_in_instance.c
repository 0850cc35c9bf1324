// SPDX-License-Identifier: Apache-2.0
// Instances sign in by the certificate of their connection: whoever has the key to it is the instance.
#include <string.h>

#include "access/directory.h"
#include "anlan/organisations/v1/instances.pb-c.h"
#include "base/check.h"
#include "organisations/facts.pb-c.h"
#include "service/values.h"
#include "sessions.h"
#include "sign_in.h"

typedef Anlan__Organisations__V1__Session session;

static bool out_of_memory(struct status *status)
{
    return status_set(status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
}

// The name of the enrolled instance at the other end; NULL: it is none.
static char *find_peer(const struct service_work_input *input)
{
    char *name = NULL;
    if (input->peer->kind != CRYPTO_PEER_UNIT)
        return NULL;
    directory_lock(input->directory);
    const struct directory_peer *peer = directory_peer(input->directory, &input->peer->id);
    if (peer && peer->state == ANLAN__ORGANISATIONS__V1__INSTANCE_STATE__INSTANCE_STATE_ENROLLED)
        name = arena_text(input->arena, peer->display_name, strlen(peer->display_name));
    directory_unlock(input->directory);
    return name;
}

bool sign_in_instance_key(const struct service_work_input *input, struct service_work_rows *rows, struct status *status)
{
    rows->known = find_peer(input) != NULL;
    return rows->known || status_set(status, REASON(SIGN_IN_REFUSED), "the connection is no enrolled instance's");
}

static bool sign_token(const struct service_work_input *input, session *made)
{
    struct bytes token = {0};
    const struct uuid id = uuid_make(input->now);
    Anlan__Rpc__V1__Claims claims = ANLAN__RPC__V1__CLAIMS__INIT;
    claims.instance_id = service_uuid(input->instance_id, input->arena);
    claims.token_id = service_uuid(&id, input->arena);
    claims.subject_id = made->subject_id;
    claims.subject_name = made->subject_name;
    claims.subject_kind = ANLAN__RPC__V1__SUBJECT_KIND__SUBJECT_KIND_CLIENT;
    claims.issued_at = service_timestamp(input->now, input->arena);
    claims.expires_at = made->expires_at;
    claims.directory_position = directory_position(input->directory);
    claims.session_id = made->id;
    if (input->arena->exhausted || !access_token_issue(input->secrets->keys, ACCESS_PURPOSE(TOKEN), ACCESS_TOKEN_PREFIX,
                                                       &claims.base, input->now, input->arena, &token))
        return false;
    made->token = (ProtobufCBinaryData){.data = (uint8_t *)token.data, .len = token.length};
    return true;
}

bool sign_in_instance(const struct service_work_input *input, struct service_work_output *output, struct status *status)
{
    const Anlan__Organisations__Facts__SignInAsked *asked = (const void *)input->asked;
    Anlan__Organisations__V1__SignInInstanceResponse *reply = arena_alloc(input->arena, sizeof(*reply));
    session *made = arena_alloc(input->arena, sizeof(*made));
    const struct uuid id = uuid_make(input->now);
    char *name = find_peer(input);
    if (!name)
        return status_set(status, REASON(SIGN_IN_REFUSED), "the connection is no enrolled instance's");
    if (!reply || !made || !asked)
        return out_of_memory(status);
    anlan__organisations__v1__sign_in_instance_response__init(reply);
    anlan__organisations__v1__session__init(made);
    made->id = service_uuid(&id, input->arena);
    made->subject_id = service_uuid(&input->peer->id, input->arena);
    made->subject_name = name;
    made->expires_at = service_timestamp(input->now + asked->token_s * CLOCK_SECOND, input->arena);
    made->ends_at = made->expires_at;
    reply->session = made;
    output->reply = &reply->base;
    return sign_token(input, made) || status_set(status, REASON(INTERNAL), "no key is good to sign with now");
}
