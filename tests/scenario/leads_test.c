// SPDX-License-Identifier: Apache-2.0
// Leads (线索): what nobody has verified is in the ledger and is no hazard. It is verified and becomes one, or two
// persons dismiss it; an inspection from above hands it over as what it is.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/steps.h"

static struct instance *region;
static struct actor officer, inspector, chief;
static struct person county, colleague;
static const char *team, *tenant;

#define at(reply, path) reply_at(region, reply, path)
#define LEAD_OF "'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': '据反映私存烟花', 'lead': true"
#define CRITERION                                                                                                      \
    "'criterion': {'standard': '判定标准', 'version': '第4号', 'item': '第四条', 'inForceFrom': "             \
    "'2021-01-01T00:00:00Z'}"

static int up(void **state)
{
    (void)state;
    region = instance_start(1);
    tenant = region->ids[COUNTY_150424];
    team = unit_new(region, region->ids[REGION_15], "UNIT_KIND_TEAM", "自治区第三检查组");
    officer = actor_new(region, "region_officer", region->ids[REGION_15], "自治区应急厅处长", NULL);
    chief = actor_new(region, "leader", region->ids[REGION_15], "自治区应急厅厅长", NULL);
    inspector = actor_new(region, "inspector", team, "检查组组员", NULL);
    county = as(region, "county_officer", COUNTY_150424, "王建国");
    colleague = as(region, "county_officer", COUNTY_150424, "核查人");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

// A lead of the county's; what else its request holds.
static const char *lead(const char *more)
{
    const char *made =
        ask_well(region, county, "CreateHazard", "{'unitId': '%s', " LEAD_OF "%s}", region->ids[TOWNSHIP_100], more);
    assert_string_equal(at(made, "hazard.state"), "STATE_LEAD");
    return at(made, "hazard.id");
}

// A call about a hazard of the county; NULL with *status where it is refused.
static const char *call(struct person who, const char *method, const char *id, int version, const char *rest,
                        struct status *status)
{
    *status = (struct status){0};
    return ask(region, who, method, status, "{'tenantId': '%s', 'id': '%s', 'version': %d, %s}", tenant, id, version,
               rest);
}

static const char *call_well(struct person who, const char *method, const char *id, int version, const char *rest)
{
    struct status status;
    const char *reply = call(who, method, id, version, rest, &status);
    assert_ok(status);
    return reply;
}

static void a_lead_is_neither_assigned_nor_fixed(void **state)
{
    (void)state;
    struct status status = {0};
    ask(region, county, "CreateHazard", &status,
        "{'unitId': '%s', " LEAD_OF ", 'fix': {'measures': '已清理', 'fixedBy': '李四', 'evidence': ['照片1']}}",
        region->ids[TOWNSHIP_100]);
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "lead");
    ask(region, county, "CreateHazard", &status,
        "{'unitId': '%s', " LEAD_OF ", 'assignment': {'responsibleUnitId': '%s', 'responsiblePerson': '张三', "
        "'deadline': '2099-01-01T00:00:00Z'}}",
        region->ids[TOWNSHIP_100], region->ids[TOWNSHIP_100]);
    assert_reason(status, FIELD_INVALID);
    const char *id = lead("");
    const char *got = ask_well(region, county, "GetHazard", "{'tenantId': '%s', 'id': '%s'}", tenant, id);
    assert_string_equal(at(got, "hazard.lastAction"), "ACTION_REGISTER_LEAD");
    assert_string_equal(at(got, "hazard.nextUnitId"), tenant);
    call(county, "HaltOperations", id, 1, "'document': '停1号', 'reason': '私存'", &status);
    assert_reason(status, STATE_CONFLICT);
}

