// SPDX-License-Identifier: Apache-2.0
#include "sign_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anlan/organisations/v1/sign_in.pb-c.h"
#include "base/check.h"
#include "crypto/crypto.h"
#include "organisations/facts.pb-c.h"
#include "passwords.h"
#include "service/values.h"
#include "sessions.h"

typedef Anlan__Organisations__Facts__SignInAsked sign_in_asked;
typedef Anlan__Organisations__Facts__SignInKept sign_in_kept;
typedef Anlan__Organisations__V1__Account account;

#define DEVICE_LIFETIME (90 * CLOCK_DAY)
#define FACTOR_KEY_LEAST 20
#define FACTOR_KEY_MOST 64

static bool out_of_memory(struct status *status)
{
    return status_set(status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
}

static ProtobufCBinaryData device_field(const ProtobufCMessage *request)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "device");
    CHECK(field);
    return *(const ProtobufCBinaryData *)((const char *)request + field->offset);
}

// The device on which the account was signed in with before; "" where the request does not prove one.
static const char *known_device(const struct service_work_input *input, const char *name)
{
    ProtobufCBinaryData given = device_field(input->request);
    struct uuid id;
    const Anlan__Organisations__V1__DeviceClaims *claims = (const void *)access_token_open(
        input->secrets->keys, ACCESS_PURPOSE(SESSION), SESSION_DEVICE_PREFIX,
        &anlan__organisations__v1__device_claims__descriptor, (struct bytes){given.data, given.len}, input->arena);
    if (!claims || strcmp(claims->name, name) != 0 || !uuid_parse(claims->device_id, &id) || !claims->issued_at ||
        input->now - service_time(claims->issued_at) > DEVICE_LIFETIME)
        return "";
    return claims->device_id;
}

bool sign_in_key(const struct service_work_input *input, struct service_work_rows *rows, struct status *status)
{
    rows->key = password_account_name(service_text(input->request, "name"), input->arena);
    if (!rows->key)
        return out_of_memory(status);
    rows->part = known_device(input, rows->key);
    rows->known = *rows->part != '\0';
    return true;
}

static sign_in_kept *new_kept(const struct service_work_input *input)
{
    const sign_in_asked *asked = (const sign_in_asked *)input->asked;
    sign_in_kept *kept = arena_alloc(input->arena, sizeof(*kept));
    if (!kept)
        return NULL;
    anlan__organisations__facts__sign_in_kept__init(kept);
    kept->account_id = asked->account_id;
    kept->person_id = asked->person_id;
    return kept;
}

static bool limited(const struct service_work_input *input, const sign_in_asked *asked, struct status *status)
{
    int64_t left = (service_time(asked->attempts_until) - input->now) / CLOCK_MILLISECOND;
    status_set(status, REASON(SIGN_IN_LIMITED), "more than %d attempts failed", (int)asked->attempts_most);
    status->retry_after_ms = left > 1 ? (uint32_t)left : 1;
    return false;
}

// The password is right and the account may be used. Every other answer is the same, and takes the same work.
static bool prove_password(const struct service_work_input *input, struct status *status)
{
    const sign_in_asked *asked = (const sign_in_asked *)input->asked;
    if (asked->attempts > asked->attempts_most)
        return limited(input, asked, status);
    bool right = password_right(asked, service_text(input->request, "password"));
    return (right && asked->active) ||
           status_set(status, REASON(SIGN_IN_REFUSED), "name or password is wrong, or the account is disabled");
}

static bool unseal(const struct service_work_input *input, const sign_in_asked *asked, uint8_t *key)
{
    const struct service_secrets *secrets = input->secrets;
    size_t period = (size_t)asked->factor_period;
    return period >= 1 && period <= secrets->seal_count &&
           asked->factor_sealed.len <= FACTOR_KEY_MOST + CRYPTO_SEAL_EXTRA &&
           crypto_unseal(secrets->seals[period - 1],
                         (struct bytes){(const uint8_t *)asked->account_id, strlen(asked->account_id)},
                         (struct bytes){asked->factor_sealed.data, asked->factor_sealed.len}, key);
}

