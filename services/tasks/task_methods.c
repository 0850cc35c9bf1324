// SPDX-License-Identifier: Apache-2.0
#include "task_methods.h"

#include "accident_rules.h"
#include "anlan/tasks/v1/accidents.pb-c.h"
#include "anlan/tasks/v1/campaigns.pb-c.h"
#include "anlan/tasks/v1/checklists.pb-c.h"
#include "anlan/tasks/v1/clocks.pb-c.h"
#include "anlan/tasks/v1/inspections.pb-c.h"
#include "anlan/tasks/v1/look_backs.pb-c.h"
#include "anlan/tasks/v1/tracking.pb-c.h"
#include "anlan_tasks_v1.policy.h"
#include "base/check.h"
#include "beginning.h"
#include "campaign_copies.h"
#include "campaign_rules.h"
#include "checklist_rules.h"
#include "clock_rules.h"
#include "inspection_rules.h"
#include "look_back_rules.h"
#include "task_follows.h"
#include "task_lists.h"
#include "tasks/facts.pb-c.h"
#include "tasks_migrations.h"
#include "tasks_sql_statements.h"
#include "tracking_rules.h"

static const char *const parties[] = {"unit_id"};

#define PARTIES .party_fields = parties, .party_count = COUNT_OF(parties)

static const struct service_streamed campaigns_streamed = {&tasks_sql_record_snapshot_campaigns,
                                                           &tasks_sql_record_seen_campaigns};
static const struct service_streamed inspections_streamed = {&tasks_sql_record_snapshot_inspections,
                                                             &tasks_sql_record_seen_inspections};

static const struct service_record campaign_record = {
    .message = &anlan__tasks__v1__campaign__descriptor,
    .insert = &tasks_sql_campaign_insert,
    .update = &tasks_sql_record_update_campaigns,
    .rows = &tasks_sql_campaign_rows,
    .streamed = &campaigns_streamed,
    .sector_field = "",
    .detail_field = "detail",
    PARTIES,
};
static const struct service_record receipt_record = {
    .message = &anlan__tasks__v1__receipt__descriptor,
    .insert = &tasks_sql_receipt_insert,
    .rows = &tasks_sql_receipt_rows,
    .sector_field = "",
    .detail_field = "detail",
    PARTIES,
};
static const struct service_record report_record = {
    .message = &anlan__tasks__v1__report__descriptor,
    .insert = &tasks_sql_report_insert,
    .update = &tasks_sql_report_update,
    .rows = &tasks_sql_report_rows,
    .sector_field = "",
    .detail_field = "detail",
    PARTIES,
};
static const struct service_record checklist_record = {
    .message = &anlan__tasks__v1__checklist__descriptor,
    .insert = &tasks_sql_checklist_insert,
    .update = &tasks_sql_record_update_checklists,
    .rows = &tasks_sql_checklist_rows,
    .sector_field = "sector",
    .detail_field = "detail",
    PARTIES,
};
static const struct service_record inspection_record = {
    .message = &anlan__tasks__v1__inspection__descriptor,
    .insert = &tasks_sql_inspection_insert,
    .update = &tasks_sql_inspection_update,
    .rows = &tasks_sql_inspection_rows,
    .streamed = &inspections_streamed,
    .sector_field = "sector",
    .detail_field = "detail",
    PARTIES,
};
static const struct service_record tracked_record = {
    .message = &anlan__tasks__v1__tracked_hazard__descriptor,
    .insert = &tasks_sql_tracked_insert,
    .update = &tasks_sql_tracked_update,
    .rows = &tasks_sql_tracked_rows,
    .count = tracking_rules_count,
    .counted = &tasks_sql_tracked_counted,
    .counts = &tasks_sql_tracked_counts,
    .sector_field = "sector",
    .detail_field = "detail",
    PARTIES,
};
static const struct service_record draw_rule_record = {
    .message = &anlan__tasks__v1__draw_rule__descriptor,
    .insert = &tasks_sql_draw_rule_insert,
    .rows = &tasks_sql_draw_rule_rows,
    .sector_field = "",
    .detail_field = "detail",
    PARTIES,
};
static const struct service_record clock_rule_record = {
    .message = &anlan__tasks__v1__clock_rule__descriptor,
    .insert = &tasks_sql_clock_rule_insert,
    .rows = &tasks_sql_clock_rule_rows,
    .sector_field = "",
    .detail_field = "detail",
    PARTIES,
};
static const struct service_record calendar_record = {
    .message = &anlan__tasks__v1__calendar__descriptor,
    .insert = &tasks_sql_calendar_insert,
    .rows = &tasks_sql_calendar_rows,
    .sector_field = "",
    .detail_field = "detail",
    PARTIES,
};
static const struct service_record draw_record = {
    .message = &anlan__tasks__v1__draw__descriptor,
    .insert = &tasks_sql_draw_insert,
    .rows = &tasks_sql_draw_rows,
    .sector_field = "",
    .detail_field = "detail",
    PARTIES,
};
static const struct service_record recheck_record = {
    .message = &anlan__tasks__v1__recheck__descriptor,
    .insert = &tasks_sql_recheck_insert,
    .update = &tasks_sql_recheck_update,
    .rows = &tasks_sql_recheck_rows,
    .sector_field = "sector",
    .detail_field = "detail",
    PARTIES,
};
static const struct service_record accident_record = {
    .message = &anlan__tasks__v1__accident__descriptor,
    .insert = &tasks_sql_accident_insert,
    .update = &tasks_sql_accident_update,
    .rows = &tasks_sql_accident_rows,
    .sector_field = "sector",
    .detail_field = "detail",
    PARTIES,
};
static const struct service_record figure_record = {.message = &anlan__tasks__v1__figure__descriptor};
static const struct service_record count_record = {.message = &anlan__tasks__v1__campaign_count__descriptor};
static const struct service_record visit_record = {.message = &anlan__tasks__v1__visit__descriptor};
static const struct service_record unit_record = {.message = &anlan__tasks__v1__campaign_unit__descriptor};

