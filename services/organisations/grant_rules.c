// SPDX-License-Identifier: Apache-2.0
#include "grant_rules.h"

#include <string.h>

#include "grant_checks.h"
#include "organisations/facts.pb-c.h"
#include "record_rules.h"
#include "role_rules.h"
#include "service/values.h"

typedef Anlan__Organisations__V1__Grant grant;
typedef Anlan__Organisations__V1__GrantStep grant_step;
typedef Anlan__Organisations__V1__RequestGrantRequest request_request;
typedef Anlan__Organisations__Facts__GrantFacts grant_facts;

#define STATE(name) ANLAN__ORGANISATIONS__V1__GRANT_STATE__GRANT_STATE_##name
#define GROUND(name) ANLAN__ORGANISATIONS__V1__GRANT_GROUND__GRANT_GROUND_##name
#define GRANTEE(name) ANLAN__ORGANISATIONS__V1__GRANTEE_KIND__GRANTEE_KIND_##name
#define WHO(name) ANLAN__ORGANISATIONS__V1__REQUEST_GRANT_REQUEST__GRANTEE_##name

// What was done counts from when it was entered: nothing is approved or revoked in the past.
static grant_step *step(const struct service_rule_input *input, char *note)
{
    grant_step *made = arena_alloc(input->arena, sizeof(*made));
    if (!made)
        return NULL;
    anlan__organisations__v1__grant_step__init(made);
    made->person_id = service_uuid(&input->caller->subject_id, input->arena);
    made->person_name = arena_text(input->arena, input->caller->subject_name, strlen(input->caller->subject_name));
    made->unit_id = service_uuid(&input->caller->unit_id, input->arena);
    made->at = service_timestamp(input->now, input->arena);
    made->note = note;
    return made;
}

static bool check_times(const struct service_rule_input *input, const grant *asked, struct status *status)
{
    clock_time ends_at = service_time(asked->ends_at);
    if (ends_at <= input->now)
        return status_violate(status, input->arena, "ends_at", "must be in the future");
    if (asked->starts_at && ends_at <= service_time(asked->starts_at))
        return status_violate(status, input->arena, "ends_at", "must be after its beginning");
    return true;
}

static bool check_permissions(const struct service_rule_input *input, char *const *permissions, size_t count,
                              const char *tail, struct status *status)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(permissions[i]);
        size_t tail_length = strlen(tail);
        if (!role_rules_is_permission(permissions[i]) || length < tail_length ||
            strcmp(permissions[i] + length - tail_length, tail) != 0)
            return status_violate(status, input->arena, arena_printf(input->arena, "permissions[%zu]", i),
                                  *tail ? "must be a permission to read" : "must be noun.verb");
    }
    return true;
}

// The post by which it is given, as the directory knows it.
static bool take_grantor(const struct service_rule_input *input, const char *post_id, grant *made,
                         struct status *status)
{
    struct uuid id;
    struct directory *directory = input->access->directory;
    bool known = false;
    directory_lock(directory);
    const struct directory_post *post = uuid_parse(post_id, &id) ? directory_post(directory, &id) : NULL;
    if (post) {
        known = true;
        made->grantor_post_id = service_uuid(&post->id, input->arena);
        made->grantor_person_id = service_uuid(&post->person_id, input->arena);
        made->grantor_person_name = arena_text(input->arena, post->person_name, strlen(post->person_name));
        made->grantor_unit_id = service_uuid(&post->unit_id, input->arena);
    }
    directory_unlock(directory);
    return known || status_violate(status, input->arena, "grantor_post_id", "is no post");
}

static bool take_grantee(const struct service_rule_input *input, const request_request *request, grant *made,
                         struct status *status)
{
    const grant_facts *facts = (const grant_facts *)input->facts;
    const char *field = "grantee_person_id";
    switch (request->grantee_case) {
    case WHO(GRANTEE_PERSON_ID):
        made->grantee_kind = GRANTEE(PERSON);
        made->grantee_id = request->grantee_person_id;
        break;
    case WHO(GRANTEE_UNIT_ID):
        made->grantee_kind = GRANTEE(UNIT);
        made->grantee_id = request->grantee_unit_id;
        field = "grantee_unit_id";
        break;
    case WHO(GRANTEE_CLIENT_ID):
        made->grantee_kind = GRANTEE(CLIENT);
        made->grantee_id = request->grantee_client_id;
        field = "grantee_client_id";
        break;
    case WHO(_NOT_SET):
    case _ANLAN__ORGANISATIONS__V1__REQUEST_GRANT_REQUEST__GRANTEE__CASE_IS_INT_SIZE:
        return status_violate(status, input->arena, field, "a person, unit or client must receive it");
    }
    made->grantee_name = facts->grantee_name;
    made->grantee_unit_id = facts->grantee_unit_id;
    return *facts->grantee_name || status_violate(status, input->arena, field, "is not there, or its time is over");
}

