// SPDX-License-Identifier: Apache-2.0
#include "duty_methods.h"

#include "anlan/organisations/v1/duty.pb-c.h"
#include "base/check.h"
#include "organisations/facts.pb-c.h"
#include "organisations_sql_statements.h"

static const char *const unit_party[] = {"unit_id"};

const struct service_record duty_desk_record = {
    .message = &anlan__organisations__v1__duty_desk__descriptor,
    .insert = &organisations_sql_duty_desk_insert,
    .update = &organisations_sql_duty_desk_update,
    .rows = &organisations_sql_duty_desk_rows,
    .sector_field = "",
    .party_fields = unit_party,
    .party_count = COUNT_OF(unit_party),
    .located_by = "unit_id",
};

const struct service_record duty_shift_record = {
    .message = &anlan__organisations__v1__duty_shift__descriptor,
    .insert = &organisations_sql_duty_shift_insert,
    .update = &organisations_sql_duty_shift_update,
    .rows = &organisations_sql_duty_shift_rows,
    .sector_field = "",
    .party_fields = unit_party,
    .party_count = COUNT_OF(unit_party),
    .located_by = "unit_id",
};

const struct service_record leave_record = {
    .message = &anlan__organisations__v1__leave__descriptor,
    .insert = &organisations_sql_leave_insert,
    .update = &organisations_sql_leave_update,
    .rows = &organisations_sql_leave_rows,
    .sector_field = "",
    .party_fields = unit_party,
    .party_count = COUNT_OF(unit_party),
    .located_by = "unit_id",
};

const struct service_record duty_record = {
    .message = &anlan__organisations__v1__duty__descriptor,
    .sector_field = "",
};

const struct service_record duty_gap_record = {
    .message = &anlan__organisations__v1__duty_gap__descriptor,
    .sector_field = "",
};

// One statement for every scope: desks are few, shifts and leaves are read by an index of their unit.
static const struct service_list desks = {.pairs = &organisations_sql_duty_desk_list};
static const struct service_list shifts = {.pairs = &organisations_sql_duty_shift_list};
static const struct service_list gaps = {.pairs = &organisations_sql_duty_gap_list};
static const struct service_list leaves = {.pairs = &organisations_sql_leave_list};
const struct service_lists duty_desk_lists = {.list = {&desks}, .page_default = 50, .page_most = 500};
const struct service_lists duty_shift_lists = {.list = {&shifts}, .page_default = 50, .page_most = 500};
const struct service_lists duty_gap_lists = {.list = {&gaps}, .page_default = 50, .page_most = 500};
const struct service_lists leave_lists = {.list = {&leaves}, .page_default = 50, .page_most = 500};

const struct service_timer duty_timer = {
    .name = "duty",
    .due = &organisations_sql_duty_desk_due,
    .record = &anlan__organisations__facts__duty_due__descriptor,
    .plan = desk_rules_due,
};
