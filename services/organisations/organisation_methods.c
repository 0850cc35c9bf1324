// SPDX-License-Identifier: Apache-2.0
#include "organisation_methods.h"

#include "access_answers.h"
#include "account_rules.h"
#include "anlan/organisations/v1/access.pb-c.h"
#include "anlan/organisations/v1/grants.pb-c.h"
#include "anlan/organisations/v1/people.pb-c.h"
#include "anlan/organisations/v1/responsibilities.pb-c.h"
#include "anlan/organisations/v1/roles.pb-c.h"
#include "anlan_organisations_v1.policy.h"
#include "base/check.h"
#include "beginning.h"
#include "client_rules.h"
#include "duty_methods.h"
#include "grant_rules.h"
#include "instance_methods.h"
#include "instance_rules.h"
#include "organisations/facts.pb-c.h"
#include "organisations_migrations.h"
#include "organisations_sql_statements.h"
#include "person_rules.h"
#include "post_rules.h"
#include "responsibility_rules.h"
#include "role_rules.h"
#include "sign_in_methods.h"
#include "sign_in_rules.h"
#include "unit_moves.h"
#include "unit_rules.h"

static const char *const parties[] = {"id"};

static const struct service_streamed units_streamed = {
    .snapshot = &organisations_sql_unit_snapshot,
    .seen = &organisations_sql_unit_seen,
};

static const struct service_record unit_record = {
    .message = &anlan__organisations__v1__unit__descriptor,
    .insert = &organisations_sql_unit_insert,
    .update = &organisations_sql_unit_update,
    .rows = &organisations_sql_unit_rows,
    .sector_field = "",
    .party_fields = parties,
    .party_count = COUNT_OF(parties),
    .withheld_field = "withheld",
    .streamed = &units_streamed,
};

static const char *const unit_party[] = {"unit_id"};

static const struct service_record person_record = {
    .message = &anlan__organisations__v1__person__descriptor,
    .insert = &organisations_sql_person_insert,
    .update = &organisations_sql_person_update,
    .rows = &organisations_sql_person_rows,
    .sector_field = "",
    .party_fields = unit_party,
    .party_count = COUNT_OF(unit_party),
    .located_by = "unit_id",
    .withheld_field = "withheld",
};

static const struct service_record post_record = {
    .message = &anlan__organisations__v1__post__descriptor,
    .insert = &organisations_sql_post_insert,
    .update = &organisations_sql_post_update,
    .rows = &organisations_sql_post_rows,
    .sector_field = "",
    .party_fields = unit_party,
    .party_count = COUNT_OF(unit_party),
    .located_by = "unit_id",
};

static const char *const line_parties[] = {"unit_id", "overseer_unit_id"};

static const struct service_record responsibility_record = {
    .message = &anlan__organisations__v1__responsibility__descriptor,
    .insert = &organisations_sql_responsibility_insert,
    .update = &organisations_sql_responsibility_update,
    .rows = &organisations_sql_responsibility_rows,
    .sector_field = "",
    .party_fields = line_parties,
    .party_count = COUNT_OF(line_parties),
    .located_by = "unit_id",
};

static const struct service_record role_record = {
    .message = &anlan__organisations__v1__role__descriptor,
    .insert = &organisations_sql_role_insert,
    .update = &organisations_sql_role_update,
    .rows = &organisations_sql_role_rows,
    .sector_field = "",
};

static const char *const grant_parties[] = {"unit_id", "grantor_unit_id", "grantee_unit_id"};

static const struct service_record grant_record = {
    .message = &anlan__organisations__v1__grant__descriptor,
    .insert = &organisations_sql_grant_insert,
    .update = &organisations_sql_grant_update,
    .rows = &organisations_sql_grant_rows,
    .sector_field = "",
    .party_fields = grant_parties,
    .party_count = COUNT_OF(grant_parties),
};

// Answered, never kept.
static const struct service_record resolution = {
    .message = &anlan__organisations__v1__resolution__descriptor,
    .sector_field = "",
};

