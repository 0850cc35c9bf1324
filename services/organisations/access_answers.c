// SPDX-License-Identifier: Apache-2.0
#include "access_answers.h"

#include <string.h>

#include "access/explain.h"
#include "anlan/organisations/v1/access.pb-c.h"
#include "base/check.h"
#include "service/values.h"

typedef Anlan__Organisations__V1__AccessWay way_message;
typedef Anlan__Organisations__V1__AccessLink link_message;
typedef Anlan__Organisations__V1__ExplainAccessRequest explain_request;

#define WHO(name) ANLAN__ORGANISATIONS__V1__EXPLAIN_ACCESS_REQUEST__WHO_##name
#define WAYS_MOST 2000
#define CHAIN_MOST 8

#define CONDITION_NAME(name, en, zh) [ACCESS_##name] = #name,
static const char *const condition_names[] = {ACCESS_CONDITIONS(CONDITION_NAME)};

static char *copy(const char *text, struct arena *arena)
{
    return arena_text(arena, text, strlen(text));
}

// The grants from the one that is used up to the one that a post gave.
static void link_grants(const struct directory *directory, const struct uuid *grant_id, way_message *made,
                        struct arena *arena)
{
    made->grants = arena_array(arena, CHAIN_MOST, sizeof(*made->grants));
    const struct directory_grant *grant = directory_grant(directory, grant_id);
    for (; made->grants && grant && made->n_grants < CHAIN_MOST;
         grant = directory_grant(directory, &grant->parent_id)) {
        const struct directory_post *post = directory_post(directory, &grant->grantor_post_id);
        link_message *link = arena_alloc(arena, sizeof(*link));
        if (!link)
            return;
        anlan__organisations__v1__access_link__init(link);
        link->grant_id = service_uuid(&grant->id, arena);
        link->grantee_kind = grant->grantee_kind;
        link->grantee_id = service_uuid(&grant->grantee_id, arena);
        link->grantor_post_id = service_uuid(&grant->grantor_post_id, arena);
        link->grantor_person_id = service_uuid(&grant->grantor_person_id, arena);
        link->grantor_name = post ? copy(post->person_name, arena) : (char *)"";
        made->grants[made->n_grants++] = link;
    }
}

static void say_post(const struct directory *directory, const struct access_way *way, way_message *made,
                     struct arena *arena)
{
    const struct directory_post *post = directory_post(directory, &way->post_id);
    made->post_id = service_uuid(&way->post_id, arena);
    if (!post || way->standing.condition == ACCESS_POST_UNKNOWN)
        return;
    made->role = copy(post->role, arena);
    made->unit_id = service_uuid(&post->unit_id, arena);
    made->subject_name = copy(post->person_name, arena);
    made->en =
        arena_printf(arena, "the post of %s: %s", post->role, access_condition_text(way->standing.condition, false));
    made->zh = arena_printf(arena, "岗位 %s：%s", post->role, access_condition_text(way->standing.condition, true));
}

static void say_grant(const struct directory *directory, const struct access_way *way, way_message *made,
                      struct arena *arena)
{
    link_grants(directory, &way->grant_id, made, arena);
    const char *name = made->n_grants > 0 ? made->grants[0]->grantor_name : "";
    made->en = arena_printf(arena, "a grant of %s: %s", name, access_condition_text(way->standing.condition, false));
    made->zh = arena_printf(arena, "%s的授权：%s", name, access_condition_text(way->standing.condition, true));
}

static way_message *say(const struct directory *directory, const struct access_way *way, struct arena *arena)
{
    way_message *made = arena_alloc(arena, sizeof(*made));
    if (!made)
        return NULL;
    anlan__organisations__v1__access_way__init(made);
    made->allowed = way->standing.condition == ACCESS_HOLDS;
    made->condition = (char *)condition_names[way->standing.condition];
    made->condition_of = service_uuid(&way->standing.of, arena);
    made->subject_id = service_uuid(&way->subject_id, arena);
    made->sector = (char *)(way->sector ? way->sector : "");
    if (uuid_is_nil(&way->grant_id))
        say_post(directory, way, made, arena);
    else
        say_grant(directory, way, made, arena);
    return made;
}

// Those that let go first.
static bool say_all(const struct directory *directory, const struct access_ways *ways, struct arena *arena,
                    way_message ***list, size_t *count)
{
    *list = arena_array(arena, ways->count, sizeof(**list));
    *count = 0;
    for (int allowed = 1; *list && allowed >= 0; allowed--)
        for (size_t i = 0; i < ways->count; i++)
            if ((ways->list[i].standing.condition == ACCESS_HOLDS) == (allowed == 1))
                (*list)[(*count)++] = say(directory, &ways->list[i], arena);
    return !arena->exhausted;
}

static bool out_of_memory(struct status *status)
{
    return status_set(status, REASON(MESSAGE_TOO_LARGE), "the answer is too large");
}