static void verified_it_is_a_hazard_of_the_grade_that_it_has(void **state)
{
    (void)state;
    struct status status;
    const char *id = lead("");
    call(as(region, "enterprise_officer", ENTERPRISE, "企业安全员"), "VerifyLead", id, 1, "'note': '没有的事'",
         &status);
    assert_reason(status, PERMISSION_MISSING);
    call(as(region, "county_officer", COUNTY_150423, "邻旗干部"), "VerifyLead", id, 1, "'note': '没有的事'", &status);
    assert_reason(status, RECORD_NOT_FOUND);
    call(colleague, "VerifyLead", id, 1, "'note': ''", &status);
    assert_reason(status, FIELD_INVALID);
    call(colleague, "VerifyLead", id, 1, "'note': '现场核查属实', 'grade': 'GRADE_MAJOR'", &status);
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "criterion");
    call(colleague, "VerifyLead", id, 1, "'note': '现场核查属实', " CRITERION, &status);
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "grade");
    const char *now = call_well(colleague, "VerifyLead", id, 1,
                                "'note': '现场核查属实', 'evidence': ['照片1'], 'grade': 'GRADE_MAJOR', " CRITERION);
    assert_string_equal(at(now, "hazard.state"), "STATE_REGISTERED");
    assert_string_equal(at(now, "hazard.grade"), "GRADE_MAJOR");
    assert_string_equal(at(now, "hazard.life.criterion.item"), "第四条");
    assert_string_equal(at(now, "hazard.life.steps.1.note"), "现场核查属实");
    assert_string_equal(at(now, "hazard.life.steps.1.by.person"), "核查人");
    assert_string_equal(at(now, "hazard.life.steps.1.evidence.0"), "照片1");
    call(colleague, "VerifyLead", id, 2, "'note': '现场核查属实'", &status);
    assert_reason(status, STATE_CONFLICT);
}

static void it_is_dismissed_by_two_persons_and_for_a_reason(void **state)
{
    (void)state;
    struct status status;
    const char *id = lead("");
    call_well(county, "AskVoiding", id, 1, "'reason': '现场核查未发现'");
    call(colleague, "VerifyLead", id, 2, "'note': '现场核查属实'", &status);
    assert_reason(status, STATE_CONFLICT);    // that is decided first
    call(county, "DecideVoiding", id, 2, "'decision': 'DECISION_GRANTED', 'reason': '情况属实'", &status);
    assert_reason(status, SAME_PERSON);
    const char *now =
        call_well(colleague, "DecideVoiding", id, 2, "'decision': 'DECISION_REFUSED', 'reason': '再查一次'");
    assert_string_equal(at(now, "hazard.state"), "STATE_LEAD");
    call_well(county, "AskVoiding", id, 3, "'reason': '再查仍未发现'");
    now = call_well(colleague, "DecideVoiding", id, 4, "'decision': 'DECISION_GRANTED', 'reason': '情况属实'");
    assert_string_equal(at(now, "hazard.state"), "STATE_VOIDED");
    assert_string_equal(at(now, "hazard.life.voiding.reason"), "再查仍未发现");
    assert_string_equal(at(now, "hazard.life.steps.4.by.person"), "核查人");
}

static void leads_are_listed_and_counted_apart(void **state)
{
    (void)state;
    const char *id = lead(", 'externalId': '线索-9'");
    const char *page = ask_well(region, county, "ListHazards", "{'states': ['STATE_LEAD']}");
    assert_non_null(strstr(page, id));
    assert_null(strstr(page, "STATE_VOIDED"));
    assert_null(strstr(ask_well(region, county, "ListHazards", "{'states': ['STATE_REGISTERED']}"), id));
    assert_null(strstr(ask_well(region, county, "ListHazards", "{'overdue': true}"), id));
    assert_non_null(strstr(ask_well(region, county, "ListHazards", "{'grade': 'GRADE_GENERAL'}"), id));
    long long leads = instance_sql(region, "hazards", "SELECT count(*) FROM hazards WHERE state = 10");
    const char *counts = ask_well(region, county, "ListHazardCounts", "{'unitId': '%s'}", tenant);
    bool counted = false;
    for (int i = 0; i < 16 && !counted; i++) {
        char path[64];
        snprintf(path, sizeof(path), "counts.%d.state", i);
        bool is_lead = strcmp(at(counts, path), "STATE_LEAD") == 0;
        snprintf(path, sizeof(path), "counts.%d.count", i);
        counted = is_lead && strtoll(at(counts, path), NULL, 10) == leads;
    }
    assert_true(counted);
}

