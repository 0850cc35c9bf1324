// SPDX-License-Identifier: Apache-2.0
#include "unit_rules.h"

#include <string.h>

#include "organisations/facts.pb-c.h"
#include "phones.h"
#include "record_rules.h"
#include "service/values.h"
#include "unit_kinds.h"

typedef Anlan__Organisations__V1__Unit unit;
typedef Anlan__Organisations__V1__Profile profile;
typedef Anlan__Organisations__V1__Former former;
typedef Anlan__Organisations__Facts__UnitFacts unit_facts;

static bool check_code(const struct service_rule_input *input, const struct unit_kind *kind, const char *code,
                       struct status *status)
{
    const unit_facts *facts = (const unit_facts *)input->facts;
    if (*code && kind->digits == 0)
        return status_violate(status, input->arena, "code", "belongs to tiers and villages only");
    if ((*code || (kind->traits & UNIT_NEEDS_CODE) != 0) && strlen(code) != kind->digits)
        return status_violate(status, input->arena, "code", "must have %zu digits for this kind", kind->digits);
    return !facts->code_taken ||
           status_set(status, REASON(RECORD_EXISTS), "another unit has the division code %s", code);
}

static bool check_credit_code(const struct service_rule_input *input, const char *code, struct status *status)
{
    const unit_facts *facts = (const unit_facts *)input->facts;
    return !facts->credit_code_taken ||
           status_set(status, REASON(RECORD_EXISTS), "another active unit has the credit code %s", code);
}

static bool check_parent(const struct service_rule_input *input, const struct unit_kind *kind, struct status *status)
{
    const unit_facts *facts = (const unit_facts *)input->facts;
    if (!input->unit) {
        if (!input->whole_instance)
            return status_set(status, REASON(PERMISSION_MISSING), "only the instance's administrator makes a top");
        return kind->level >= 0 || status_set(status, REASON(TIER_CONFLICT), "only a tier can be the top of the tree");
    }
    if (!unit_kind_fits(kind, input->unit->kind))
        return status_set(status, REASON(TIER_CONFLICT), "a unit of this kind cannot stand below that one");
    return !facts->parent_retired || status_set(status, REASON(STATE_CONFLICT), "the unit above is retired");
}

static bool take_phones(const struct service_rule_input *input, const profile *given, const profile *before,
                        profile *made, unit *whole, struct status *status)
{
    struct phone was[2] = {{0}};
    struct phone now[2];
    if (before) {
        was[0] = (struct phone){before->responsible_phone, before->responsible_phone_digest};
        was[1] = (struct phone){before->safety_phone, before->safety_phone_digest};
    }
    if (!phone_take(input, "profile.responsible_phone", given->responsible_phone, before ? &was[0] : NULL, &now[0],
                    &whole->withheld, status) ||
        !phone_take(input, "profile.safety_phone", given->safety_phone, before ? &was[1] : NULL, &now[1],
                    &whole->withheld, status))
        return false;
    made->responsible_phone = now[0].shown;
    made->responsible_phone_digest = now[0].digest;
    made->safety_phone = now[1].shown;
    made->safety_phone_digest = now[1].digest;
    return true;
}

// The profile as a request gives it, phones masked.
static bool take_profile(const struct service_rule_input *input, const profile *given, const profile *before, unit *now,
                         struct status *status)
{
    const unit_facts *facts = (const unit_facts *)input->facts;
    now->profile = NULL;
    if (!given)
        return true;
    if ((unit_kind_of(now->kind)->traits & UNIT_HAS_PROFILE) == 0)
        return status_violate(status, input->arena, "profile", "belongs to enterprises and places only");
    if (facts->regulators_known != (int32_t)given->n_regulator_ids)
        return status_violate(status, input->arena, "profile.regulator_ids",
                              "must be different departments, offices or regulators that are active");
    now->profile = arena_alloc(input->arena, sizeof(*now->profile));
    if (!now->profile)
        return false;
    *now->profile = *given;
    return take_phones(input, given, before, now->profile, now, status);
}

// A new id, or the one that another instance has given it.
static bool take_id(const struct service_rule_input *input, const char *given, unit *made, struct uuid *id,
                    struct status *status)
{
    const unit_facts *facts = (const unit_facts *)input->facts;
    *id = input->new_id;
    if (*given && !input->whole_instance)
        return status_set(status, REASON(PERMISSION_MISSING), "only the instance's administrator gives an id");
    if (*given && (!uuid_parse(given, id) || uuid_is_nil(id)))
        return status_violate(status, input->arena, "id", "must not be nil");
    made->id = service_uuid(id, input->arena);
    return !facts->id_taken || status_set(status, REASON(RECORD_EXISTS), "there is a unit with this id");
}

static void take_standing(const struct service_rule_input *input, const struct unit_kind *kind, const struct uuid *id,
                          unit *made)
{
    const unit_facts *facts = (const unit_facts *)input->facts;
    struct directory_place place = service_place_of(facts->parent_place);
    if (kind->level >= 0)
        place.levels[kind->level] = *id;
    made->place = service_place(&place, input->arena);
    made->is_tenant = (kind->traits & UNIT_IS_TENANT) != 0;
    made->tenant_id = made->is_tenant ? made->id : facts->parent_tenant_id;
}