static const struct service_list campaign_list = {.pairs = &tasks_sql_campaign_list_campaigns};
static const struct service_lists campaigns = {
    .list = {&campaign_list}, .pick = task_lists_pick, .page_default = 50, .page_most = 200};
static const struct service_list unit_list = {.pairs = &tasks_sql_campaign_units};
static const struct service_lists units = {.list = {&unit_list}, .page_default = 500, .page_most = 500};

static const struct service_list checklist_list = {.pairs = &tasks_sql_checklist_list};
static const struct service_lists checklists = {.list = {&checklist_list}, .page_default = 50, .page_most = 200};
static const struct service_list inspection_list = {.pairs = &tasks_sql_inspection_list_inspections};
static const struct service_lists inspections = {
    .list = {&inspection_list}, .pick = task_lists_pick, .page_default = 50, .page_most = 200};

static const struct service_list tracked_list = {.pairs = &tasks_sql_tracked_list_tracked_hazards};
static const struct service_lists tracked_hazards = {
    .list = {&tracked_list}, .pick = task_lists_pick, .page_default = 50, .page_most = 200};
static const struct service_list count_list = {.pairs = &tasks_sql_campaign_counts};
static const struct service_lists counts = {.list = {&count_list}, .page_default = 500, .page_most = 500};

static const struct service_list draw_rule_list = {.pairs = &tasks_sql_rule_list_draw_rules};
static const struct service_lists draw_rules = {.list = {&draw_rule_list}, .page_default = 50, .page_most = 200};
static const struct service_list clock_rule_list = {.pairs = &tasks_sql_rule_list_clock_rules};
static const struct service_lists clock_rules = {.list = {&clock_rule_list}, .page_default = 50, .page_most = 200};
static const struct service_list calendar_list = {.pairs = &tasks_sql_rule_list_calendars};
static const struct service_lists calendars = {.list = {&calendar_list}, .page_default = 50, .page_most = 200};
static const struct service_list draw_list = {.pairs = &tasks_sql_draw_list_draws};
static const struct service_lists draws = {.list = {&draw_list}, .page_default = 50, .page_most = 200};
static const struct service_list recheck_list = {.pairs = &tasks_sql_recheck_list_rechecks};
static const struct service_lists rechecks = {
    .list = {&recheck_list}, .pick = task_lists_pick, .page_default = 50, .page_most = 200};

static const struct service_list accident_list = {.pairs = &tasks_sql_accident_list_accidents};
static const struct service_lists accidents = {
    .list = {&accident_list}, .pick = task_lists_pick, .page_default = 50, .page_most = 200};
static const struct service_list figure_list = {.pairs = &tasks_sql_figures};
static const struct service_lists figures = {.list = {&figure_list}, .page_default = 500, .page_most = 500};

static const struct service_list visit_list = {.pairs = &tasks_sql_visit_list};
static const struct service_lists visits = {.list = {&visit_list}, .page_default = 100, .page_most = 100};

#define SECTOR_FACTS (&anlan__tasks__facts__sector_facts__descriptor)
#define CAMPAIGN_FACTS (&anlan__tasks__facts__campaign_facts__descriptor)