static const char *granted(const char *unit_id)
{
    char ends_at[CLOCK_TEXT_SIZE];
    clock_format(clock_now() + CLOCK_DAY, ends_at);
    const char *made = ask_well(
        region, acting(region, inspector, NULL), "RequestGrant",
        "{'ground': 'GRANT_GROUND_INSPECTION', 'grantorPostId': '%s', 'granteeUnitId': '%s', 'unitId': '%s', "
        "'permissions': ['hazards.read'], 'endsAt': '%s', 'reason': '督查', 'document': '内安委〔2026〕12 号'}",
        officer.post_id, team, unit_id, ends_at);
    const char *id = at(made, "grant.id");
    ask_well(region, acting(region, officer, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", id);
    return id;
}

static void a_team_hands_its_lead_over_as_a_lead(void **state)
{
    (void)state;
    const char *grant = granted(tenant);
    struct person member = acting(region, inspector, grant, NULL);
    const char *made = ask_well(region, member, "CreateHazard", "{'unitId': '%s', 'ownLedger': true, " LEAD_OF "}",
                                region->ids[ENTERPRISE]);
    const char *id = at(made, "hazard.id");
    assert_string_equal(at(made, "hazard.tenantId"), region->ids[REGION_15]);
    const char *given = ask_well(region, member, "HandOverHazard",
                                 "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitId': '%s', 'toUnitId': '%s', "
                                 "'document': '内安委督〔2026〕3 号'}",
                                 region->ids[REGION_15], id, region->ids[ENTERPRISE], region->ids[ENTERPRISE]);
    assert_string_equal(at(given, "hazard.state"), "STATE_HANDED_OVER");
    const char *taken = ask_well(region, county, "TakeOverHazard",
                                 "{'unitId': '%s', 'originTenantId': '%s', 'originId': '%s', 'sector': 'fireworks'}",
                                 region->ids[ENTERPRISE], region->ids[REGION_15], id);
    assert_string_equal(at(taken, "hazard.state"), "STATE_LEAD");
    assert_string_equal(at(taken, "hazard.life.origin.id"), id);
    ask_well(region, acting(region, officer, NULL), "RevokeGrant", "{'id': '%s', 'version': 2, 'note': '检查结束'}",
             grant);
    const char *here = at(taken, "hazard.id");
    call_well(colleague, "VerifyLead", here, 1, "'note': '现场核查属实'");
    // The receipt, and what becomes of it, with no grant left.
    const char *seen =
        ask_well(region, acting(region, inspector, NULL), "GetHazard", "{'tenantId': '%s', 'id': '%s'}", tenant, here);
    assert_string_equal(at(seen, "hazard.state"), "STATE_REGISTERED");
    assert_string_equal(at(seen, "hazard.findingUnitId"), team);
}

// A member asks; a leader of the tenant that keeps it decides.
static void a_team_dismisses_its_own_lead(void **state)
{
    (void)state;
    struct person member = acting(region, inspector, granted(tenant), NULL);
    const char *made = ask_well(region, member, "CreateHazard", "{'unitId': '%s', 'ownLedger': true, " LEAD_OF "}",
                                region->ids[TOWNSHIP_101]);
    ask_well(region, member, "AskVoiding", "{'tenantId': '%s', 'id': '%s', 'version': 1, 'reason': '核查未发现'}",
             region->ids[REGION_15], at(made, "hazard.id"));
    const char *now =
        ask_well(region, acting(region, chief, NULL), "DecideVoiding",
                 "{'tenantId': '%s', 'id': '%s', 'version': 2, 'decision': 'DECISION_GRANTED', 'reason': '属实'}",
                 region->ids[REGION_15], at(made, "hazard.id"));
    assert_string_equal(at(now, "hazard.state"), "STATE_VOIDED");
}

// An informant's report is a lead as a rule: both together.
static void a_restricted_lead_is_verified_without_its_words(void **state)
{
    (void)state;
    const char *id = lead(", 'restricted': true, 'foundBy': '孙举报', 'publicDescription': '核查仓储'");
    const char *now = call_well(colleague, "VerifyLead", id, 1, "'note': '三号仓库属实'");
    assert_string_equal(at(now, "hazard.state"), "STATE_REGISTERED");
    assert_null(strstr(now, "三号仓库"));
    assert_null(strstr(now, "孙举报"));
    now = ask_well(region, colleague, "RevealHazard", "{'tenantId': '%s', 'id': '%s', 'purpose': '答复举报人'}", tenant,
                   id);
    assert_string_equal(at(now, "hazard.payload.steps.1.note"), "三号仓库属实");
}

static void the_table_takes_no_lead_that_is_assigned(void **state)
{
    (void)state;
    char output[1024];
    const char *id = lead("");
    int code = instance_run(region, output, sizeof(output),
                            "psql -X -q -v ON_ERROR_STOP=1 -h %s -U postgres -d anlan_hazards -c \"UPDATE hazards SET "
                            "responsible_unit_id = unit_id WHERE id = '%s'\" 2>&1",
                            region->dir, id);
    assert_true(code != 0);
    assert_non_null(strstr(output, "\"lead\""));
    code = instance_run(region, output, sizeof(output), "anlan-hazards verify --database='%s' 2>&1",
                        instance_conninfo(region, "hazards", false));
    if (code != 0)
        fail_msg("%s", output);
}

static void the_program_registers_and_verifies_leads(void **state)
{
    (void)state;
    char output[8192];
    int code = instance_run(
        region, output, sizeof(output),
        "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_HAZARDS=ipc://%s/hazards-0; "
        "ANLAN_TOKEN=$(anlan token --keys %s/keys --role county_officer --unit %s --name 王建国); "
        "export ANLAN_TOKEN; cd %s; export LC_ALL=C.UTF-8; anlan hazards create --unit %s --grade general "
        "--sector fireworks --description 据反映私存烟花 --lead --lang zh >made && cat made && "
        "anlan hazards verify --tenant %s --id $(cut -c1-36 made) --note 现场核查属实 --lang zh && "
        "anlan hazards get --tenant %s --id $(cut -c1-36 made) --lang zh && "
        "anlan hazards counts --lang zh",
        region->dir, region->dir, region->dir, tenant, region->dir, region->ids[TOWNSHIP_100], tenant, tenant);
    if (code != 0)
        fail_msg("%s", output);
    assert_non_null(strstr(output, "  线索  一般  v1"));
    assert_non_null(strstr(output, "  登记  一般  v2"));
    assert_non_null(strstr(output, "登记线索"));
    assert_non_null(strstr(output, "核实"));
    assert_non_null(strstr(output, "合计"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lead_is_neither_assigned_nor_fixed),
        cmocka_unit_test(verified_it_is_a_hazard_of_the_grade_that_it_has),
        cmocka_unit_test(it_is_dismissed_by_two_persons_and_for_a_reason),
        cmocka_unit_test(leads_are_listed_and_counted_apart),
        cmocka_unit_test(a_team_hands_its_lead_over_as_a_lead),
        cmocka_unit_test(a_team_dismisses_its_own_lead),
        cmocka_unit_test(a_restricted_lead_is_verified_without_its_words),
        cmocka_unit_test(the_table_takes_no_lead_that_is_assigned),
        cmocka_unit_test(the_program_registers_and_verifies_leads),
    };
    return cmocka_run_group_tests(tests, up, down);
}