static bool is_code(const char *code)
{
    return strlen(code) == CRYPTO_TOTP_DIGITS && strspn(code, "0123456789") == CRYPTO_TOTP_DIGITS;
}

// The second factor, where there is one. True with output->refused where its code is missing: the attempt is given
// back.
static bool prove_factor(const struct service_work_input *input, struct service_work_output *output, sign_in_kept *kept,
                         struct status *status)
{
    const sign_in_asked *asked = (const sign_in_asked *)input->asked;
    const char *code = service_text(input->request, "code");
    uint8_t key[FACTOR_KEY_MOST];
    if (asked->factor_sealed.len == 0)
        return true;
    if (!*code) {
        status_set(&output->refused, REASON(SECOND_FACTOR_NEEDED), "the account has a second factor");
        return true;
    }
    if (!unseal(input, asked, key))
        return status_set(status, REASON(INTERNAL), "the second factor cannot be opened: key seal-%d",
                          (int)asked->factor_period);
    int64_t step = 0;
    struct bytes secret = {key, asked->factor_sealed.len - CRYPTO_SEAL_EXTRA};
    if (!is_code(code) || !crypto_totp(secret, input->now / CLOCK_SECOND, (uint32_t)strtoul(code, NULL, 10), &step) ||
        step <= asked->factor_step)
        return status_set(status, REASON(SECOND_FACTOR_REFUSED), "the code is wrong or was used before");
    kept->factor_step = step;
    return true;
}

// Both factors. The effect gives the attempt back.
static sign_in_kept *prove(const struct service_work_input *input, struct service_work_output *output,
                           struct status *status)
{
    sign_in_kept *kept = new_kept(input);
    if (!kept)
        return out_of_memory(status), NULL;
    if (!prove_password(input, status) || !prove_factor(input, output, kept, status))
        return NULL;
    output->effect = &kept->base;
    return kept;
}

// What stands between a proven person and his session, without using up his code.
static bool hinder(const struct service_work_input *input, struct service_work_output *output, sign_in_kept *kept)
{
    const sign_in_asked *asked = (const sign_in_asked *)input->asked;
    const Anlan__Organisations__V1__SignInRequest *request = (const void *)input->request;
    if (!status_ok(&output->refused))
        return true;
    if (asked->must_change_password)
        status_set(&output->refused, REASON(PASSWORD_CHANGE_NEEDED), "the password was given by somebody else");
    else if (session_lacks_factor(asked))
        status_set(&output->refused, REASON(SECOND_FACTOR_MISSING), "the account needs a second factor");
    else if (session_post(asked, request->post_id) < 0)
        status_set(&output->refused, REASON(NO_POST), "no such post is in force");
    else
        return false;
    kept->factor_step = 0;
    return true;
}

// The parameters have changed since the password was hashed.
static bool rehash(const struct service_work_input *input, sign_in_kept *kept)
{
    const sign_in_asked *asked = (const sign_in_asked *)input->asked;
    struct crypto_scrypt wanted = password_parameters(asked);
    if (asked->password_cost_log2 == asked->cost_log2 && asked->password_block_size == asked->block_size &&
        asked->password_lanes == asked->lanes)
        return true;
    const Anlan__Organisations__V1__PasswordHash *made =
        password_hash(service_text(input->request, "password"), &wanted, input->arena);
    kept->password = arena_alloc(input->arena, sizeof(*kept->password));
    if (!made || !kept->password)
        return false;
    anlan__organisations__facts__sign_in_hash__init(kept->password);
    kept->password->salt = made->salt;
    kept->password->hash = made->hash;
    kept->password->cost_log2 = made->cost_log2;
    kept->password->block_size = made->block_size;
    kept->password->lanes = made->lanes;
    return true;
}