static const struct service_record way = {
    .message = &anlan__organisations__v1__access_way__descriptor,
    .sector_field = "",
};

static const struct service_record revealed = {
    .message = &anlan__organisations__v1__revealed_phone__descriptor,
    .sector_field = "",
};

static const struct service_list tree = {
    .all = &organisations_sql_unit_list_all,
    .level = {&organisations_sql_unit_list_level_region, &organisations_sql_unit_list_level_city,
              &organisations_sql_unit_list_level_county, &organisations_sql_unit_list_level_township},
    .pairs = &organisations_sql_unit_list_pairs,
};
static const struct service_lists units = {.list = {&tree}, .page_default = 50, .page_most = 1000};

// One statement for every scope: what the request names is read by an index of its own.
static const struct service_list found = {.pairs = &organisations_sql_unit_search};
static const struct service_list of_unit = {.pairs = &organisations_sql_person_list};
static const struct service_list held = {.pairs = &organisations_sql_post_list};
static const struct service_list lines = {.pairs = &organisations_sql_responsibility_list};
static const struct service_list named = {.pairs = &organisations_sql_role_list};
static const struct service_list granted = {.pairs = &organisations_sql_grant_list};
static const struct service_lists role_lists = {.list = {&named}, .page_default = 100, .page_most = 500};
static const struct service_lists grant_lists = {.list = {&granted}, .page_default = 50, .page_most = 500};
static const struct service_lists search = {.list = {&found}, .page_default = 20, .page_most = 200};
static const struct service_lists people = {.list = {&of_unit}, .page_default = 50, .page_most = 500};
static const struct service_lists posts = {.list = {&held}, .page_default = 50, .page_most = 500};
static const struct service_lists responsibilities = {.list = {&lines}, .page_default = 50, .page_most = 500};

#define PERSON_FACTS (&anlan__organisations__facts__person_facts__descriptor)
#define ACCOUNT_FACTS (&anlan__organisations__facts__account_facts__descriptor)
// What changes an instance that is known.
#define INSTANCE_STEP(method, what)                                                                                    \
    {                                                                                                                  \
        .name = (method), .record = &instance_record, .load = &organisations_sql_instance_get, .rule = (what)          \
    }
#define CLIENT_FACTS (&anlan__organisations__facts__client_facts__descriptor)
#define RESPONSIBILITY_FACTS (&anlan__organisations__facts__responsibility_facts__descriptor)
#define ROLE_FACTS (&anlan__organisations__facts__role_facts__descriptor)
#define GRANT_FACTS (&anlan__organisations__facts__grant_facts__descriptor)
#define DUTY_FACTS (&anlan__organisations__facts__duty_facts__descriptor)
#define UNIT_FACTS (&anlan__organisations__facts__unit_facts__descriptor)

// An administrator changes an account, or its person does.
#define ACCOUNT_CHANGE                                                                                                 \
    .record = &account_record, .load = &organisations_sql_account_change_facts, .load_sees_tenant = true,              \
    .facts = ACCOUNT_FACTS
#define ACCOUNT_OWN                                                                                                    \
    .record = &account_record, .load = &organisations_sql_account_own, .load_sees_tenant = true, .facts = ACCOUNT_FACTS
#define NEW_GRANT(method, sql, decided_by, tenant)                                                                     \
    {                                                                                                                  \
        .name = (method), .record = &grant_record, .creates = true, .load = &organisations_sql_##sql,                  \
        .load_sees_tenant = (tenant), .facts = GRANT_FACTS, .rule = (decided_by)                                       \
    }

#define GRANT_STEP(method, decided_by)                                                                                 \
    {                                                                                                                  \
        .name = (method), .record = &grant_record, .load = &organisations_sql_grant_get, .rule = (decided_by)          \
    }

#define DUTY_NEW(method, kind, sql, decided_by)                                                                        \
    {                                                                                                                  \
        .name = (method), .record = &kind##_record, .creates = true, .load = &organisations_sql_##sql,                 \
        .load_sees_tenant = true, .facts = DUTY_FACTS, .rule = (decided_by)                                            \
    }