// A step of an inspection, which its team does.
#define STEP(method, decided_by)                                                                                       \
    {                                                                                                                  \
        .name = (method), .record = &inspection_record, .load = &tasks_sql_inspection_load, .rule = (decided_by)       \
    }

static const struct service_method methods[] = {
    {.name = "IssueCampaign",
     .record = &campaign_record,
     .creates = true,
     .load = &tasks_sql_campaign_sectors,
     .facts = SECTOR_FACTS,
     .rule = campaign_rules_issue},
    {.name = "ReceiveCampaign",
     .record = &campaign_record,
     .creates = true,
     .load = &tasks_sql_campaign_above,
     .facts = CAMPAIGN_FACTS,
     .rule = campaign_rules_receive},
    {.name = "ConfirmCampaign",
     .record = &receipt_record,
     .creates = true,
     .load = &tasks_sql_campaign_confirm_facts,
     .facts = CAMPAIGN_FACTS,
     .rule = campaign_rules_confirm},
    {.name = "DeployCampaign",
     .record = &campaign_record,
     .load = &tasks_sql_record_load_campaigns,
     .rule = campaign_rules_deploy},
    {.name = "ExtendCampaign",
     .record = &campaign_record,
     .load = &tasks_sql_campaign_extend_load,
     .facts = SECTOR_FACTS,
     .rule = campaign_rules_extend},
    {.name = "AdoptCampaign",
     .record = &campaign_record,
     .load = &tasks_sql_campaign_adopt_load,
     .facts = CAMPAIGN_FACTS,
     .rule = campaign_rules_adopt},
    {.name = "AdoptReceived",
     .record = &campaign_record,
     .load = &tasks_sql_campaign_received,
     .facts = CAMPAIGN_FACTS,
     .rule = campaign_rules_adopt_received},
    {.name = "CopyCampaign",
     .record = &campaign_record,
     .creates = true,
     .of_others = true,
     .load = &tasks_sql_campaign_copied,
     .facts = CAMPAIGN_FACTS,
     .rule = campaign_copies_make},
    {.name = "RenewCampaignCopy",
     .record = &campaign_record,
     .of_others = true,
     .load = &tasks_sql_record_load_campaigns,
     .rule = campaign_copies_renew},
    {.name = "EndCampaign",
     .record = &campaign_record,
     .load = &tasks_sql_record_load_campaigns,
     .rule = campaign_rules_end},
    {.name = "GetCampaign", .query = &tasks_sql_record_get_campaigns, .record = &campaign_record},
    {.name = "ListCampaigns", .lists = &campaigns, .record = &campaign_record},
    {.name = "ListCampaignUnits", .lists = &units, .record = &unit_record},
    {.name = "ReportRound",
     .record = &report_record,
     .creates = true,
     .load = &tasks_sql_report_facts,
     .facts = CAMPAIGN_FACTS,
     .rule = campaign_rules_report},
    {.name = "CorrectReport",
     .record = &report_record,
     .load = &tasks_sql_record_load_reports,
     .rule = campaign_rules_correct},
    {.name = "GetReport", .query = &tasks_sql_record_get_reports, .record = &report_record},
    {.name = "PublishChecklist",
     .record = &checklist_record,
     .creates = true,
     .load = &tasks_sql_checklist_facts,
     .facts = &anlan__tasks__facts__checklist_facts__descriptor,
     .rule = checklist_rules_publish},
    {.name = "WithdrawChecklist",
     .record = &checklist_record,
     .load = &tasks_sql_record_load_checklists,
     .rule = checklist_rules_withdraw},
    {.name = "GetChecklist", .query = &tasks_sql_checklist_get, .record = &checklist_record},
    {.name = "ListChecklists", .lists = &checklists, .record = &checklist_record},
    {.name = "PlanInspection",
     .record = &inspection_record,
     .creates = true,
     .load = &tasks_sql_inspection_facts,
     .facts = &anlan__tasks__facts__inspection_facts__descriptor,
     .rule = inspection_rules_plan},
    STEP("AnswerInspection", inspection_rules_answer),
    STEP("RecordFinding", inspection_rules_find),
    STEP("ConcludeInspection", inspection_rules_conclude),
    STEP("CancelInspection", inspection_rules_cancel),
    {.name = "GetInspection", .query = &tasks_sql_record_get_inspections, .record = &inspection_record},
    {.name = "ListInspections", .lists = &inspections, .record = &inspection_record},
    {.name = "ListVisits", .lists = &visits, .record = &visit_record},
    {.name = "TrackHazard",
     .record = &tracked_record,
     .creates = true,
     .load = &tasks_sql_tracked_facts,
     .facts = &anlan__tasks__facts__clock_facts__descriptor,
     .rule = tracking_rules_track},
    {.name = "NoteHazard",
     .record = &tracked_record,
     .load = &tasks_sql_tracked_load,
     .facts = &anlan__tasks__facts__clock_facts__descriptor,
     .rule = tracking_rules_note},
    {.name = "SetClockRule", .record = &clock_rule_record, .creates = true, .rule = clock_rules_set},
    {.name = "ListClockRules", .lists = &clock_rules, .record = &clock_rule_record},
    {.name = "PublishCalendar", .record = &calendar_record, .creates = true, .rule = clock_rules_publish},
    {.name = "ListCalendars", .lists = &calendars, .record = &calendar_record},
    {.name = "StrikeClocks",
     .record = &tracked_record,
     .load = &tasks_sql_clock_strike_load,
     .rule_many = clock_rules_strike},
    {.name = "WindClocks",
     .record = &tracked_record,
     .load = &tasks_sql_clock_wind_load,
     .facts = &anlan__tasks__facts__clock_facts__descriptor,
     .rule_many = clock_rules_wind},
    {.name = "ListTrackedHazards", .lists = &tracked_hazards, .record = &tracked_record},
    {.name = "ListCampaignCounts", .lists = &counts, .record = &count_record},
    {.name = "EnterAccident",
     .record = &accident_record,
     .creates = true,
     .load = &tasks_sql_accident_facts,
     .facts = &anlan__tasks__facts__accident_facts__descriptor,
     .rule = accident_rules_enter},
    {.name = "SupplementAccident",
     .record = &accident_record,
     .load = &tasks_sql_accident_load,
     .facts = &anlan__tasks__facts__accident_facts__descriptor,
     .rule = accident_rules_supplement},
    {.name = "GetAccident", .query = &tasks_sql_record_get_accidents, .record = &accident_record},
    {.name = "ListAccidents", .lists = &accidents, .record = &accident_record},
    {.name = "ListFigures", .lists = &figures, .record = &figure_record},
    {.name = "SetDrawRule", .record = &draw_rule_record, .creates = true, .rule = look_back_rules_set},
    {.name = "ListDrawRules", .lists = &draw_rules, .record = &draw_rule_record},
    {.name = "DrawLookBacks",
     .record = &draw_record,
     .creates = true,
     .load = &tasks_sql_draw_facts,
     .facts = &anlan__tasks__facts__draw_facts__descriptor,
     .rule = look_back_rules_draw},
    {.name = "GetDraw", .query = &tasks_sql_record_get_draws, .record = &draw_record},
    {.name = "ListDraws", .lists = &draws, .record = &draw_record},
    {.name = "OpenRecheck",
     .record = &recheck_record,
     .creates = true,
     .load = &tasks_sql_recheck_facts,
     .facts = &anlan__tasks__facts__recheck_facts__descriptor,
     .rule = look_back_rules_open},
    {.name = "AssignRecheck",
     .record = &recheck_record,
     .load = &tasks_sql_record_load_rechecks,
     .rule = look_back_rules_assign},
    {.name = "CloseRecheck",
     .record = &recheck_record,
     .load = &tasks_sql_recheck_of_hazard,
     .rule = look_back_rules_close},
    {.name = "GetRecheck", .query = &tasks_sql_record_get_rechecks, .record = &recheck_record},
    {.name = "ListRechecks", .lists = &rechecks, .record = &recheck_record},
};

