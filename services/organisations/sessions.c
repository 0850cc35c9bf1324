// SPDX-License-Identifier: Apache-2.0
#include "sessions.h"

#include <string.h>

#include "base/check.h"
#include "service/values.h"

typedef Anlan__Organisations__Facts__SignInAsked sign_in_asked;
typedef Anlan__Organisations__V1__Session session;

// Grants that one grantee ever had, past ones too, which are looked at.
#define GRANTS_EVER_MOST 1024

static bool refuse(struct status *status)
{
    return status_set(status, REASON(SIGN_IN_REFUSED), "the refresh token is not good; sign in again");
}

static bool out_of_memory(struct status *status)
{
    return status_set(status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
}

bool session_lacks_factor(const sign_in_asked *asked)
{
    return (asked->needs_second_factor || asked->administers) && asked->factor_sealed.len == 0;
}

int session_post(const sign_in_asked *asked, const char *post_id)
{
    for (size_t i = 0; i < asked->n_post_ids; i++)
        if (!*post_id || strcmp(asked->post_ids[i], post_id) == 0)
            return (int)i;
    return -1;
}

// Adds those to one grantee. Under the directory's lock.
static void add_grants(const struct service_work_input *input, const char *grantee, char **ids, size_t *count)
{
    struct uuid id;
    const struct directory_grant *found[GRANTS_EVER_MOST];
    size_t most = uuid_parse(grantee, &id) ? directory_grants_to(input->directory, &id, found, GRANTS_EVER_MOST) : 0;
    for (size_t i = 0; i < most && i < GRANTS_EVER_MOST && *count < ACCESS_GRANTS_MOST; i++)
        if (found[i]->state == ANLAN__ORGANISATIONS__V1__GRANT_STATE__GRANT_STATE_APPROVED &&
            found[i]->starts_at <= input->now && input->now < found[i]->ends_at)
            ids[(*count)++] = service_uuid(&found[i]->id, input->arena);
}

char **session_grants(const struct service_work_input *input, const char *subject_id, const char *unit_id,
                      size_t *count)
{
    char **ids = arena_array(input->arena, ACCESS_GRANTS_MOST, sizeof(char *));
    *count = 0;
    if (!ids)
        return NULL;
    directory_lock(input->directory);
    add_grants(input, subject_id, ids, count);
    add_grants(input, unit_id, ids, count);
    directory_unlock(input->directory);
    return input->arena->exhausted ? NULL : ids;
}

// Words that spaces separate.
static char **split(const char *text, struct arena *arena, size_t *count)
{
    size_t most = strlen(text) / 2 + 1;
    char **words = arena_array(arena, most, sizeof(char *));
    *count = 0;
    for (const char *at = text; words && *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        words[(*count)++] = arena_text(arena, at, length);
        at += length;
    }
    return words;
}

static bool list_posts(const sign_in_asked *asked, struct arena *arena, session *made)
{
    made->posts = arena_array(arena, asked->n_post_ids, sizeof(*made->posts));
    for (size_t i = 0; made->posts && i < asked->n_post_ids; i++) {
        Anlan__Organisations__V1__HeldPost *post = arena_alloc(arena, sizeof(*post));
        if (!post)
            return false;
        anlan__organisations__v1__held_post__init(post);
        post->id = asked->post_ids[i];
        post->unit_id = asked->post_units[i];
        post->unit_name = asked->post_unit_names[i];
        post->role = asked->post_roles[i];
        post->sectors = split(asked->post_sectors[i], arena, &post->n_sectors);
        clock_time ends_at = service_time(asked->post_ends[i]);
        post->ends_at = ends_at < CLOCK_LAST - CLOCK_DAY ? asked->post_ends[i] : NULL;
        made->posts[made->n_posts++] = post;
    }
    return made->posts != NULL;
}

// What the plan names, or all that are in force.
static bool choose_grants(const struct service_work_input *input, const struct session_plan *plan, session *made)
{
    made->grant_ids = plan->grant_ids;
    made->n_grant_ids = plan->grant_count;
    if (plan->grant_count == 0)
        made->grant_ids = session_grants(input, made->subject_id, made->posts[plan->post]->unit_id, &made->n_grant_ids);
    return made->grant_ids != NULL || made->n_grant_ids == 0;
}

static bool sign_token(const struct service_work_input *input, const struct session_plan *plan, session *made)
{
    struct arena *arena = input->arena;
    struct bytes token = {0};
    const struct uuid id = uuid_make(input->now);
    const Anlan__Organisations__V1__HeldPost *held = made->posts[plan->post];
    Anlan__Rpc__V1__ActingPost post = ANLAN__RPC__V1__ACTING_POST__INIT;
    post.post_id = held->id;
    post.unit_id = held->unit_id;
    post.role = held->role;
    post.sectors = held->sectors;
    post.n_sectors = held->n_sectors;
    Anlan__Rpc__V1__Claims claims = ANLAN__RPC__V1__CLAIMS__INIT;
    claims.instance_id = service_uuid(input->instance_id, arena);
    claims.token_id = service_uuid(&id, arena);
    claims.subject_id = made->subject_id;
    claims.subject_name = made->subject_name;
    claims.subject_kind = ANLAN__RPC__V1__SUBJECT_KIND__SUBJECT_KIND_PERSON;
    claims.post = &post;
    claims.issued_at = service_timestamp(input->now, arena);
    claims.expires_at = made->expires_at;
    claims.directory_position = plan->asked->position;
    claims.session_id = made->id;
    claims.grant_ids = made->grant_ids;
    claims.n_grant_ids = made->n_grant_ids;
    if (arena->exhausted || !access_token_issue(input->secrets->keys, ACCESS_PURPOSE(TOKEN), ACCESS_TOKEN_PREFIX,
                                                &claims.base, input->now, arena, &token))
        return false;
    made->token = (ProtobufCBinaryData){.data = (uint8_t *)token.data, .len = token.length};
    return true;
}

static bool sign_refresh(const struct service_work_input *input, const struct session_plan *plan, session *made)
{
    struct bytes token = {0};
    Anlan__Organisations__V1__RefreshClaims claims = ANLAN__ORGANISATIONS__V1__REFRESH_CLAIMS__INIT;
    claims.session_id = made->id;
    claims.generation = plan->generation;
    if (!access_token_issue(input->secrets->keys, ACCESS_PURPOSE(SESSION), SESSION_REFRESH_PREFIX, &claims.base,
                            input->now, input->arena, &token))
        return false;
    made->refresh_token = (ProtobufCBinaryData){.data = (uint8_t *)token.data, .len = token.length};
    return true;
}

session *session_make(const struct service_work_input *input, const struct session_plan *plan, struct status *status)
{
    struct arena *arena = input->arena;
    session *made = arena_alloc(arena, sizeof(*made));
    clock_time expires_at = input->now + plan->asked->token_s * CLOCK_SECOND;
    if (!made)
        return out_of_memory(status), NULL;
    anlan__organisations__v1__session__init(made);
    made->id = (char *)plan->session_id;
    made->subject_id = plan->asked->person_id;
    made->subject_name = plan->asked->person_name;
    made->expires_at = service_timestamp(expires_at < plan->ends_at ? expires_at : plan->ends_at, arena);
    made->ends_at = service_timestamp(plan->ends_at, arena);
    if (!list_posts(plan->asked, arena, made) || !choose_grants(input, plan, made) || arena->exhausted)
        return out_of_memory(status), NULL;
    made->post_id = made->posts[plan->post]->id;
    if (sign_token(input, plan, made) && sign_refresh(input, plan, made))
        return made;
    status_set(status, REASON(INTERNAL), "no key is good to sign with now");
    return NULL;
}

static const Anlan__Organisations__V1__RefreshClaims *read_refresh(const struct service_work_input *input)
{
    const Anlan__Organisations__V1__RefreshRequest *request = (const void *)input->request;
    return (const void *)access_token_open(input->secrets->keys, ACCESS_PURPOSE(SESSION), SESSION_REFRESH_PREFIX,
                                           &anlan__organisations__v1__refresh_claims__descriptor,
                                           (struct bytes){request->refresh_token.data, request->refresh_token.len},
                                           input->arena);
}

bool session_key(const struct service_work_input *input, struct service_work_rows *rows, struct status *status)
{
    struct uuid id;
    const Anlan__Organisations__V1__RefreshClaims *claims = read_refresh(input);
    if (!claims || !uuid_parse(claims->session_id, &id))
        return refuse(status);
    rows->key = claims->session_id;
    rows->known = true;
    return true;
}

static bool is_over(const struct service_work_input *input, const sign_in_asked *asked)
{
    return !asked || asked->revoked || !asked->active || service_time(asked->ends_at) <= input->now;
}

// What is kept of a refresh. `request_id` tells a repeat from a second use.
static Anlan__Organisations__Facts__RefreshKept *make_kept(const struct service_work_input *input,
                                                           const struct session_plan *plan)
{
    const Anlan__Organisations__V1__RefreshRequest *request = (const void *)input->request;
    Anlan__Organisations__Facts__RefreshKept *kept = arena_alloc(input->arena, sizeof(*kept));
    if (!kept)
        return NULL;
    anlan__organisations__facts__refresh_kept__init(kept);
    kept->session_id = plan->asked->session_id;
    kept->generation = plan->asked->generation;
    kept->request_id = request->request_id;
    kept->post_id = plan->asked->post_ids && plan->post >= 0 ? plan->asked->post_ids[plan->post] : plan->asked->post_id;
    kept->grant_ids = plan->grant_ids;
    kept->n_grant_ids = plan->grant_count;
    return kept;
}

// A token that has been used: its session is in two hands (RFC 9700, 4.14.2).
static bool end_session(const struct service_work_input *input, const struct session_plan *plan,
                        struct service_work_output *output, struct status *status)
{
    Anlan__Organisations__Facts__RefreshKept *kept = make_kept(input, plan);
    if (!kept)
        return out_of_memory(status);
    kept->ends = true;
    output->effect = &kept->base;
    refuse(&output->refused);
    return true;
}

static bool answer(const struct service_work_input *input, const struct session_plan *plan,
                   struct service_work_output *output, struct status *status)
{
    Anlan__Organisations__V1__RefreshResponse *reply = arena_alloc(input->arena, sizeof(*reply));
    if (!reply)
        return out_of_memory(status);
    anlan__organisations__v1__refresh_response__init(reply);
    reply->session = session_make(input, plan, status);
    output->reply = &reply->base;
    return reply->session != NULL;
}

bool session_refresh(const struct service_work_input *input, struct service_work_output *output, struct status *status)
{
    const Anlan__Organisations__V1__RefreshRequest *request = (const void *)input->request;
    const Anlan__Organisations__V1__RefreshClaims *claims = read_refresh(input);
    const sign_in_asked *asked = (const sign_in_asked *)input->asked;
    if (is_over(input, asked) || !claims)
        return refuse(status);
    bool repeat = claims->generation == asked->generation - 1 && strcmp(request->request_id, asked->request_id) == 0;
    struct session_plan plan = {
        .asked = asked,
        .session_id = asked->session_id,
        .generation = repeat ? asked->generation : asked->generation + 1,
        .ends_at = service_time(asked->ends_at),
        .post = session_post(asked, *request->post_id ? request->post_id : asked->post_id),
        .grant_ids = request->change_grants ? request->grant_ids : asked->grant_ids,
        .grant_count = request->change_grants ? request->n_grant_ids : asked->n_grant_ids,
    };
    if (claims->generation != asked->generation && !repeat)
        return end_session(input, &plan, output, status);
    if (session_lacks_factor(asked))
        return status_set(status, REASON(SECOND_FACTOR_MISSING), "the account needs a second factor");
    // A post that has ended gives way to another, unless it was asked for.
    if (plan.post < 0 && !*request->post_id)
        plan.post = session_post(asked, "");
    if (plan.post < 0)
        return status_set(status, REASON(NO_POST), "the post is not in force");
    Anlan__Organisations__Facts__RefreshKept *kept = make_kept(input, &plan);
    output->effect = repeat || !kept ? NULL : &kept->base;
    return kept ? answer(input, &plan, output, status) : out_of_memory(status);
}