// The unit's place as the directory knows it; *active: it is there, and not retired.
static struct directory_place find_unit(const struct service_rule_input *input, const struct uuid *unit_id, grant *made,
                                        bool *active)
{
    struct directory_place place = {0};
    directory_lock(input->access->directory);
    const struct directory_unit *unit = directory_find(input->access->directory, unit_id);
    if (unit)
        place = unit->place;
    *active = unit && !unit->retired;
    directory_unlock(input->access->directory);
    made->unit_id = service_uuid(unit_id, input->arena);
    made->place = service_place(&place, input->arena);
    return place;
}

static bool unit_fits(const struct service_rule_input *input, const struct uuid *unit_id, bool active,
                      struct status *status)
{
    if (!active)
        return status_violate(status, input->arena, "unit_id", "is not there, or retired");
    return access_unit_grantable(input->access, unit_id) ||
           status_violate(status, input->arena, "unit_id", "has too many units below it: grant a tier");
}

static bool take_unit(const struct service_rule_input *input, const struct uuid *unit_id, grant *made,
                      struct status *status)
{
    bool active = false;
    find_unit(input, unit_id, made, &active);
    return unit_fits(input, unit_id, active, status);
}

static void begin(const struct service_rule_input *input, grant *made, char *reason, char *document)
{
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->state = STATE(REQUESTED);
    made->reason = reason;
    made->document = document;
    made->requested = step(input, (char *)"");
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
}

static bool check_asked(const struct service_rule_input *input, const grant *made, struct status *status)
{
    if (input->caller->is_client)
        return status_set(status, REASON(PERMISSION_MISSING), "a client asks for no grant");
    if (strcmp(made->grantee_id, made->grantor_person_id) == 0)
        return status_violate(status, input->arena, "grantee_person_id", "is the grantor himself");
    return check_times(input, made, status) && grant_checks_grantor_holds(input, made, status);
}

// Of a unit that the caller does not see it is first asked whether the grantor holds it, which he does as little of one
// that is not there.
static bool check_unit_asked(const struct service_rule_input *input, grant *made, struct status *status)
{
    const request_request *request = (const void *)input->request;
    struct uuid unit_id = {{0}};
    struct access_record record = {.parties = &unit_id, .party_count = 1};
    bool active = false;
    uuid_parse(request->unit_id, &unit_id);
    record.place = find_unit(input, &unit_id, made, &active);
    if (access_covers(input->decision, &record) && !unit_fits(input, &unit_id, active, status))
        return false;
    return check_asked(input, made, status) && unit_fits(input, &unit_id, active, status);
}

bool grant_rules_request(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const request_request *request = (const void *)input->request;
    grant *made = (grant *)after;
    (void)before;
    if (request->ground == GROUND(BREAK_GLASS))
        return status_violate(status, input->arena, "ground", "BreakGlass makes these");
    if (!check_permissions(input, request->permissions, request->n_permissions, "", status) ||
        !take_grantor(input, request->grantor_post_id, made, status) || !take_grantee(input, request, made, status))
        return false;
    begin(input, made, request->reason, request->document);
    made->ground = request->ground;
    made->parent_id = request->parent_id;
    made->n_sectors = request->n_sectors;
    made->sectors = request->sectors;
    made->n_permissions = request->n_permissions;
    made->permissions = request->permissions;
    made->starts_at = request->starts_at;
    made->ends_at = request->ends_at;
    made->depth = request->depth;
    return check_unit_asked(input, made, status);
}

// What the directory knows of the grant that is to go on.
static bool copy_grant(const struct service_rule_input *input, const char *id_text, grant *made)
{
    struct uuid id;
    struct directory *directory = input->access->directory;
    directory_lock(directory);
    const struct directory_grant *old = uuid_parse(id_text, &id) ? directory_grant(directory, &id) : NULL;
    if (old) {
        made->ground = old->ground;
        made->parent_id = service_uuid(&old->parent_id, input->arena);
        made->grantor_post_id = service_uuid(&old->grantor_post_id, input->arena);
        made->grantee_kind = old->grantee_kind;
        made->grantee_id = service_uuid(&old->grantee_id, input->arena);
        made->unit_id = service_uuid(&old->unit_id, input->arena);
        made->n_sectors = old->sectors->count;
        made->sectors = (char **)old->sectors->words;
        made->n_permissions = old->permissions->count;
        made->permissions = (char **)old->permissions->words;
        made->depth = old->depth;
        made->starts_at = service_timestamp(old->ends_at, input->arena);
        made->state = old->state;
    }
    directory_unlock(directory);
    return old != NULL;
}

bool grant_rules_renew(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                       struct status *status)
{
    const Anlan__Organisations__V1__RenewGrantRequest *request = (const void *)input->request;
    const grant_facts *facts = (const grant_facts *)input->facts;
    grant *made = (grant *)after;
    struct uuid unit_id;
    (void)before;
    if (!facts || !copy_grant(input, request->id, made))
        return status_set(status, REASON(RECORD_NOT_FOUND), "no such grant within your scope");
    if (made->state != STATE(APPROVED) || made->ground == GROUND(BREAK_GLASS))
        return status_set(status, REASON(STATE_CONFLICT), "only an approved grant goes on");
    if (!take_grantor(input, made->grantor_post_id, made, status) || !uuid_parse(made->unit_id, &unit_id) ||
        !take_unit(input, &unit_id, made, status))
        return false;
    begin(input, made, request->reason, request->document);
    made->grantee_name = facts->grantee_name;
    made->grantee_unit_id = facts->grantee_unit_id;
    made->ends_at = request->ends_at;
    made->renews_id = request->id;
    return check_asked(input, made, status);
}

