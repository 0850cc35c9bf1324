// SPDX-License-Identifier: Apache-2.0
// Inspections by checklists: who sees one that is not announced, what is answered and found, and when it is done.
#include <stdio.h>
#include <string.h>

#include "support/acting.h"
#include "support/ask.h"
#include "support/replay.h"

static struct instance *county;
static struct person officer;
static struct person clerk;         // of 林西镇
static struct person enterprise;    // 林西某化工厂, of 林西镇
static struct person sibling;
static struct person leader_of_team;
static const char *team;
static const char *site;
static const char *list;    // the checklist of the county
static const char *visit;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    instance_start_tasks(county);
    officer = as(county, "county_officer", COUNTY_150424, "王建国");
    clerk = as(county, "township_clerk", TOWNSHIP_100, "李娜");
    sibling = as(county, "county_officer", COUNTY_150423, "邻县");
    site = unit_new(county, county->ids[TOWNSHIP_100], "UNIT_KIND_ENTERPRISE", "林西镇某化工厂");
    enterprise = as_at(county, "enterprise_officer", site, "厂长");
    team = unit_new(county, county->ids[COUNTY_150424], "UNIT_KIND_TEAM", "危化品专项检查组");
    leader_of_team = as_at(county, "inspector", team, "赵铁柱");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static int anlan(char *output, size_t size, const char *words)
{
    return instance_run(
        county, output, size,
        "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_TASKS=ipc://%s/tasks-0; "
        "ANLAN_TOKEN=$(anlan token --keys %s/keys --role county_officer --unit %s --name 王建国) anlan %s "
        "--lang zh 2>&1",
        county->dir, county->dir, county->dir, county->ids[COUNTY_150424], words);
}

