// SPDX-License-Identifier: Apache-2.0
#include "hazard_methods.h"

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "anlan/hazards/v1/listings.pb-c.h"
#include "anlan_hazards_v1.policy.h"
#include "base/check.h"
#include "beginning.h"
#include "hazard_counts.h"
#include "hazard_follows.h"
#include "hazard_lists.h"
#include "hazard_rules.h"
#include "hazards/facts.pb-c.h"
#include "hazards_migrations.h"
#include "hazards_sql_statements.h"
#include "listing_rules.h"

static const char *const parties[] = {"unit_id", "finding_unit_id", "responsible_unit_id", "sending_unit_id"};

static const struct service_streamed streamed = {
    .snapshot = &hazards_sql_hazard_snapshot,
    .seen = &hazards_sql_hazard_seen,
};

static const struct service_record hazard_record = {
    .message = &anlan__hazards__v1__hazard__descriptor,
    .insert = &hazards_sql_hazard_insert,
    .update = &hazards_sql_hazard_update,
    .rows = &hazards_sql_hazard_rows,
    .count = hazard_counts_of,
    .counted = &hazards_sql_hazard_counted,
    .counts = &hazards_sql_hazard_counts,
    .sector_field = "sector",
    .detail_field = "life",
    .party_fields = parties,
    .party_count = COUNT_OF(parties),
    .streamed = &streamed,
    .withheld_field = "withheld",
    .withhold = &hazards_sql_hazard_withhold,
    .lost = &hazards_sql_hazard_lost,
};

static const char *const listing_parties[] = {"unit_id", "listing_unit_id"};

static const struct service_streamed listings_streamed = {
    .snapshot = &hazards_sql_listing_snapshot,
    .seen = &hazards_sql_listing_seen,
};

static const struct service_record listing_record = {
    .message = &anlan__hazards__v1__listing__descriptor,
    .insert = &hazards_sql_listing_insert,
    .update = &hazards_sql_listing_update,
    .rows = &hazards_sql_listing_rows,
    .sector_field = "sector",
    .detail_field = "detail",
    .party_fields = listing_parties,
    .party_count = COUNT_OF(listing_parties),
    .streamed = &listings_streamed,
};

static const struct service_record revealed_record = {.message = &anlan__hazards__v1__revealed_hazard__descriptor};

static const struct service_list newest = {
    .all = &hazards_sql_hazard_list_all,
    .level = {&hazards_sql_hazard_list_level_region, &hazards_sql_hazard_list_level_city,
              &hazards_sql_hazard_list_level_county, &hazards_sql_hazard_list_level_township},
    .pairs = &hazards_sql_hazard_list_pairs,
};
static const struct service_list states_newest = {.pairs = &hazards_sql_hazard_list_states_newest};
static const struct service_list states_oldest = {.pairs = &hazards_sql_hazard_list_states_oldest};
static const struct service_list due = {.pairs = &hazards_sql_hazard_list_due};
static const struct service_list party = {.pairs = &hazards_sql_hazard_list_party};

static const struct service_list listed = {.pairs = &hazards_sql_hazard_list_listed};

static const struct service_lists ledger = {
    .list = {[HAZARD_LISTS_NEWEST] = &newest,
             [HAZARD_LISTS_STATES_NEWEST] = &states_newest,
             [HAZARD_LISTS_STATES_OLDEST] = &states_oldest,
             [HAZARD_LISTS_DUE] = &due,
             [HAZARD_LISTS_PARTY] = &party,
             [HAZARD_LISTS_LISTED] = &listed},
    .pick = hazard_lists_pick,
    .page_default = 50,
    .page_most = 200,
};

static const struct service_list exported = {.pairs = &hazards_sql_hazard_list_states_export};
static const struct service_lists exports = {.list = {&exported}, .page_default = 100, .page_most = 100};

static const struct service_list count_totals = {.pairs = &hazards_sql_hazard_count_totals};
static const struct service_list count_units = {.pairs = &hazards_sql_hazard_count_units};

static const struct service_lists counts = {
    .list = {&count_totals, &count_units},
    .pick = hazard_lists_pick_counts,
    .page_default = 1000,
    .page_most = 1000,
};

static const struct service_record count_record = {.message = &anlan__hazards__v1__hazard_count__descriptor};

static const struct service_list sector_list = {.pairs = &hazards_sql_sector_list};
static const struct service_lists sectors = {.list = {&sector_list}, .page_default = 1000, .page_most = 1000};
static const struct service_record sector_record = {.message = &anlan__hazards__v1__sector__descriptor};

static const struct service_list listing_list = {.pairs = &hazards_sql_listing_list};
static const struct service_lists listings = {
    .list = {&listing_list}, .pick = listing_rules_pick, .page_default = 50, .page_most = 200};

