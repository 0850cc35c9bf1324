// SPDX-License-Identifier: Apache-2.0
#include "instance_methods.h"

#include "anlan/organisations/v1/instances.pb-c.h"
#include "base/check.h"
#include "organisations/facts.pb-c.h"
#include "organisations_sql_statements.h"
#include "sign_in.h"

static const char *const parties[] = {"unit_id"};

const struct service_record instance_record = {
    .message = &anlan__organisations__v1__instance__descriptor,
    .insert = &organisations_sql_instance_insert,
    .update = &organisations_sql_instance_update,
    .rows = &organisations_sql_instance_rows,
    .sector_field = "",
    .party_fields = parties,
    .party_count = COUNT_OF(parties),
    .located_by = "unit_id",
};

static const struct service_list all = {.pairs = &organisations_sql_instance_list};
const struct service_lists instances = {.list = {&all}, .page_default = 50, .page_most = 500};

const struct service_work instance_work = {
    .key = sign_in_instance_key,
    .ask = &organisations_sql_rules_ask,
    .asked = &anlan__organisations__facts__sign_in_asked__descriptor,
    .run = sign_in_instance,
};