static bool sign_device(const struct service_work_input *input, const sign_in_kept *kept,
                        Anlan__Organisations__V1__SignInResponse *reply)
{
    struct bytes token = {0};
    Anlan__Organisations__V1__DeviceClaims claims = ANLAN__ORGANISATIONS__V1__DEVICE_CLAIMS__INIT;
    claims.device_id = kept->device_id;
    claims.name = (char *)input->rows->key;
    claims.issued_at = service_timestamp(input->now, input->arena);
    if (!claims.issued_at || !access_token_issue(input->secrets->keys, ACCESS_PURPOSE(SESSION), SESSION_DEVICE_PREFIX,
                                                 &claims.base, input->now, input->arena, &token))
        return false;
    reply->device = (ProtobufCBinaryData){.data = (uint8_t *)token.data, .len = token.length};
    return true;
}

static bool begin_session(const struct service_work_input *input, struct service_work_output *output,
                          sign_in_kept *kept, struct status *status)
{
    const sign_in_asked *asked = (const sign_in_asked *)input->asked;
    const Anlan__Organisations__V1__SignInRequest *request = (const void *)input->request;
    const struct uuid session_id = uuid_make(input->now);
    const struct uuid device_id = uuid_make(input->now);
    Anlan__Organisations__V1__SignInResponse *reply = arena_alloc(input->arena, sizeof(*reply));
    struct session_plan plan = {
        .asked = asked,
        .session_id = service_uuid(&session_id, input->arena),
        .generation = 1,
        .ends_at = input->now + asked->session_s * CLOCK_SECOND,
        .post = session_post(asked, request->post_id),
        .grant_ids = request->grant_ids,
        .grant_count = request->n_grant_ids,
    };
    kept->device_id = *input->rows->part ? (char *)input->rows->part : service_uuid(&device_id, input->arena);
    kept->session_id = (char *)plan.session_id;
    kept->post_id = asked->post_ids[plan.post];
    kept->grant_ids = plan.grant_ids;
    kept->n_grant_ids = plan.grant_count;
    kept->ends_at = service_timestamp(plan.ends_at, input->arena);
    if (!reply || input->arena->exhausted)
        return out_of_memory(status);
    anlan__organisations__v1__sign_in_response__init(reply);
    reply->session = session_make(input, &plan, status);
    if (!reply->session)
        return false;
    output->reply = &reply->base;
    return sign_device(input, kept, reply) || status_set(status, REASON(INTERNAL), "no key is good to sign with now");
}

bool sign_in_person(const struct service_work_input *input, struct service_work_output *output, struct status *status)
{
    sign_in_kept *kept = prove(input, output, status);
    if (!kept)
        return false;
    if (hinder(input, output, kept))
        return true;
    return rehash(input, kept) ? begin_session(input, output, kept, status) : out_of_memory(status);
}

// An account with the secrets that a rule is to put beside the record, and the version that they were proven for.
static account *new_worked(const sign_in_asked *asked, struct arena *arena)
{
    account *worked = arena_alloc(arena, sizeof(*worked));
    Anlan__Organisations__V1__AccountSecrets *secrets = arena_alloc(arena, sizeof(*secrets));
    if (!worked || !secrets)
        return NULL;
    anlan__organisations__v1__account__init(worked);
    anlan__organisations__v1__account_secrets__init(secrets);
    worked->version = asked->version;
    worked->secrets = secrets;
    return worked;
}

// Who it turned out to be.
static void name_caller(const sign_in_asked *asked, struct access_caller *caller)
{
    CHECK(uuid_parse(asked->person_id, &caller->subject_id) && uuid_parse(asked->unit_id, &caller->unit_id));
    snprintf(caller->subject_name, sizeof(caller->subject_name), "%s", asked->person_name);
}

bool sign_in_change_password(const struct service_work_input *input, struct service_work_output *output,
                             struct status *status)
{
    const Anlan__Organisations__V1__ChangePasswordRequest *request = (const void *)input->request;
    const sign_in_asked *asked = (const sign_in_asked *)input->asked;
    sign_in_kept *kept = prove(input, output, status);
    if (!kept)
        return false;
    if (!status_ok(&output->refused))
        return true;
    if (strcmp(request->new_password, request->password) == 0)
        status_violate(&output->refused, input->arena, "new_password", "must not be the present one");
    else
        password_check(request->new_password, asked->name, asked->password_min_chars, "new_password", input->arena,
                       &output->refused);
    if (!status_ok(&output->refused)) {
        kept->factor_step = 0;
        return true;
    }
    struct crypto_scrypt parameters = password_parameters(asked);
    account *worked = new_worked(asked, input->arena);
    if (!worked || !(worked->secrets->password = password_hash(request->new_password, &parameters, input->arena)))
        return out_of_memory(status);
    output->worked = &worked->base;
    name_caller(asked, &output->caller);
    return true;
}