// A change of a hazard that exists: loaded under the caller's scope, decided by its rule.
#define STEP(method, decided_by)                                                                                       \
    {                                                                                                                  \
        .name = (method), .record = &hazard_record, .keyed = true, .load = &hazards_sql_hazard_get,                    \
        .rule = (decided_by)                                                                                           \
    }

static const struct service_method methods[] = {
    {.name = "CreateHazard",
     .record = &hazard_record,
     .creates = true,
     .keyed = true,
     .load = &hazards_sql_hazard_known,
     .facts = &anlan__hazards__facts__hazard_facts__descriptor,
     .rule = hazard_rules_create},
    {.name = "EnterFinding",
     .record = &hazard_record,
     .creates = true,
     .load = &hazards_sql_hazard_found,
     .facts = &anlan__hazards__facts__hazard_facts__descriptor,
     .rule = hazard_rules_enter_finding},
    {.name = "GetHazard", .keyed = true, .query = &hazards_sql_hazard_get, .record = &hazard_record},
    {.name = "RevealHazard", .query = &hazards_sql_hazard_reveal, .record = &revealed_record},
    {.name = "ListHazards", .lists = &ledger, .record = &hazard_record},
    {.name = "ExportHazards", .lists = &exports, .record = &hazard_record},
    {.name = "ListHazardCounts", .lists = &counts, .record = &count_record},
    {.name = "ListSectors", .lists = &sectors, .record = &sector_record},
    STEP("VerifyLead", hazard_rules_verify),
    STEP("FixHazardOnSpot", hazard_rules_fix),
    STEP("AssignHazard", hazard_rules_assign),
    STEP("StartRectification", hazard_rules_start),
    STEP("ReturnHazard", hazard_rules_return),
    STEP("TransferHazard", hazard_rules_transfer),
    STEP("AskExtension", hazard_rules_ask_extension),
    STEP("DecideExtension", hazard_rules_decide_extension),
    STEP("ReportRectification", hazard_rules_report),
    STEP("AcceptHazard", hazard_rules_accept),
    STEP("RefuseHazard", hazard_rules_refuse),
    STEP("CloseHazard", hazard_rules_close),
    STEP("LookBack", hazard_rules_look_back),
    STEP("HaltOperations", hazard_rules_halt),
    STEP("AskResumption", hazard_rules_ask_resumption),
    STEP("DecideResumption", hazard_rules_decide_resumption),
    STEP("AskVoiding", hazard_rules_ask_voiding),
    STEP("DecideVoiding", hazard_rules_decide_voiding),
    STEP("RegradeHazard", hazard_rules_regrade),
    STEP("HandOverHazard", hazard_rules_hand_over),
    {.name = "TakeOverHazard",
     .record = &hazard_record,
     .creates = true,
     .load = &hazards_sql_hazard_handed_over,
     .facts = &anlan__hazards__facts__take_over_facts__descriptor,
     .rule = hazard_rules_take_over},
    {.name = "TakeOverFromAbove",
     .record = &hazard_record,
     .creates = true,
     .load = &hazards_sql_hazard_taken,
     .facts = &anlan__hazards__facts__take_over_facts__descriptor,
     .rule = hazard_rules_take_over_from_above},
    STEP("ApplyListing", hazard_rules_apply_listing),
    {.name = "OpenListing",
     .record = &listing_record,
     .creates = true,
     .load = &hazards_sql_listing_facts,
     .facts = &anlan__hazards__facts__listing_facts__descriptor,
     .rule = listing_rules_open},
    {.name = "DecideClosing",
     .record = &listing_record,
     .load = &hazards_sql_listing_get,
     .rule = listing_rules_decide},
    {.name = "WithdrawListing",
     .record = &listing_record,
     .load = &hazards_sql_listing_get,
     .rule = listing_rules_withdraw},
    {.name = "NoteListing", .record = &listing_record, .load = &hazards_sql_listing_get, .rule = listing_rules_note},
    {.name = "GetListing", .query = &hazards_sql_listing_get, .record = &listing_record},
    {.name = "ListListings", .lists = &listings, .record = &listing_record},
};

static const struct service_record *const records[] = {&hazard_record, &listing_record};

const struct service_definition hazard_service = {
    .name = "hazards",
    .contract = &anlan_hazards_v1_contract,
    .methods = methods,
    .method_count = COUNT_OF(methods),
    .records = records,
    .record_count = COUNT_OF(records),
    .migrations = hazards_migrations,
    .migration_count = &hazards_migration_count,
    .roles = beginning_roles,
    .role_count = &beginning_role_count,
    .follows = hazard_follows,
    .follow_count = 1,
    .aboves = hazard_aboves,
    .above_count = HAZARD_ABOVES,
    .copies = true,
};
