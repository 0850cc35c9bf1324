// SPDX-License-Identifier: Apache-2.0
#include "unit_methods.h"

#include "anlan_organisations_v1.policy.h"
#include "base/check.h"
#include "organisations_migrations.h"
#include "organisations_sql_statements.h"
#include "roles.h"
#include "unit_rules.h"

static const char *const parties[] = {"id"};

static const struct service_record unit_record = {
    .message = &anlan__organisations__v1__unit__descriptor,
    .insert = &organisations_sql_unit_insert,
    .rows = &organisations_sql_unit_rows,
    .sector_field = "",
    .party_fields = parties,
    .party_count = COUNT_OF(parties),
};

static const struct service_list tree = {
    .all = &organisations_sql_unit_list_all,
    .level = {&organisations_sql_unit_list_level_region, &organisations_sql_unit_list_level_city,
              &organisations_sql_unit_list_level_county, &organisations_sql_unit_list_level_township},
    .pairs = &organisations_sql_unit_list_pairs,
};

static const struct service_lists units = {.list = {&tree}, .page_default = 50, .page_most = 1000};

static const struct service_method methods[] = {
    {.name = "CreateUnit",
     .record = &unit_record,
     .creates = true,
     .load = &organisations_sql_unit_by_code,
     .load_sees_tenant = true,
     .rule = unit_rules_create},
    {.name = "GetUnit", .query = &organisations_sql_unit_get, .record = &unit_record},
    {.name = "ListUnits", .lists = &units, .record = &unit_record},
};

static const struct service_record *const records[] = {&unit_record};

const struct service_definition unit_service = {
    .name = "organisations",
    .contract = &anlan_organisations_v1_contract,
    .methods = methods,
    .method_count = COUNT_OF(methods),
    .records = records,
    .record_count = COUNT_OF(records),
    .migrations = organisations_migrations,
    .migration_count = &organisations_migration_count,
    .roles = roles_table,
    .role_count = &roles_count,
    .keeps_directory = true,
};
