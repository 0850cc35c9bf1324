// SPDX-License-Identifier: Apache-2.0
#include "notification_methods.h"

#include "anlan/notifications/v1/endpoint.pb-c.h"
#include "anlan/notifications/v1/notifications.pb-c.h"
#include "anlan/notifications/v1/report.pb-c.h"
#include "anlan_notifications_v1.policy.h"
#include "base/check.h"
#include "beginning.h"
#include "delivery_outlet.h"
#include "delivery_rules.h"
#include "endpoint_rules.h"
#include "message_rules.h"
#include "notifications/facts.pb-c.h"
#include "notifications_migrations.h"
#include "notifications_sql_statements.h"
#include "notify_plan.h"
#include "notify_rules.h"
#include "report_rules.h"

static const char *const message_parties[] = {"about_unit_id", "finding_unit_id", "responsible_unit_id",
                                              "sending_unit_id"};

static const struct service_record message_record = {
    .message = &anlan__notifications__v1__message__descriptor,
    .insert = &notifications_sql_message_insert,
    .update = &notifications_sql_message_update,
    .rows = &notifications_sql_message_rows,
    .sector_field = "sector",
    .detail_field = "detail",
    .party_fields = message_parties,
    .party_count = COUNT_OF(message_parties),
};

static const char *const rule_parties[] = {"unit_id"};

static const struct service_record rule_record = {
    .message = &anlan__notifications__v1__rule__descriptor,
    .insert = &notifications_sql_rule_insert,
    .update = &notifications_sql_rule_update,
    .rows = &notifications_sql_rule_rows,
    .sector_field = "",
    .detail_field = "texts",
    .party_fields = rule_parties,
    .party_count = COUNT_OF(rule_parties),
};

static const char *const report_parties[] = {"unit_id", "reporting_unit_id"};

static const struct service_record report_record = {
    .message = &anlan__notifications__v1__urgent_report__descriptor,
    .insert = &notifications_sql_report_insert,
    .update = &notifications_sql_report_update,
    .rows = &notifications_sql_report_rows,
    .sector_field = "",
    .detail_field = "detail",
    .party_fields = report_parties,
    .party_count = COUNT_OF(report_parties),
};

static const struct service_record settings_record = {
    .message = &anlan__notifications__v1__report_settings__descriptor,
    .insert = &notifications_sql_settings_insert,
    .update = &notifications_sql_settings_update,
    .rows = &notifications_sql_settings_rows,
    .sector_field = "",
    .detail_field = "clocks",
    .party_fields = rule_parties,
    .party_count = COUNT_OF(rule_parties),
};

static const struct service_record endpoint_record = {
    .message = &anlan__notifications__v1__endpoint__descriptor,
    .insert = &notifications_sql_endpoint_insert,
    .update = &notifications_sql_endpoint_update,
    .rows = &notifications_sql_endpoint_rows,
    .sector_field = "",
    .detail_field = "detail",
    .party_fields = rule_parties,
    .party_count = COUNT_OF(rule_parties),
};

static const struct service_record delivery_record = {
    .message = &anlan__notifications__v1__delivery__descriptor,
    .insert = &notifications_sql_delivery_insert,
    .update = &notifications_sql_delivery_update,
    .rows = &notifications_sql_delivery_rows,
    .sector_field = "",
    .detail_field = "detail",
    .party_fields = rule_parties,
    .party_count = COUNT_OF(rule_parties),
};

enum { INBOX_ALL, INBOX_OPEN };

static bool pick_inbox(const ProtobufCMessage *message, bool parties, struct arena *arena, struct service_pick *pick,
                       struct status *status)
{
    const Anlan__Notifications__V1__ListInboxRequest *request = (const void *)message;
    (void)parties;
    (void)arena;
    (void)status;
    pick->list = request->open ? INBOX_OPEN : INBOX_ALL;
    return true;
}

static const struct service_list inbox_all = {.pairs = &notifications_sql_inbox_list_all};
static const struct service_list inbox_open = {.pairs = &notifications_sql_inbox_list_open};
static const struct service_lists inbox = {
    .list = {[INBOX_ALL] = &inbox_all, [INBOX_OPEN] = &inbox_open},
    .pick = pick_inbox,
    .page_default = 50,
    .page_most = 200,
};

static const struct service_list since = {.pairs = &notifications_sql_inbox_wait};
static const struct service_lists arrivals = {.list = {&since}, .page_default = 50, .page_most = 200};

