// SPDX-License-Identifier: Apache-2.0
#include "support/acting.h"

#include "access/token.h"
#include "base/check.h"
#include "service/values.h"
#include "support/ask.h"

static struct person admin(struct instance *instance)
{
    return as_at(instance, "administrator", instance->instance_id, "系统管理员");
}

struct actor actor_in(struct instance *instance, struct actor actor, const char *role, const char *unit_id)
{
    const char *made = ask_well(instance, admin(instance), "CreatePost",
                                "{'personId': '%s', 'unitId': '%s', 'role': '%s', 'document': '任命'}", actor.person_id,
                                unit_id, role);
    actor.post_id = reply_at(instance, made, "post.id");
    return actor;
}

struct actor actor_new(struct instance *instance, const char *role, const char *unit_id, const char *name,
                       const char *sector)
{
    struct actor actor = {.name = name};
    const char *made =
        ask_well(instance, admin(instance), "CreatePerson", "{'unitId': '%s', 'name': '%s'}", unit_id, name);
    actor.person_id = reply_at(instance, made, "person.id");
    if (!sector)
        return actor_in(instance, actor, role, unit_id);
    made = ask_well(instance, admin(instance), "CreatePost",
                    "{'personId': '%s', 'unitId': '%s', 'role': '%s', 'sectors': ['%s']}", actor.person_id, unit_id,
                    role, sector);
    actor.post_id = reply_at(instance, made, "post.id");
    return actor;
}

struct actor actor_client(struct instance *instance, const char *name)
{
    const char *made = ask_well(instance, admin(instance), "RegisterClient",
                                "{'name': '%s', 'unitId': '%s', 'endsAt': '2099-01-01T00:00:00Z', 'document': '协议', "
                                "'certificateDigest': 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='}",
                                name, instance->ids[COUNTY_150424]);
    return (struct actor){.person_id = reply_at(instance, made, "client.id"), .name = name};
}

struct person acting(struct instance *instance, struct actor actor, ...)
{
    struct arena *arena = &instance->arena;
    struct person person = {{0}};
    char *grants[ACTING_GRANTS_MOST];
    struct uuid token = uuid_make(clock_now());
    Anlan__Rpc__V1__ActingPost post = ANLAN__RPC__V1__ACTING_POST__INIT;
    Anlan__Rpc__V1__Claims claims = ANLAN__RPC__V1__CLAIMS__INIT;
    va_list given;
    va_start(given, actor);
    for (char *grant = va_arg(given, char *); grant; grant = va_arg(given, char *)) {
        CHECK(claims.n_grant_ids < ACTING_GRANTS_MOST);
        grants[claims.n_grant_ids++] = grant;
    }
    va_end(given);
    post.unit_id = instance->instance_id;    // the directory knows better
    post.post_id = (char *)actor.post_id;
    claims.instance_id = instance->instance_id;
    claims.token_id = service_uuid(&token, arena);
    claims.subject_id = (char *)actor.person_id;
    claims.subject_name = (char *)actor.name;
    claims.subject_kind = actor.post_id ? ANLAN__RPC__V1__SUBJECT_KIND__SUBJECT_KIND_PERSON
                                        : ANLAN__RPC__V1__SUBJECT_KIND__SUBJECT_KIND_CLIENT;
    claims.post = actor.post_id ? &post : NULL;
    claims.grant_ids = grants;
    claims.issued_at = service_timestamp(clock_now(), arena);
    claims.expires_at = service_timestamp(clock_now() + 3600 * CLOCK_SECOND, arena);
    CHECK(access_token_sign(instance->key, ANLAN__RPC__V1__KEY_PURPOSE__KEY_PURPOSE_TOKEN, &claims, arena,
                            &person.credential));
    return person;
}

const char *unit_new(struct instance *instance, const char *parent_id, const char *kind, const char *name)
{
    return reply_at(instance,
                    ask_well(instance, admin(instance), "CreateUnit", "{'parentId': '%s', 'kind': '%s', 'name': '%s'}",
                             parent_id, kind, name),
                    "unit.id");
}