// Loads that see the tenant are confined by their own conditions: what is unique is unique in the instance, whoever may
// see its holder.
static const struct service_method methods[] = {
    {.name = "CreateUnit",
     .record = &unit_record,
     .creates = true,
     .load = &organisations_sql_unit_create_facts,
     .load_sees_tenant = true,
     .facts = UNIT_FACTS,
     .rule = unit_rules_create},
    {.name = "UpdateUnit",
     .record = &unit_record,
     .load = &organisations_sql_unit_update_facts,
     .load_sees_tenant = true,
     .facts = UNIT_FACTS,
     .rule = unit_rules_update},
    {.name = "SetUnitCode",
     .record = &unit_record,
     .load = &organisations_sql_unit_code_facts,
     .load_sees_tenant = true,
     .facts = UNIT_FACTS,
     .rule = unit_rules_set_code},
    {.name = "RetireUnit",
     .record = &unit_record,
     .load = &organisations_sql_unit_retire_facts,
     .load_sees_tenant = true,
     .facts = UNIT_FACTS,
     .rule = unit_rules_retire},
    {.name = "MoveUnit",
     .record = &unit_record,
     .load = &organisations_sql_unit_move_facts,
     .load_sees_tenant = true,
     .facts = UNIT_FACTS,
     .rule_many = unit_moves_move},
    {.name = "MergeUnits",
     .record = &unit_record,
     .load = &organisations_sql_unit_merge_facts,
     .load_sees_tenant = true,
     .facts = UNIT_FACTS,
     .rule_many = unit_moves_merge},
    {.name = "GetUnit", .query = &organisations_sql_unit_get, .record = &unit_record},
    {.name = "ListUnits", .lists = &units, .record = &unit_record},
    {.name = "SearchUnits", .lists = &search, .record = &unit_record},
    {.name = "CreatePerson",
     .record = &person_record,
     .creates = true,
     .load = &organisations_sql_person_create_facts,
     .load_sees_tenant = true,
     .facts = PERSON_FACTS,
     .rule = person_rules_create},
    {.name = "UpdatePerson",
     .record = &person_record,
     .load = &organisations_sql_person_update_facts,
     .facts = PERSON_FACTS,
     .rule = person_rules_update},
    {.name = "RetirePerson",
     .record = &person_record,
     .load = &organisations_sql_person_retire_facts,
     .load_sees_tenant = true,
     .facts = PERSON_FACTS,
     .rule = person_rules_retire},
    {.name = "GetPerson", .query = &organisations_sql_person_get, .record = &person_record},
    {.name = "ListPeople", .lists = &people, .record = &person_record},
    {.name = "RevealPhone", .query = &organisations_sql_phone_reveal, .query_sees_tenant = true, .record = &revealed},
    {.name = "CreatePost",
     .record = &post_record,
     .creates = true,
     .load = &organisations_sql_post_create_facts,
     .load_sees_tenant = true,
     .facts = PERSON_FACTS,
     .rule = post_rules_create},
    {.name = "EndPost", .record = &post_record, .load = &organisations_sql_post_get, .rule = post_rules_end},
    {.name = "ListPosts", .lists = &posts, .record = &post_record},
    {.name = "CreateResponsibility",
     .record = &responsibility_record,
     .creates = true,
     .load = &organisations_sql_responsibility_create_facts,
     .load_sees_tenant = true,
     .facts = RESPONSIBILITY_FACTS,
     .rule = responsibility_rules_create},
    {.name = "EndResponsibility",
     .record = &responsibility_record,
     .load = &organisations_sql_responsibility_get,
     .rule = responsibility_rules_end},
    {.name = "ListResponsibilities", .lists = &responsibilities, .record = &responsibility_record},
    {.name = "ResolveResponsibility",
     .query = &organisations_sql_responsibility_resolve,
     .query_sees_tenant = true,
     .record = &resolution},
    {.name = "CreateRole",
     .record = &role_record,
     .creates = true,
     .load = &organisations_sql_role_create_facts,
     .load_sees_tenant = true,
     .facts = ROLE_FACTS,
     .rule = role_rules_create},
    {.name = "UpdateRole", .record = &role_record, .load = &organisations_sql_role_get, .rule = role_rules_update},
    {.name = "ListRoles", .lists = &role_lists, .record = &role_record},
    NEW_GRANT("RequestGrant", grant_request_facts, grant_rules_request, true),
    NEW_GRANT("RenewGrant", grant_renew_facts, grant_rules_renew, false),
    GRANT_STEP("ApproveGrant", grant_rules_approve),
    GRANT_STEP("RefuseGrant", grant_rules_refuse),
    GRANT_STEP("RevokeGrant", grant_rules_revoke),
    {.name = "BreakGlass",
     .record = &grant_record,
     .creates = true,
     .load = &organisations_sql_grant_break_facts,
     .load_sees_tenant = true,
     .facts = GRANT_FACTS,
     .rule = grant_rules_break_glass,
     .alarm = "grant.break_glass"},
    GRANT_STEP("ReviewGrant", grant_rules_review),
    {.name = "GetGrant", .query = &organisations_sql_grant_get, .record = &grant_record},
    {.name = "ExplainAccess", .answer = access_answers_explain, .record = &way},
    {.name = "ListAccess", .answer = access_answers_list, .record = &way},
    {.name = "ListGrants", .lists = &grant_lists, .record = &grant_record},
    {.name = "CreateAccount",
     .record = &account_record,
     .creates = true,
     .work = &first_password_work,
     .load = &organisations_sql_account_create_facts,
     .load_sees_tenant = true,
     .facts = ACCOUNT_FACTS,
     .rule = account_rules_create},
    {.name = "DisableAccount", ACCOUNT_CHANGE, .rule = account_rules_disable},
    {.name = "EnableAccount", ACCOUNT_CHANGE, .rule = account_rules_enable},
    {.name = "ResetAccount", ACCOUNT_CHANGE, .work = &first_password_work, .rule = account_rules_reset},
    {.name = "RequireSecondFactor", ACCOUNT_CHANGE, .rule = account_rules_require_factor},
    {.name = "GetAccount", .query = &organisations_sql_account_get, .record = &account_record},
    {.name = "ListAccounts", .lists = &accounts, .record = &account_record},
    {.name = "RevokeTokens",
     .record = &revocation_record,
     .creates = true,
     .load = &organisations_sql_revocation_facts,
     .load_sees_tenant = true,
     .facts = ACCOUNT_FACTS,
     .rule = revocation_rules_revoke},
    {.name = "RegisterClient",
     .record = &client_record,
     .creates = true,
     .load = &organisations_sql_client_create_facts,
     .load_sees_tenant = true,
     .facts = CLIENT_FACTS,
     .rule = client_rules_register},
    {.name = "RetireClient",
     .record = &client_record,
     .load = &organisations_sql_client_get,
     .rule = client_rules_retire},
    {.name = "GetClient", .query = &organisations_sql_client_get, .record = &client_record},
    {.name = "ListClients", .lists = &clients, .record = &client_record},
    {.name = "EnrolInstance",
     .record = &instance_record,
     .creates = true,
     .load = &organisations_sql_instance_enrol_facts,
     .load_sees_tenant = true,
     .facts = &anlan__organisations__facts__instance_facts__descriptor,
     .rule = instance_rules_enrol},
    INSTANCE_STEP("UpdateInstance", instance_rules_update),
    INSTANCE_STEP("SuspendInstance", instance_rules_suspend),
    INSTANCE_STEP("ResumeInstance", instance_rules_resume),
    INSTANCE_STEP("EndInstance", instance_rules_end),
    {.name = "GetInstance", .query = &organisations_sql_instance_get, .record = &instance_record},
    {.name = "ListInstances", .lists = &instances, .record = &instance_record},
    {.name = "SignInInstance", .work = &instance_work},
    {.name = "SignIn", .work = &sign_in_work},
    {.name = "Refresh", .work = &refresh_work},
    {.name = "SignInClient", .work = &client_work},
    {.name = "SignOut",
     .record = &revocation_record,
     .creates = true,
     .load = &organisations_sql_sign_out_facts,
     .load_sees_tenant = true,
     .facts = ACCOUNT_FACTS,
     .rule = revocation_rules_sign_out},
    {.name = "GetSignInRules",
     .query = &organisations_sql_sign_in_rules_get,
     .query_sees_tenant = true,
     .record = &sign_in_rules_record},
    {.name = "UpdateSignInRules",
     .record = &sign_in_rules_record,
     .creates = true,
     .load = &organisations_sql_sign_in_rules_facts,
     .load_sees_tenant = true,
     .facts = &anlan__organisations__facts__sign_in_rules_facts__descriptor,
     .rule = sign_in_rules_update},
    DUTY_NEW("OpenDutyDesk", duty_desk, duty_desk_create_facts, desk_rules_open),
    {.name = "UpdateDutyDesk",
     .record = &duty_desk_record,
     .load = &organisations_sql_duty_desk_get,
     .rule = desk_rules_update},
    {.name = "GetDutyDesk", .query = &organisations_sql_duty_desk_get, .record = &duty_desk_record},
    {.name = "ListDutyDesks", .lists = &duty_desk_lists, .record = &duty_desk_record},
    {.name = "WarnDutyDesk",
     .record = &duty_desk_record,
     .load = &organisations_sql_duty_desk_warn_facts,
     .load_sees_tenant = true,
     .facts = DUTY_FACTS,
     .rule = desk_rules_warn},
    DUTY_NEW("CreateDutyShift", duty_shift, duty_shift_create_facts, duty_rules_create_shift),
    {.name = "ChangeDutyShift",
     .record = &duty_shift_record,
     .load = &organisations_sql_duty_shift_change_facts,
     .load_sees_tenant = true,
     .facts = DUTY_FACTS,
     .rule = duty_rules_change_shift},
    {.name = "CancelDutyShift",
     .record = &duty_shift_record,
     .load = &organisations_sql_duty_shift_get,
     .rule = duty_rules_cancel_shift},
    {.name = "GetDutyShift", .query = &organisations_sql_duty_shift_get, .record = &duty_shift_record},
    {.name = "ListDutyShifts", .lists = &duty_shift_lists, .record = &duty_shift_record},
    {.name = "GetDuty", .query = &organisations_sql_duty_get, .query_sees_tenant = true, .record = &duty_record},
    {.name = "ListDutyGaps", .lists = &duty_gap_lists, .query_sees_tenant = true, .record = &duty_gap_record},
    DUTY_NEW("EnterLeave", leave, leave_create_facts, duty_rules_enter_leave),
    {.name = "EndLeave", .record = &leave_record, .load = &organisations_sql_leave_get, .rule = duty_rules_end_leave},
    {.name = "GetLeave", .query = &organisations_sql_leave_get, .record = &leave_record},
    {.name = "ListLeaves", .lists = &leave_lists, .record = &leave_record},
    {.name = "ChangePassword", ACCOUNT_OWN, .work = &change_password_work, .rule = account_rules_change_password},
    {.name = "EnrolSecondFactor", ACCOUNT_OWN, .work = &enrol_work, .rule = account_rules_enrol},
};

static const struct service_record *const records[] = {
    &unit_record,     &person_record,    &post_record,       &responsibility_record, &role_record,
    &grant_record,    &account_record,   &client_record,     &revocation_record,     &sign_in_rules_record,
    &instance_record, &duty_desk_record, &duty_shift_record, &leave_record};

const struct service_definition organisation_service = {
    .name = "organisations",
    .contract = &anlan_organisations_v1_contract,
    .methods = methods,
    .method_count = COUNT_OF(methods),
    .records = records,
    .record_count = COUNT_OF(records),
    .migrations = organisations_migrations,
    .migration_count = &organisations_migration_count,
    .roles = beginning_roles,
    .role_count = &beginning_role_count,
    .keeps_directory = true,
    .purges = sign_in_purges,
    .timers = &duty_timer,
    .timer_count = 1,
    .signs_in = true,
};