static bool check_waiting(const struct service_rule_input *input, const grant *was, int64_t version,
                          struct status *status)
{
    if (!record_version_is(was->version, version, status))
        return false;
    if (was->state != STATE(REQUESTED))
        return status_set(status, REASON(STATE_CONFLICT), "the grant does not wait for a decision");
    return grant_checks_decider(input, was, status);
}

bool grant_rules_approve(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__ApproveGrantRequest *request = (const void *)input->request;
    const grant *was = (const grant *)before;
    grant *now = (grant *)after;
    if (!check_waiting(input, was, request->version, status))
        return false;
    if (service_time(was->ends_at) <= input->now)
        return status_set(status, REASON(STATE_CONFLICT), "its time is over");
    if (!grant_checks_grantor_holds(input, was, status))
        return false;
    now->version = was->version + 1;
    now->state = STATE(APPROVED);
    now->decided = step(input, request->note);
    if (!was->starts_at || service_time(was->starts_at) < input->now)
        now->starts_at = service_timestamp(input->now, input->arena);
    return true;
}

bool grant_rules_refuse(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                        struct status *status)
{
    const Anlan__Organisations__V1__RefuseGrantRequest *request = (const void *)input->request;
    const grant *was = (const grant *)before;
    grant *now = (grant *)after;
    if (!check_waiting(input, was, request->version, status))
        return false;
    now->version = was->version + 1;
    now->state = STATE(REFUSED);
    now->decided = step(input, request->note);
    return true;
}

bool grant_rules_revoke(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                        struct status *status)
{
    const Anlan__Organisations__V1__RevokeGrantRequest *request = (const void *)input->request;
    const grant *was = (const grant *)before;
    grant *now = (grant *)after;
    if (!record_version_is(was->version, request->version, status))
        return false;
    if (was->state != STATE(APPROVED) && was->state != STATE(REQUESTED))
        return status_set(status, REASON(STATE_CONFLICT), "the grant is refused or revoked already");
    now->version = was->version + 1;
    now->state = STATE(REVOKED);
    now->revoked = step(input, request->note);
    return true;
}

// Who breaks the glass is grantor and grantee; the unit is his tenant.
bool grant_rules_break_glass(const struct service_rule_input *input, const ProtobufCMessage *before,
                             ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__BreakGlassRequest *request = (const void *)input->request;
    const grant_facts *facts = (const grant_facts *)input->facts;
    struct directory *directory = input->access->directory;
    grant *made = (grant *)after;
    struct uuid tenant_id = {{0}};
    (void)before;
    if (input->caller->is_client || uuid_is_nil(&input->caller->post_id) || !*facts->grantee_name)
        return status_set(status, REASON(PERMISSION_MISSING), "only a person in a post of the directory may");
    directory_lock(directory);
    const struct directory_unit *unit = directory_find(directory, &input->caller->unit_id);
    if (unit)
        tenant_id = unit->tenant_id;
    directory_unlock(directory);
    if (uuid_is_nil(&tenant_id))
        return status_set(status, REASON(STATE_CONFLICT), "the unit belongs to no tenant");
    if (!check_permissions(input, request->permissions, request->n_permissions, ".read", status) ||
        !take_grantor(input, service_uuid(&input->caller->post_id, input->arena), made, status) ||
        !take_unit(input, &tenant_id, made, status))
        return false;
    begin(input, made, request->reason, (char *)"");
    made->state = STATE(APPROVED);
    made->ground = GROUND(BREAK_GLASS);
    made->grantee_kind = GRANTEE(PERSON);
    made->grantee_id = made->grantor_person_id;
    made->grantee_name = facts->grantee_name;
    made->grantee_unit_id = facts->grantee_unit_id;
    made->n_permissions = request->n_permissions;
    made->permissions = request->permissions;
    made->starts_at = service_timestamp(input->now, input->arena);
    made->ends_at = service_timestamp(input->now + request->minutes * 60 * CLOCK_SECOND, input->arena);
    return grant_checks_grantor_holds(input, made, status);
}

bool grant_rules_review(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                        struct status *status)
{
    const Anlan__Organisations__V1__ReviewGrantRequest *request = (const void *)input->request;
    const grant *was = (const grant *)before;
    grant *now = (grant *)after;
    if (!record_version_is(was->version, request->version, status))
        return false;
    if (was->ground != GROUND(BREAK_GLASS) || was->reviewed)
        return status_set(status, REASON(STATE_CONFLICT), "it was not taken in an emergency, or is reviewed");
    if (grant_checks_is_caller(input, was->grantor_person_id))
        return status_set(status, REASON(SAME_PERSON), "%s took it", was->grantor_person_name);
    now->version = was->version + 1;
    now->reviewed = step(input, request->note);
    now->verdict = request->verdict;
    return true;
}