static void lists_for_six_sectors_come_along(void **state)
{
    (void)state;
    char output[4096];
    static const char *const sectors[] = {"road_traffic", "food_and_drugs", "hazardous_chemicals",
                                          "fireworks",    "public_order",   "public_places"};
    const char *words = arena_printf(
        &county->arena, "checklists import $ANLAN_SOURCE/deploy/data/checklists.csv --unit 150424 --rejects %s/r.csv",
        county->dir);
    int status = anlan(output, sizeof(output), words);
    if (status != 0)
        fail_msg("%s", output);
    for (size_t i = 0; i < sizeof(sectors) / sizeof(sectors[0]); i++) {
        const char *reply = ask_well(county, clerk, "ListChecklists", "{'ofSector': '%s'}", sectors[i]);
        assert_string_equal(reply_at(county, reply, "checklists"), "1");
        assert_string_equal(reply_at(county, reply, "checklists.0.sector"), sectors[i]);
    }
    list = reply_at(county, ask_well(county, clerk, "ListChecklists", "{'ofSector': 'fireworks'}"), "checklists.0.id");
    const char *reply =
        ask_well(county, clerk, "GetChecklist", "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424], list);
    assert_string_equal(reply_at(county, reply, "checklist.itemCount"), "6");
    assert_string_equal(reply_at(county, reply, "checklist.detail.items.3.basis"), "《消防法》第十六条");
    long long editions = instance_sql(county, "tasks", "SELECT count(*) FROM checklists");
    assert_int_equal(anlan(output, sizeof(output), words), 0);    // once more: nothing is entered twice
    assert_int_equal(instance_sql(county, "tasks", "SELECT count(*) FROM checklists"), editions);
    assert_int_equal(editions, 6);
}

static const char *plan(struct person person, const char *unit, const char *where, const char *more,
                        struct status *status)
{
    *status = (struct status){0};
    return ask(county, person, "PlanInspection", status,
               "{'unitId': '%s', 'siteId': '%s', 'sector': 'fireworks', 'plannedFor': '2026-12-01T00:00:00+08:00', "
               "'members': ['赵铁柱', '李娜']%s}",
               unit, where, more);
}

static void what_is_planned_must_fit(void **state)
{
    (void)state;
    struct status status = {0};
    const char *tenant = county->ids[COUNTY_150424];
    assert_null(plan(officer, team, county->ids[TOWNSHIP_OTHER], "", &status));
    assert_reason(status, UNIT_NOT_FOUND);    // out of his scope
    assert_null(plan(officer, team, site, ", 'campaignId': '0193c0de-0000-7000-8000-000000000000'", &status));
    assert_string_equal(status.violations[0].field, "campaign_id");
    const char *wrong =
        reply_at(county, ask_well(county, clerk, "ListChecklists", "{'ofSector': 'public_places'}"), "checklists.0.id");
    assert_null(plan(officer, team, site,
                     arena_printf(&county->arena, ", 'checklistTenantId': '%s', 'checklistId': '%s'", tenant, wrong),
                     &status));
    assert_string_equal(status.violations[0].field, "checklist_id");
    assert_null(plan(as(county, "leader", COUNTY_150424, "分管副县长"), team, site, "", &status));
    assert_reason(status, PERMISSION_MISSING);
    // Another county's list does not hold here.
    const char *theirs = reply_at(
        county,
        ask_well(county, sibling, "PublishChecklist",
                 "{'unitId': '%s', 'sector': 'fireworks', 'code': 'fireworks_retail', 'edition': '2026.1', 'name': "
                 "'邻县检查表', 'items': [{'text': '有许可证', 'basis': '《烟花爆竹安全管理条例》'}]}",
                 county->ids[COUNTY_150423]),
        "checklist.id");
    assert_null(plan(officer, team, site,
                     arena_printf(&county->arena, ", 'checklistTenantId': '%s', 'checklistId': '%s'",
                                  county->ids[COUNTY_150423], theirs),
                     &status));
    assert_string_equal(status.violations[0].field, "checklist_id");
}

static const char *get_visit(struct person person, struct status *status)
{
    *status = (struct status){0};
    return ask(county, person, "GetInspection", status, "{'tenantId': '%s', 'id': '%s'}", county->ids[COUNTY_150424],
               visit);
}

static void one_that_is_not_announced_is_not_seen_by_the_place(void **state)
{
    (void)state;
    struct status status = {0};
    const char *reply = plan(officer, team, site,
                             arena_printf(&county->arena, ", 'checklistTenantId': '%s', 'checklistId': '%s'",
                                          county->ids[COUNTY_150424], list),
                             &status);
    assert_ok(status);
    visit = reply_at(county, reply, "inspection.id");
    assert_string_equal(reply_at(county, reply, "inspection.partyIds"), "");
    assert_null(get_visit(enterprise, &status));
    assert_reason(status, RECORD_NOT_FOUND);
    assert_null(get_visit(clerk, &status));
    assert_reason(status, RECORD_NOT_FOUND);    // the township might tell
    assert_null(get_visit(sibling, &status));
    assert_reason(status, RECORD_NOT_FOUND);
    assert_non_null(get_visit(leader_of_team, &status));
    assert_string_equal(reply_at(county, ask_well(county, enterprise, "ListInspections", "{}"), "inspections"), "");
    reply = ask_well(county, leader_of_team, "ListInspections", "{'state': 'STATE_PLANNED'}");
    assert_string_equal(reply_at(county, reply, "inspections.0.id"), visit);
    // One that is announced is.
    reply = plan(officer, team, site, ", 'announced': true", &status);
    assert_ok(status);
    reply = ask_well(county, enterprise, "ListInspections", "{}");
    assert_string_equal(reply_at(county, reply, "inspections"), "1");
    assert_string_equal(reply_at(county, reply, "inspections.0.announced"), "true");
    ask_well(county, leader_of_team, "CancelInspection",
             "{'tenantId': '%s', 'id': '%s', 'version': 1, 'reason': '企业停业'}", county->ids[COUNTY_150424],
             reply_at(county, reply, "inspections.0.id"));
}

static const char *answer(struct person person, int version, const char *answers, struct status *status)
{
    *status = (struct status){0};
    return ask(county, person, "AnswerInspection", status,
               "{'tenantId': '%s', 'id': '%s', 'version': %d, 'answers': [%s]}", county->ids[COUNTY_150424], visit,
               version, answers);
}

static void the_team_answers_and_the_place_sees_it_then(void **state)
{
    (void)state;
    struct status status = {0};
    assert_null(answer(officer, 1, "{'item': 1, 'kind': 'ANSWER_KIND_YES'}", &status));
    assert_reason(status, STEP_OF_OTHER_UNIT);
    assert_null(answer(leader_of_team, 1, "{'item': 7, 'kind': 'ANSWER_KIND_YES'}", &status));
    assert_string_equal(status.violations[0].field, "answers[0].item");
    const char *reply = answer(
        leader_of_team, 1, "{'item': 4, 'kind': 'ANSWER_KIND_YES'}, {'item': 1, 'kind': 'ANSWER_KIND_YES'}", &status);
    assert_ok(status);
    assert_string_equal(reply_at(county, reply, "inspection.state"), "STATE_UNDER_WAY");
    assert_string_equal(reply_at(county, reply, "inspection.detail.answers.0.item"), "1");
    reply = answer(leader_of_team, 2, "{'item': 4, 'kind': 'ANSWER_KIND_NO', 'note': '压力不足'}", &status);
    assert_string_equal(reply_at(county, reply, "inspection.detail.answers"), "2");
    assert_string_equal(reply_at(county, reply, "inspection.detail.answers.1.kind"), "ANSWER_KIND_NO");
    assert_non_null(get_visit(enterprise, &status));
    assert_non_null(get_visit(clerk, &status));
    assert_null(get_visit(sibling, &status));
    // It sees it, and changes nothing.
    assert_null(answer(enterprise, 3, "{'item': 4, 'kind': 'ANSWER_KIND_YES'}", &status));
    assert_reason(status, STEP_OF_OTHER_UNIT);
    assert_string_equal(reply_at(county, ask_well(county, clerk, "ListInspections", "{'state': 'STATE_UNDER_WAY'}"),
                                 "inspections.0.id"),
                        visit);
}

static const char *find(int version, const char *rest, struct status *status)
{
    *status = (struct status){0};
    return ask(county, leader_of_team, "RecordFinding", status,
               "{'tenantId': '%s', 'id': '%s', 'version': %d, 'description': '灭火器压力不足', %s}",
               county->ids[COUNTY_150424], visit, version, rest);
}

static void a_finding_has_a_number_and_what_is_major_a_criterion(void **state)
{
    (void)state;
    struct status status = {0};
    assert_null(find(3, "'grade': 'GRADE_MAJOR'", &status));
    assert_string_equal(status.violations[0].field, "criterion");
    assert_null(find(3,
                     "'grade': 'GRADE_MAJOR', 'criterion': {'standard': '判定标准', 'version': '2号', 'item': "
                     "'一', 'inForceFrom': '2090-01-01T00:00:00Z'}",
                     &status));
    assert_string_equal(status.violations[0].field, "criterion");
    assert_null(find(3,
                     "'grade': 'GRADE_MAJOR', 'criterion': {'version': '2号', 'item': '一', 'inForceFrom': "
                     "'2020-01-01T00:00:00Z'}",
                     &status));
    assert_string_equal(status.violations[0].field, "criterion.standard");
    const char *reply = find(3, "'grade': 'GRADE_GENERAL', 'item': 4, 'location': '门口'", &status);
    assert_ok(status);
    assert_string_equal(reply_at(county, reply, "inspection.findingCount"), "1");
    assert_string_equal(reply_at(county, reply, "inspection.detail.findings.0.number"), "1");
    assert_string_equal(reply_at(county, reply, "inspection.detail.findings.0.found.person"), "赵铁柱");
    assert_int_equal(
        instance_sql(county, "tasks", "SELECT count(*) FROM entries WHERE tenant_id = '%s' AND position = %s",
                     county->ids[COUNTY_150424], reply_at(county, reply, "inspection.detail.findings.0.position")),
        1);
}

static const char *conclude(int version, struct status *status)
{
    *status = (struct status){0};
    return ask(county, leader_of_team, "ConcludeInspection", status, "{'tenantId': '%s', 'id': '%s', 'version': %d}",
               county->ids[COUNTY_150424], visit, version);
}

static void it_is_done_when_every_item_is(void **state)
{
    (void)state;
    struct status status = {0};
    assert_null(conclude(4, &status));
    assert_reason(status, STATE_CONFLICT);
    assert_non_null(strstr(status.message, "item 2"));
    answer(leader_of_team, 4,
           "{'item': 2, 'kind': 'ANSWER_KIND_YES'}, {'item': 3, 'kind': 'ANSWER_KIND_NO'}, {'item': 5, 'kind': "
           "'ANSWER_KIND_YES'}, {'item': 6, 'kind': 'ANSWER_KIND_NOT_APPLICABLE'}",
           &status);
    assert_ok(status);
    assert_null(conclude(5, &status));
    assert_non_null(strstr(status.message, "item 3"));    // NO, and no finding
    find(5, "'grade': 'GRADE_GENERAL', 'item': 3", &status);
    assert_ok(status);
    const char *reply = conclude(6, &status);
    assert_ok(status);
    assert_string_equal(reply_at(county, reply, "inspection.state"), "STATE_DONE");
    assert_null(find(7, "'grade': 'GRADE_GENERAL'", &status));
    assert_reason(status, STATE_CONFLICT);
}

// A region's team with a grant inspects in the county: the record is the region's.
static void a_team_from_above_keeps_its_own_record(void **state)
{
    (void)state;
    struct status status = {0};
    struct actor region_officer = actor_new(county, "region_officer", county->ids[REGION_15], "区应急厅", NULL);
    const char *reply = plan(acting(county, region_officer, NULL), county->ids[REGION_15], site, "", &status);
    assert_ok(status);
    assert_string_equal(reply_at(county, reply, "inspection.tenantId"), county->ids[REGION_15]);
    const char *id = reply_at(county, reply, "inspection.id");
    assert_null(
        ask(county, officer, "GetInspection", &status, "{'tenantId': '%s', 'id': '%s'}", county->ids[REGION_15], id));
    assert_reason(status, RECORD_NOT_FOUND);    // not announced: the county does not know
    ask_well(county, acting(county, region_officer, NULL), "ConcludeInspection",
             "{'tenantId': '%s', 'id': '%s', 'version': 1, 'note': '未发现问题'}", county->ids[REGION_15], id);
    ask_well(county, officer, "GetInspection", "{'tenantId': '%s', 'id': '%s'}", county->ids[REGION_15], id);
    assert_null(ask(county, officer, "RecordFinding", &status,
                    "{'tenantId': '%s', 'id': '%s', 'version': 2, 'grade': 'GRADE_GENERAL', 'description': '问题'}",
                    county->ids[REGION_15], id));
    assert_false(status_ok(&status));
}

static void an_edition_that_is_withdrawn_serves_no_more(void **state)
{
    (void)state;
    struct status status = {0};
    ask_well(county, officer, "WithdrawChecklist",
             "{'tenantId': '%s', 'id': '%s', 'version': 1, 'reason': '标准已更新'}", county->ids[COUNTY_150424], list);
    assert_null(plan(officer, team, site,
                     arena_printf(&county->arena, ", 'checklistTenantId': '%s', 'checklistId': '%s'",
                                  county->ids[COUNTY_150424], list),
                     &status));
    assert_string_equal(status.violations[0].field, "checklist_id");
    const char *reply = ask_well(county, clerk, "ListChecklists", "{'code': 'fireworks_retail'}");
    assert_string_equal(reply_at(county, reply, "checklists"), "1");    // the sibling's
    assert_non_null(get_visit(officer, &status));                       // what was made by it stays
}

static void the_same_from_the_command_line(void **state)
{
    (void)state;
    char output[4096];
    char id[UUID_TEXT_SIZE];
    const char *words = arena_printf(&county->arena,
                                     "inspections plan --team 150424 --site %s --sector public_places --on 2026-12-01 "
                                     "--member 王建国 --purpose 消防",
                                     site);
    assert_int_equal(anlan(output, sizeof(output), words), 0);
    assert_int_equal(sscanf(output, "编号: %36s", id), 1);
    words = arena_printf(&county->arena,
                         "inspections find --tenant 150424 --id %s --grade general --description 安全出口锁闭", id);
    assert_int_equal(anlan(output, sizeof(output), words), 0);
    assert_non_null(strstr(output, "安全出口锁闭"));
    assert_non_null(strstr(output, "林西镇某化工厂"));
    assert_int_equal(anlan(output, sizeof(output), "inspections list --state under-way"), 0);
    assert_non_null(strstr(output, "检查中"));
    words = arena_printf(&county->arena, "inspections answer --tenant 150424 --id %s --answer item=1,kind=maybe", id);
    assert_int_equal(anlan(output, sizeof(output), words), 2);
}

static void blind_spots_are_listed(void **state)
{
    (void)state;
    char output[4096];
    // One place was visited by the team, of another nobody has heard; neither has a regulator.
    assert_int_equal(anlan(output, sizeof(output), "coverage --unit 150424 --days 30"), 0);
    assert_non_null(strstr(output, "从未检查"));
    assert_non_null(strstr(output, "未明确"));
    assert_non_null(strstr(output, "共 2 处：从未检查 1，超过期限未检查 0（30 日），未明确主管部门 2；覆盖率 0.0%"));
    struct person admin = as_at(county, "administrator", county->instance_id, "系统管理员");
    const char *version = reply_at(county, ask_well(county, admin, "GetUnit", "{'id': '%s'}", site), "unit.version");
    ask_well(county, admin, "UpdateUnit",
             "{'id': '%s', 'version': %s, 'name': '林西镇某化工厂', 'profile': {'regulatorIds': ['%s']}}", site,
             version, county->ids[REGULATOR]);
    assert_int_equal(anlan(output, sizeof(output), "coverage --unit 150424 --days 30 --json"), 0);
    assert_non_null(strstr(output, "\"places\": 2, \"never\": 1, \"late\": 0, \"noRegulator\": 1, \"covered\": 1, "
                                   "\"percent\": 50.0"));
    // What was long ago counts no more.
    instance_sql(county, "tasks",
                 "UPDATE inspections SET visited_at = visited_at - interval '40 days' WHERE state <> 7 AND "
                 "visited_at IS NOT NULL");
    assert_int_equal(anlan(output, sizeof(output), "coverage --unit 150424 --days 30 --json"), 0);
    assert_non_null(strstr(output, "\"late\": 1"));
    instance_sql(county, "tasks",
                 "UPDATE inspections SET visited_at = visited_at + interval '40 days' WHERE state <> 7 AND "
                 "visited_at IS NOT NULL");
    assert_int_equal(anlan(output, sizeof(output), "coverage --unit 150424 --days 0"), 2);
    // A sibling sees no visits here, and no places.
    struct status status = {0};
    const char *reply = ask(county, sibling, "ListVisits", &status, "{'siteIds': ['%s']}", site);
    assert_non_null(reply);
    assert_string_equal(reply_at(county, reply, "visits"), "");
}

static void tables_are_what_the_log_says(void **state)
{
    (void)state;
    tasks_replay(county, "checklists, inspections, parties",
                 "UPDATE inspections SET visited_at = now() WHERE state = 9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_for_six_sectors_come_along),
        cmocka_unit_test(what_is_planned_must_fit),
        cmocka_unit_test(one_that_is_not_announced_is_not_seen_by_the_place),
        cmocka_unit_test(the_team_answers_and_the_place_sees_it_then),
        cmocka_unit_test(a_finding_has_a_number_and_what_is_major_a_criterion),
        cmocka_unit_test(it_is_done_when_every_item_is),
        cmocka_unit_test(a_team_from_above_keeps_its_own_record),
        cmocka_unit_test(an_edition_that_is_withdrawn_serves_no_more),
        cmocka_unit_test(the_same_from_the_command_line),
        cmocka_unit_test(blind_spots_are_listed),
        cmocka_unit_test(tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}