static Anlan__Organisations__V1__SealedSecret *seal(const struct service_work_input *input, ProtobufCBinaryData key)
{
    const struct service_secrets *secrets = input->secrets;
    const sign_in_asked *asked = (const sign_in_asked *)input->asked;
    const struct crypto_seal_key *with = secrets->seals[secrets->seal_count - 1];
    Anlan__Organisations__V1__SealedSecret *made = arena_alloc(input->arena, sizeof(*made));
    uint8_t *sealed = arena_alloc(input->arena, key.len + CRYPTO_SEAL_EXTRA);
    if (!made || !sealed)
        return NULL;
    anlan__organisations__v1__sealed_secret__init(made);
    crypto_seal(with, (struct bytes){(const uint8_t *)asked->account_id, strlen(asked->account_id)},
                (struct bytes){key.data, key.len}, sealed);
    made->algorithm = (int32_t)crypto_seal_key_algorithm(with);
    made->period = (int32_t)crypto_seal_key_period(with);
    made->sealed = (ProtobufCBinaryData){.data = sealed, .len = key.len + CRYPTO_SEAL_EXTRA};
    return made;
}

// What is wrong with the key and the code that is to prove it.
static bool check_enrolment(const struct service_work_input *input, int64_t *step, struct status *status)
{
    const Anlan__Organisations__V1__EnrolSecondFactorRequest *request = (const void *)input->request;
    const sign_in_asked *asked = (const sign_in_asked *)input->asked;
    if (asked->factor_sealed.len > 0)
        return status_set(status, REASON(STATE_CONFLICT), "the account has a second factor");
    if (request->key.len < FACTOR_KEY_LEAST || request->key.len > FACTOR_KEY_MOST)
        return status_violate(status, input->arena, "key", "must have 20 to 64 bytes");
    return (is_code(request->code) &&
            crypto_totp((struct bytes){request->key.data, request->key.len}, input->now / CLOCK_SECOND,
                        (uint32_t)strtoul(request->code, NULL, 10), step)) ||
           status_set(status, REASON(SECOND_FACTOR_REFUSED), "the code is not one of the key");
}

bool sign_in_enrol(const struct service_work_input *input, struct service_work_output *output, struct status *status)
{
    const Anlan__Organisations__V1__EnrolSecondFactorRequest *request = (const void *)input->request;
    const sign_in_asked *asked = (const sign_in_asked *)input->asked;
    sign_in_kept *kept = new_kept(input);
    account *worked = new_worked(asked, input->arena);
    if (!kept || !worked)
        return out_of_memory(status);
    if (!prove_password(input, status))
        return false;
    output->effect = &kept->base;
    if (!check_enrolment(input, &kept->factor_step, &output->refused))
        return true;
    if (!(worked->secrets->second_factor = seal(input, request->key)))
        return out_of_memory(status);
    output->worked = &worked->base;
    name_caller(asked, &output->caller);
    return true;
}

bool sign_in_first_password(const struct service_work_input *input, struct service_work_output *output,
                            struct status *status)
{
    const sign_in_asked *asked = (const sign_in_asked *)input->asked;
    const char *password = service_text(input->request, "password");
    const char *given = service_text(input->request, "name");
    const char *name = *given ? password_account_name(given, input->arena) : asked->name;
    struct crypto_scrypt parameters = password_parameters(asked);
    if (!password_check(password, name, asked->password_min_chars, "password", input->arena, status))
        return false;
    account *worked = new_worked(asked, input->arena);
    if (!worked || !(worked->secrets->password = password_hash(password, &parameters, input->arena)))
        return out_of_memory(status);
    output->worked = &worked->base;
    return true;
}