static const struct service_record *const records[] = {
    &campaign_record,  &receipt_record, &report_record,  &checklist_record,  &inspection_record, &tracked_record,
    &draw_rule_record, &draw_record,    &recheck_record, &clock_rule_record, &calendar_record,   &accident_record,
};

static const struct service_timer timers[] = {
    {.name = "clocks",
     .due = &tasks_sql_clock_due,
     .record = &anlan__tasks__facts__due_clock__descriptor,
     .plan = clock_rules_due},
    {.name = "windings",
     .due = &tasks_sql_clock_wind_due,
     .record = &anlan__tasks__facts__due_clock__descriptor,
     .plan = clock_rules_wind_due},
};

const struct service_definition task_service = {
    .name = "tasks",
    .contract = &anlan_tasks_v1_contract,
    .methods = methods,
    .method_count = COUNT_OF(methods),
    .records = records,
    .record_count = COUNT_OF(records),
    .migrations = tasks_migrations,
    .migration_count = &tasks_migration_count,
    .roles = beginning_roles,
    .role_count = &beginning_role_count,
    .follows = task_follows,
    .follow_count = TASK_FOLLOWS,
    .aboves = task_aboves,
    .above_count = 1,
    .copies = true,
    .timers = timers,
    .timer_count = COUNT_OF(timers),
};
