// SPDX-License-Identifier: Apache-2.0
#include "grant_checks.h"

#include <string.h>

#include "base/check.h"
#include "service/values.h"

typedef Anlan__Organisations__V1__Grant grant;

#define GRANTEE(name) ANLAN__ORGANISATIONS__V1__GRANTEE_KIND__GRANTEE_KIND_##name
#define POSTS_MOST 64

static const struct directory_words *words(const struct service_rule_input *input, char *const *list, size_t count)
{
    struct directory_words *made = arena_alloc(input->arena, sizeof(*made));
    if (made)
        *made = (struct directory_words){count, (const char *const *)list};
    return made;
}

bool grant_checks_view(const struct service_rule_input *input, const grant *record, struct directory_grant *view)
{
    *view = (struct directory_grant){.state = record->state,
                                     .ground = record->ground,
                                     .grantee_kind = record->grantee_kind,
                                     .depth = record->depth,
                                     .sectors = words(input, record->sectors, record->n_sectors),
                                     .permissions = words(input, record->permissions, record->n_permissions)};
    uuid_parse(record->id, &view->id);
    uuid_parse(record->grantor_post_id, &view->grantor_post_id);
    uuid_parse(record->grantor_person_id, &view->grantor_person_id);
    uuid_parse(record->parent_id, &view->parent_id);
    uuid_parse(record->grantee_id, &view->grantee_id);
    uuid_parse(record->unit_id, &view->unit_id);
    return view->sectors && view->permissions;
}

bool grant_checks_grantor_holds(const struct service_rule_input *input, const grant *record, struct status *status)
{
    struct directory_grant view;
    struct access_shortfall lacks = {0};
    char of[UUID_TEXT_SIZE];
    if (!grant_checks_view(input, record, &view))
        return false;
    if (access_grantor_holds(input->access, &view, input->now, input->arena, &lacks))
        return true;
    uuid_format(&lacks.standing.of, of);
    return status_set(status, REASON(GRANT_TOO_WIDE), "the grantor lacks %s%s%s: %s (%s)",
                      lacks.permission ? lacks.permission : "", lacks.sector ? " in " : "",
                      lacks.sector ? lacks.sector : "", access_condition_text(lacks.standing.condition, false), of);
}

bool grant_checks_is_caller(const struct service_rule_input *input, const char *person_id)
{
    struct uuid id;
    return uuid_parse(person_id, &id) && uuid_compare(&id, &input->caller->subject_id) == 0;
}

// A post of the caller is at the unit.
static bool has_post_at(const struct service_rule_input *input, const struct uuid *unit_id)
{
    const struct directory_post *held[POSTS_MOST];
    bool found = uuid_compare(unit_id, &input->caller->unit_id) == 0;
    directory_lock(input->access->directory);
    size_t count = directory_posts_of(input->access->directory, &input->caller->subject_id, held, COUNT_OF(held));
    for (size_t i = 0; i < count && !found; i++)
        found = uuid_compare(unit_id, &held[i]->unit_id) == 0 && held[i]->starts_at <= input->now &&
                input->now < held[i]->ends_at;
    directory_unlock(input->access->directory);
    return found;
}

static bool is_grantee(const struct service_rule_input *input, const struct directory_grant *view)
{
    return view->grantee_kind == GRANTEE(UNIT) ? has_post_at(input, &view->grantee_id)
                                               : uuid_compare(&view->grantee_id, &input->caller->subject_id) == 0;
}

bool grant_checks_decider(const struct service_rule_input *input, const grant *record, struct status *status)
{
    struct directory_grant view;
    if (!grant_checks_view(input, record, &view))
        return false;
    if (input->caller->is_client)
        return status_set(status, REASON(PERMISSION_MISSING), "a client decides on no grant");
    if (is_grantee(input, &view))
        return status_set(status, REASON(SAME_PERSON), "the grantee does not decide on a grant");
    if (grant_checks_is_caller(input, record->requested->person_id))
        return status_set(status, REASON(SAME_PERSON), "who asked for a grant does not decide on it");
    if (grant_checks_is_caller(input, record->grantor_person_id))
        return true;
    if (strcmp(record->requested->person_id, record->grantor_person_id) != 0)
        return status_set(status, REASON(PERMISSION_MISSING), "the grantor, %s, decides on it",
                          record->grantor_person_name);
    return access_own_post_covers(input->access, input->decision, &view, input->arena) ||
           status_set(status, REASON(PERMISSION_MISSING), "your own post does not cover what is granted");
}