bool unit_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                       struct status *status)
{
    const Anlan__Organisations__V1__CreateUnitRequest *request = (const void *)input->request;
    const struct unit_kind *kind = unit_kind_of(request->kind);
    unit *made = (unit *)after;
    struct uuid id;
    (void)before;
    if (!check_code(input, kind, request->code, status) || !check_credit_code(input, request->credit_code, status) ||
        !check_parent(input, kind, status) || !take_id(input, request->id, made, &id, status))
        return false;
    made->kind = request->kind;
    if (!take_profile(input, request->profile, NULL, made, status))
        return false;
    made->version = 1;
    made->parent_id = request->parent_id;
    made->name = request->name;
    made->code = request->code;
    made->credit_code = request->credit_code;
    take_standing(input, kind, &id, made);
    made->n_sectors = request->n_sectors;
    made->sectors = request->sectors;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    return true;
}

// What has been called something has been called it until now: appends to texts and times, whose arrays are the
// record's own.
static void append_former(const struct service_rule_input *input, char ***texts, size_t *text_count,
                          Google__Protobuf__Timestamp ***times, size_t *time_count, char *text)
{
    size_t count = *text_count;
    char **more_texts = arena_array(input->arena, count + 1, sizeof(*more_texts));
    Google__Protobuf__Timestamp **more_times = arena_array(input->arena, count + 1, sizeof(*more_times));
    if (!more_texts || !more_times)
        return;
    for (size_t i = 0; i < count; i++) {
        more_texts[i] = (*texts)[i];
        more_times[i] = (*times)[i];
    }
    more_texts[count] = text;
    more_times[count] = service_timestamp(input->occurred_at, input->arena);
    *texts = more_texts;
    *times = more_times;
    *text_count = *time_count = count + 1;
}

// The unit's history as one that may be added to; NULL where the arena is full.
static former *own_former(const struct service_rule_input *input, const unit *was, unit *now)
{
    now->former = arena_alloc(input->arena, sizeof(*now->former));
    if (!now->former)
        return NULL;
    anlan__organisations__v1__former__init(now->former);
    if (was->former)
        *now->former = *was->former;
    return now->former;
}

static bool check_change(const unit *was, int64_t version, struct status *status)
{
    if (!record_version_is(was->version, version, status))
        return false;
    return !was->retired_at || status_set(status, REASON(STATE_CONFLICT), "the unit is retired");
}

bool unit_rules_update(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                       struct status *status)
{
    const Anlan__Organisations__V1__UpdateUnitRequest *request = (const void *)input->request;
    const unit *was = (const unit *)before;
    unit *now = (unit *)after;
    if (!check_change(was, request->version, status) || !check_credit_code(input, request->credit_code, status) ||
        !take_profile(input, request->profile, was->profile, now, status))
        return false;
    former *names = strcmp(was->name, request->name) != 0 ? own_former(input, was, now) : NULL;
    if (names)
        append_former(input, &names->names, &names->n_names, &names->names_until, &names->n_names_until, was->name);
    now->version = was->version + 1;
    now->name = request->name;
    now->n_sectors = request->n_sectors;
    now->sectors = request->sectors;
    now->credit_code = request->credit_code;
    return true;
}

bool unit_rules_set_code(const struct service_rule_input *input, const ProtobufCMessage *before,
                         ProtobufCMessage *after, struct status *status)
{
    const Anlan__Organisations__V1__SetUnitCodeRequest *request = (const void *)input->request;
    const unit *was = (const unit *)before;
    unit *now = (unit *)after;
    if (!check_change(was, request->version, status) ||
        !check_code(input, unit_kind_of(was->kind), request->code, status))
        return false;
    former *codes = *was->code && strcmp(was->code, request->code) != 0 ? own_former(input, was, now) : NULL;
    if (codes)
        append_former(input, &codes->codes, &codes->n_codes, &codes->codes_until, &codes->n_codes_until, was->code);
    now->version = was->version + 1;
    now->code = request->code;
    return true;
}

bool unit_rules_retire(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                       struct status *status)
{
    const Anlan__Organisations__V1__RetireUnitRequest *request = (const void *)input->request;
    const unit_facts *facts = (const unit_facts *)input->facts;
    const struct directory_unit *successor = service_named_unit(input, "successor_id");
    const unit *was = (const unit *)before;
    unit *now = (unit *)after;
    if (!check_change(was, request->version, status))
        return false;
    if (facts->has_active_children)
        return status_set(status, REASON(STATE_CONFLICT), "units below it are active");
    if (facts->oversees)
        return status_set(status, REASON(STATE_CONFLICT), "it oversees by the responsibility list");
    if (successor && (successor->retired || strcmp(request->successor_id, was->id) == 0))
        return status_violate(status, input->arena, "successor_id", "must be another unit that is active");
    now->version = was->version + 1;
    now->retired_at = service_timestamp(input->occurred_at, input->arena);
    now->retired_reason = request->reason;
    now->successor_id = request->successor_id;
    return true;
}