static const struct service_list rules_by_code = {.pairs = &notifications_sql_rule_list};
static const struct service_lists rules = {.list = {&rules_by_code}, .page_default = 100, .page_most = 500};

static const struct service_list reports_newest = {.pairs = &notifications_sql_report_list};
static const struct service_lists reports = {.list = {&reports_newest}, .page_default = 50, .page_most = 200};

static const struct service_list settings_by_unit = {.pairs = &notifications_sql_settings_list};
static const struct service_lists settings = {.list = {&settings_by_unit}, .page_default = 50, .page_most = 200};

static const struct service_list endpoints_by_code = {.pairs = &notifications_sql_endpoint_list};
static const struct service_lists endpoints = {.list = {&endpoints_by_code}, .page_default = 100, .page_most = 500};

enum { DELIVERIES_ALL, DELIVERIES_DEAD };

static bool pick_deliveries(const ProtobufCMessage *message, bool parties, struct arena *arena,
                            struct service_pick *pick, struct status *status)
{
    const Anlan__Notifications__V1__ListDeliveriesRequest *request = (const void *)message;
    (void)parties;
    (void)arena;
    (void)status;
    pick->list = request->dead ? DELIVERIES_DEAD : DELIVERIES_ALL;
    return true;
}

static const struct service_list deliveries_all = {.pairs = &notifications_sql_delivery_list_all};
static const struct service_list deliveries_dead = {.pairs = &notifications_sql_delivery_list_dead};
static const struct service_lists deliveries = {
    .list = {[DELIVERIES_ALL] = &deliveries_all, [DELIVERIES_DEAD] = &deliveries_dead},
    .pick = pick_deliveries,
    .page_default = 50,
    .page_most = 200,
};

#define REPORT_FACTS &anlan__notifications__facts__report_facts__descriptor

// A change of a report: what its rule needs besides are the settings.
#define REPORT_STEP(method, decided_by)                                                                                \
    {                                                                                                                  \
        .name = (method), .record = &report_record, .load = &notifications_sql_report_load, .facts = REPORT_FACTS,     \
        .rule = (decided_by)                                                                                           \
    }

static const struct service_method methods[] = {
    {.name = "ListInbox", .lists = &inbox, .record = &message_record},
    {.name = "GetMessage", .query = &notifications_sql_message_get, .record = &message_record},
    {.name = "AcknowledgeMessage",
     .record = &message_record,
     .load = &notifications_sql_message_get,
     .rule = message_rules_acknowledge},
    {.name = "WaitInbox", .lists = &arrivals, .record = &message_record},
    {.name = "EscalateMessage",
     .record = &message_record,
     .load = &notifications_sql_message_one,
     .rule = message_rules_escalate},
    {.name = "SettleMessages",
     .record = &message_record,
     .load = &notifications_sql_messages_of_subject,
     .rule_many = message_rules_settle},
    {.name = "DeliverMessage", .record = &message_record, .creates = true, .rule = message_rules_deliver},
    {.name = "CreateRule",
     .record = &rule_record,
     .creates = true,
     .load = &notifications_sql_rule_create_facts,
     .load_sees_tenant = true,
     .facts = &anlan__notifications__facts__rule_facts__descriptor,
     .rule = notify_rules_create},
    {.name = "UpdateRule", .record = &rule_record, .load = &notifications_sql_rule_get, .rule = notify_rules_update},
    {.name = "GetRule", .query = &notifications_sql_rule_get, .record = &rule_record},
    {.name = "ListRules", .lists = &rules, .record = &rule_record},
    {.name = "ReportUrgent",
     .record = &report_record,
     .creates = true,
     .load = &notifications_sql_report_facts,
     .load_sees_tenant = true,
     .facts = REPORT_FACTS,
     .rule = report_rules_report},
    REPORT_STEP("SupplementReport", report_rules_supplement),
    REPORT_STEP("AcknowledgeReport", report_rules_acknowledge),
    REPORT_STEP("ForwardReport", report_rules_forward),
    REPORT_STEP("ClimbReport", report_rules_climb),
    {.name = "GetReport", .query = &notifications_sql_report_get, .record = &report_record},
    {.name = "ListReports", .lists = &reports, .record = &report_record},
    {.name = "CreateReportSettings",
     .record = &settings_record,
     .creates = true,
     .load = &notifications_sql_report_facts,
     .load_sees_tenant = true,
     .facts = REPORT_FACTS,
     .rule = settings_rules_create},
    {.name = "UpdateReportSettings",
     .record = &settings_record,
     .load = &notifications_sql_settings_get,
     .rule = settings_rules_update},
    {.name = "ListReportSettings", .lists = &settings, .record = &settings_record},
    {.name = "CreateEndpoint",
     .record = &endpoint_record,
     .creates = true,
     .load = &notifications_sql_endpoint_create_facts,
     .load_sees_tenant = true,
     .facts = &anlan__notifications__facts__endpoint_facts__descriptor,
     .rule = endpoint_rules_create},
    {.name = "UpdateEndpoint",
     .record = &endpoint_record,
     .load = &notifications_sql_endpoint_get,
     .rule = endpoint_rules_update},
    {.name = "GetEndpoint", .query = &notifications_sql_endpoint_get, .record = &endpoint_record},
    {.name = "ListEndpoints", .lists = &endpoints, .record = &endpoint_record},
    {.name = "ListDeliveries", .lists = &deliveries, .record = &delivery_record},
    {.name = "GetDelivery", .query = &notifications_sql_delivery_get, .record = &delivery_record},
    {.name = "ReplayDelivery",
     .record = &delivery_record,
     .load = &notifications_sql_delivery_get,
     .rule = delivery_rules_replay},
    {.name = "StartDelivery", .record = &delivery_record, .creates = true, .rule = delivery_rules_start},
    {.name = "BeginAttempt",
     .record = &delivery_record,
     .load = &notifications_sql_delivery_one,
     .rule = delivery_rules_begin},
    {.name = "EndAttempt",
     .record = &delivery_record,
     .load = &notifications_sql_delivery_one,
     .rule = delivery_rules_end},
};