static bool make_ways(struct access_ways *ways, struct arena *arena, struct status *status)
{
    *ways = (struct access_ways){.list = arena_array(arena, WAYS_MOST, sizeof(*ways->list)), .room = WAYS_MOST};
    return ways->list || out_of_memory(status);
}

static bool unit_seen(const struct service_answer_input *input, const struct uuid *unit_id)
{
    const struct directory_unit *unit = directory_find(input->directory, unit_id);
    struct access_record record = {.parties = unit_id, .party_count = 1};
    if (!unit)
        return false;
    record.place = unit->place;
    return access_covers(input->scope, &record);
}

// What lets is told to those whose unit it reaches, wherever it comes from; what does not, as far as they see where it
// stands.
static bool way_seen(const struct service_answer_input *input, const struct access_way *way)
{
    if (way->standing.condition == ACCESS_HOLDS)
        return true;
    const struct directory_post *post = directory_post(input->directory, &way->post_id);
    const struct directory_grant *grant = directory_grant(input->directory, &way->grant_id);
    return (post && unit_seen(input, &post->unit_id)) || (grant && unit_seen(input, &grant->unit_id));
}

static void leave_out_hidden(const struct service_answer_input *input, struct access_ways *ways)
{
    size_t kept = 0;
    for (size_t i = 0; i < ways->count; i++)
        if (way_seen(input, &ways->list[i]))
            ways->list[kept++] = ways->list[i];
    ways->count = kept;
}

static bool explain_post(const struct service_answer_input *input, const struct access_inquiry *inquiry,
                         const char *post_text, struct access_ways *ways)
{
    struct uuid id;
    const struct directory_post *post = uuid_parse(post_text, &id) ? directory_post(input->directory, &id) : NULL;
    if (post)
        access_explain_person(input->directory, inquiry, &post->person_id, &id, input->arena, ways);
    leave_out_hidden(input, ways);
    if (ways->count == 0)
        ways->list[ways->count++] = (struct access_way){.post_id = id, .standing = {ACCESS_POST_UNKNOWN, id}};
    return true;
}

static bool explain_who(const struct service_answer_input *input, const struct access_inquiry *inquiry,
                        struct access_ways *ways, struct status *status)
{
    const explain_request *request = (const void *)input->request;
    struct uuid id;
    switch (request->who_case) {
    case WHO(PERSON_ID):
        CHECK(uuid_parse(request->person_id, &id));
        access_explain_person(input->directory, inquiry, &id, NULL, input->arena, ways);
        leave_out_hidden(input, ways);
        return true;
    case WHO(POST_ID):
        return explain_post(input, inquiry, request->post_id, ways);
    case WHO(CLIENT_ID):
        CHECK(uuid_parse(request->client_id, &id));
        access_explain_client(input->directory, inquiry, &id, input->arena, ways);
        leave_out_hidden(input, ways);
        return true;
    case WHO(_NOT_SET):
    case _ANLAN__ORGANISATIONS__V1__EXPLAIN_ACCESS_REQUEST__WHO__CASE_IS_INT_SIZE:
        break;
    }
    return status_violate(status, input->arena, "person_id", "a person, post or client must be named");
}

bool access_answers_explain(const struct service_answer_input *input, ProtobufCMessage *reply, struct status *status)
{
    const explain_request *request = (const void *)input->request;
    Anlan__Organisations__V1__ExplainAccessResponse *made = (void *)reply;
    struct access_inquiry inquiry = {
        .permission = request->permission, .sector = *request->sector ? request->sector : NULL, .at = input->at};
    struct access_ways ways;
    CHECK(uuid_parse(request->unit_id, &inquiry.unit_id));
    if (!make_ways(&ways, input->arena, status))
        return false;
    directory_lock(input->directory);
    bool good = explain_who(input, &inquiry, &ways, status) &&
                (say_all(input->directory, &ways, input->arena, &made->ways, &made->n_ways) || out_of_memory(status));
    directory_unlock(input->directory);
    made->allowed = good && made->n_ways > 0 && made->ways[0]->allowed;
    made->directory_position = directory_position(input->directory);
    return good;
}

bool access_answers_list(const struct service_answer_input *input, ProtobufCMessage *reply, struct status *status)
{
    const Anlan__Organisations__V1__ListAccessRequest *request = (const void *)input->request;
    Anlan__Organisations__V1__ListAccessResponse *made = (void *)reply;
    struct access_inquiry inquiry = {
        .permission = request->permission, .sector = *request->sector ? request->sector : NULL, .at = input->at};
    struct access_ways ways;
    CHECK(uuid_parse(request->unit_id, &inquiry.unit_id));
    if (!make_ways(&ways, input->arena, status))
        return false;
    directory_lock(input->directory);
    access_explain_all(input->directory, &inquiry, &ways);
    bool good = say_all(input->directory, &ways, input->arena, &made->ways, &made->n_ways) || out_of_memory(status);
    directory_unlock(input->directory);
    made->truncated = ways.more;
    made->directory_position = directory_position(input->directory);
    return good;
}