static const struct service_record *const records[] = {&message_record,  &rule_record,     &report_record,
                                                       &settings_record, &endpoint_record, &delivery_record};

static const char *const own_records[] = {"anlan.notifications.v1.UrgentReport", "anlan.notifications.v1.Message",
                                          NULL};
static const char *const task_records[] = {"anlan.tasks.v1.Campaign", "anlan.tasks.v1.Inspection",
                                           "anlan.tasks.v1.TrackedHazard", "anlan.tasks.v1.Recheck", NULL};
static const char *const hazard_records[] = {"anlan.hazards.v1.Hazard", NULL};
static const char *const organisation_records[] = {"anlan.organisations.v1.DutyDesk", "anlan.organisations.v1.Grant",
                                                   NULL};

static const struct service_follow follows[] = {
    {.source = "hazards",
     .record_types = hazard_records,
     .plan = hazard_events_plan,
     .ask = &notifications_sql_rules_in_force,
     .asked = &anlan__notifications__v1__rule__descriptor},
    {.source = "tasks",
     .record_types = task_records,
     .plan = task_events_plan,
     .ask = &notifications_sql_rules_in_force,
     .asked = &anlan__notifications__v1__rule__descriptor},
    {.source = "notifications",
     .record_types = own_records,
     .plan = notify_plan_own,
     .ask = &notifications_sql_standing,
     .asked = &anlan__notifications__facts__standing__descriptor},
    {.source = "organisations",
     .directory = true,
     .record_types = organisation_records,
     .plan = notify_plan_organisations,
     .ask = &notifications_sql_rules_in_force,
     .asked = &anlan__notifications__v1__rule__descriptor},
};

static const struct service_timer timers[] = {
    {.name = "reports",
     .due = &notifications_sql_report_due,
     .record = &anlan__notifications__v1__urgent_report__descriptor,
     .plan = report_rules_due},
    {.name = "messages",
     .due = &notifications_sql_message_due,
     .record = &anlan__notifications__v1__message__descriptor,
     .plan = message_rules_due},
};

const struct service_definition notification_service = {
    .name = "notifications",
    .contract = &anlan_notifications_v1_contract,
    .methods = methods,
    .method_count = COUNT_OF(methods),
    .records = records,
    .record_count = COUNT_OF(records),
    .migrations = notifications_migrations,
    .migration_count = &notifications_migration_count,
    .roles = beginning_roles,
    .role_count = &beginning_role_count,
    .follows = follows,
    .follow_count = COUNT_OF(follows),
    .timers = timers,
    .timer_count = COUNT_OF(timers),
    .outlets = &delivery_outlet,
    .outlet_count = 1,
    .settings = delivery_settings,
    .setting_count = DELIVERY_SETTINGS,
    .keeps_duties = true,
};
