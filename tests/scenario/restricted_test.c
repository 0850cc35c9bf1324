// SPDX-License-Identifier: Apache-2.0
// An informant's report (举报) becomes a restricted hazard: who follows it sees that it is there and how far it is;
// what it says and who said so is read by the unit that keeps it, and by nobody else, whatever he may see otherwise.
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/seen.h"

#define ACCESS_KIND(name) ANLAN__RPC__V1__ACCESS_KIND__ACCESS_KIND_##name
#define at(reply, path) reply_at(region, reply, path)

// What nobody else may learn, wherever it was said.
static const char *const words[] = {
    "孙举报",         "三号仓库私存原料", "后院西侧铁皮房", "录音编号七七", "判定标准甲", "第四条之三",
    "原料全部封存",   "安监股长负责",     "专项经费五万",   "十日内办结",   "疏散预案乙", "已查实并清空",
    "现场照片零零一", "复核后移交",       "设备未到货",     "经复查仍在",
};

static struct instance *region;
static const char *bureau, *office;    // departments of 林西县
static struct actor receiver, colleague, neighbour, officer, enterprise, inspector, auditor;
static const char *tenant, *report;    // the hazard

static int up(void **state)
{
    (void)state;
    region = instance_start(1);
    tenant = region->ids[COUNTY_150424];
    bureau = unit_new(region, tenant, "UNIT_KIND_DEPARTMENT", "林西县应急管理局");
    office = unit_new(region, tenant, "UNIT_KIND_OFFICE", "林西县安委办");
    receiver = actor_new(region, "emergency_officer", bureau, "接报人", NULL);
    colleague = actor_new(region, "emergency_officer", bureau, "核查人", NULL);
    neighbour = actor_new(region, "safety_office", office, "安委办干部", NULL);
    officer = actor_new(region, "county_officer", tenant, "王建国", NULL);
    enterprise = actor_new(region, "enterprise_officer", region->ids[ENTERPRISE], "企业安全员", NULL);
    inspector = actor_new(region, "inspector", region->ids[TOWNSHIP_101], "检查员", NULL);
    auditor = actor_new(region, "auditor", tenant, "审计员", NULL);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

static struct person by(struct actor who)
{
    return acting(region, who, NULL);
}

static bool tells(const char *text, size_t length)
{
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (memmem(text, length, words[i], strlen(words[i]))) {
            print_message("it tells %s\n", words[i]);
            return true;
        }
    return false;
}

static bool reply_tells(const char *reply)
{
    return tells(reply, strlen(reply));
}

#define RESTRICTED                                                                                                                 \
    "'grade': 'GRADE_MAJOR', 'sector': 'fireworks', 'restricted': true, 'foundBy': '孙举报', 'location': "                      \
    "'后院西侧铁皮房', 'description': '三号仓库私存原料', 'note': '录音编号七七', 'criterion': {'standard': " \
    "'判定标准甲', 'version': '第4号', 'item': '第四条之三', 'inForceFrom': '2021-01-01T00:00:00Z'}"

static void a_report_is_registered_without_its_words(void **state)
{
    (void)state;
    const char *made = ask_well(region, by(receiver), "CreateHazard",
                                "{'unitId': '%s', 'publicDescription': '按线索核查仓储管理', " RESTRICTED "}",
                                region->ids[ENTERPRISE]);
    assert_false(reply_tells(made));
    report = at(made, "hazard.id");
    assert_string_equal(at(made, "hazard.restrictedToUnitId"), bureau);
    assert_string_equal(at(made, "hazard.description"), "按线索核查仓储管理");
    assert_string_equal(at(made, "hazard.foundBy"), "");
    assert_string_equal(at(made, "hazard.state"), "STATE_REGISTERED");
    assert_string_equal(at(made, "hazard.life.steps.0.by.person"), "接报人");    // who entered it answers for it
    assert_int_equal(reply_bytes(region, made, "hazard.payloadDigests.0").length, 32);
}

static void who_may_not_restrict_and_what_would_show_is_refused(void **state)
{
    (void)state;
    struct status status = {0};
    ask(region, by(enterprise), "CreateHazard", &status, "{'unitId': '%s', " RESTRICTED "}", region->ids[ENTERPRISE]);
    assert_reason(status, PERMISSION_MISSING);
    ask(region, by(receiver), "CreateHazard", &status, "{'unitId': '%s', 'externalId': '12350-77', " RESTRICTED "}",
        region->ids[ENTERPRISE]);
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "external_id");
    ask(region, by(receiver), "CreateHazard", &status,
        "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': '通道堵塞', "
        "'publicDescription': '公开'}",
        region->ids[ENTERPRISE]);
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "public_description");
}

// The step by the person, of the version that is the latest.
static const char *next(struct actor who, const char *method, const char *rest)
{
    const char *now = ask_well(region, by(officer), "GetHazard", "{'tenantId': '%s', 'id': '%s'}", tenant, report);
    const char *then = ask_well(region, by(who), method, "{'tenantId': '%s', 'id': '%s', 'version': %s, %s}", tenant,
                                report, at(now, "hazard.version"), rest);
    assert_false(reply_tells(then));
    return then;
}

static void it_is_followed_to_its_end_without_a_word(void **state)
{
    (void)state;
    char text[1024];
    snprintf(text, sizeof(text),
             "'assignment': {'responsibleUnitId': '%s', 'responsiblePerson': '企业负责人', 'deadline': "
             "'2099-01-01T00:00:00Z', 'fiveItems': {'measures': '原料全部封存', 'responsibility': '安监股长负责', "
             "'funds': '专项经费五万', 'timeLimit': '十日内办结', 'emergencyPlan': '疏散预案乙'}}",
             region->ids[ENTERPRISE]);
    const char *now = next(colleague, "AssignHazard", text);
    assert_string_equal(at(now, "hazard.state"), "STATE_ASSIGNED");
    assert_string_equal(at(now, "hazard.responsiblePerson"), "企业负责人");
    assert_string_equal(at(now, "hazard.deadline"), "2099-01-01T00:00:00Z");
    next(enterprise, "StartRectification", "'note': '录音编号七七'");
    next(enterprise, "AskExtension", "'deadline': '2099-02-01T00:00:00Z', 'reason': '设备未到货'");
    next(receiver, "DecideExtension", "'decision': 'DECISION_GRANTED', 'reason': '复核后移交'");
    next(officer, "HaltOperations", "'document': '林应急停〔2026〕3号', 'reason': '经复查仍在'");
    next(enterprise, "ReportRectification", "'measures': '已查实并清空', 'evidence': ['现场照片零零一']");
    now = next(receiver, "RefuseHazard", "'reason': '经复查仍在'");
    assert_string_equal(at(now, "hazard.state"), "STATE_RECTIFYING");
    // A major one has its five items, though nobody sees what they say: it need not be given them again.
    assert_string_equal(at(now, "hazard.life.fiveItems.measures"), "");
    now = next(receiver, "RegradeHazard", "'grade': 'GRADE_GENERAL', 'reason': '复核后移交'");
    assert_string_equal(at(now, "hazard.life.criterion.standard"), "");
    next(receiver, "AskVoiding", "'reason': '录音编号七七'");
}

static void whose_scope_covers_it_sees_that_it_is_there_and_no_word(void **state)
{
    (void)state;
    const struct person everybody[] = {
        by(receiver),
        by(colleague),
        by(neighbour),
        by(officer),
        by(enterprise),
        by(auditor),
        as(region, "leader", COUNTY_150424, "李副县长"),
        as(region, "city_officer", CITY_1504, "市局干部"),
        as(region, "region_officer", REGION_15, "厅里干部"),
        as_at(region, "auditor", region->instance_id, "审计管理员"),
    };
    for (size_t i = 0; i < COUNT_OF(everybody); i++) {
        const char *got = ask_well(region, everybody[i], "GetHazard", "{'tenantId': '%s', 'id': '%s'}", tenant, report);
        assert_string_equal(at(got, "hazard.grade"), "GRADE_GENERAL");
        assert_string_equal(at(got, "hazard.deadline"), "2099-02-01T00:00:00Z");
        assert_false(reply_tells(got));
        const char *page = ask_well(region, everybody[i], "ListHazards", "{}");
        assert_non_null(strstr(page, report));
        assert_false(reply_tells(page));
    }
    // It counts like any other.
    const char *counts = ask_well(region, by(officer), "ListHazardCounts", "{'sector': 'fireworks'}");
    assert_string_equal(at(counts, "counts.0.state"), "STATE_RECTIFYING");
    assert_string_equal(at(counts, "counts.0.count"), "1");
}

// Every text and every byte of every table, but for the one that withholds it.
static void the_database_has_it_in_one_table_and_the_feed_nowhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        char found[256];
        snprintf(found, sizeof(found), "position(convert_to('%s', 'UTF8') IN v) > 0", words[i]);
        assert_int_equal(instance_sql(region, "hazards",
                                      "SELECT count(*) FROM (SELECT entry AS v FROM entries UNION ALL SELECT summary "
                                      "FROM hazards UNION ALL SELECT detail FROM hazards UNION ALL SELECT "
                                      "convert_to(h::text, 'UTF8') FROM hazards h UNION ALL SELECT place || "
                                      "request_hash FROM results) AS t WHERE %s",
                                      found),
                         0);
        assert_true(instance_sql(region, "hazards",
                                 "SELECT count(*) FROM (SELECT payload AS v FROM hazard_payloads) "
                                 "AS t WHERE %s",
                                 found) > 0);
    }
    struct status status = {0};
    const Anlan__Rpc__V1__PullResponse *page = pull_page(region, "hazards", by(auditor), tenant, "", false, &status);
    assert_ok(status);
    assert_true(page->n_entries >= 9);
    uint8_t *packed = arena_bytes(&region->arena, protobuf_c_message_get_packed_size(&page->base));
    size_t length = protobuf_c_message_pack(&page->base, packed);
    assert_non_null(memmem(packed, length, report, strlen(report)));
    assert_false(tells((const char *)packed, length));
}

static const char *reveal(struct person who, const char *id, struct status *status)
{
    *status = (struct status){0};
    return ask(region, who, "RevealHazard", status, "{'tenantId': '%s', 'id': '%s', 'purpose': '核查举报线索'}", tenant,
               id);
}

static void the_unit_that_keeps_it_reads_it_for_a_purpose_that_stands_in_the_log(void **state)
{
    (void)state;
    struct status status;
    size_t last = 0;
    const char *told = reveal(by(colleague), report, &status);
    assert_ok(status);
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (!strstr(told, words[i]))
            fail_msg("it does not tell %s", words[i]);
    assert_string_equal(at(told, "hazard.payload.foundBy"), "孙举报");
    assert_string_equal(at(told, "hazard.payload.description"), "三号仓库私存原料");
    assert_string_equal(at(told, "hazard.payload.steps.0.criterion.item"), "第四条之三");
    assert_string_equal(at(told, "hazard.payload.steps.1.fiveItems.funds"), "专项经费五万");
    assert_string_equal(at(told, "hazard.payload.steps.6.note"), "已查实并清空");
    assert_string_equal(at(told, "hazard.payload.steps.6.version"), "7");
    assert_string_equal(at(told, "hazard.incomplete"), "");
    struct seen_log seen = read_access_log(region, "hazards", by(auditor), tenant);
    assert_int_equal(seen_calls(&seen, ACCESS_KIND(UNMASKED_READ), colleague.person_id, "RevealHazard", &last), 1);
    assert_string_equal(seen.records[last]->record_id, report);
    assert_string_equal(seen.records[last]->record_type, "anlan.hazards.v1.Hazard");
    assert_string_equal(seen.records[last]->purpose, "核查举报线索");
    assert_string_equal(seen.records[last]->unit_id, region->ids[ENTERPRISE]);
    assert_string_equal(seen.entries[last]->actor->post_id, colleague.post_id);
    assert_string_equal(seen.entries[last]->actor->grant_id, "");
    ask(region, by(colleague), "RevealHazard", &status, "{'tenantId': '%s', 'id': '%s', 'purpose': '看'}", tenant,
        report);
    assert_reason(status, FIELD_INVALID);
}

static void nobody_inherits_it(const char *what)
{
    struct status status;
    const struct person others[] = {
        by(officer),      // of the county to which the bureau belongs, with the same permission
        by(neighbour),    // of another department
        as(region, "city_officer", CITY_1504, "市局干部"),
        as(region, "region_officer", REGION_15, "厅里干部"),
        as(region, "township_clerk", TOWNSHIP_100, "赵铁柱"),
        as(region, "county_officer", COUNTY_150423, "邻旗干部"),
    };
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (reveal(others[i], report, &status))
            fail_msg("%s: it is revealed to %zu", what, i);
        assert_reason(status, RECORD_NOT_FOUND);
    }
    const struct person unpermitted[] = {by(enterprise), by(auditor), as(region, "leader", COUNTY_150424, "李副县长"),
                                         as_at(region, "auditor", region->instance_id, "审计管理员")};
    for (size_t i = 0; i < COUNT_OF(unpermitted); i++) {
        if (reveal(unpermitted[i], report, &status))
            fail_msg("%s: it is revealed without a permission to %zu", what, i);
        assert_reason(status, PERMISSION_MISSING);
    }
    assert_non_null(reveal(by(receiver), report, &status));
}

// A grant of the grantor's to the inspector.
static const char *granted(struct actor grantor, struct actor approver, const char *unit_id, const char *permissions,
                           const char *sectors)
{
    char ends[CLOCK_TEXT_SIZE];
    clock_format(clock_now() + CLOCK_DAY, ends);
    const char *made = ask_well(region, by(inspector), "RequestGrant",
                                "{'ground': 'GRANT_GROUND_ASSISTING', 'grantorPostId': '%s', 'granteePersonId': '%s', "
                                "'unitId': '%s', 'permissions': [%s], 'sectors': [%s], 'endsAt': '%s', 'reason': "
                                "'协助核查', 'document': '林应急〔2026〕9 号'}",
                                grantor.post_id, inspector.person_id, unit_id, permissions, sectors, ends);
    const char *id = at(made, "grant.id");
    ask_well(region, by(approver), "ApproveGrant", "{'id': '%s', 'version': 1}", id);
    return id;
}

static void it_takes_a_grant_of_the_keeper_that_names_the_permission(void **state)
{
    (void)state;
    struct status status;
    size_t last = 0;
    const char *reading = granted(receiver, receiver, tenant, "'hazards.read'", "");
    reveal(acting(region, inspector, reading, NULL), report, &status);
    assert_reason(status, RECORD_NOT_FOUND);    // by his own post he may, at his own unit
    const char *whole = granted(receiver, receiver, tenant, "'hazards.read', 'hazards.read_restricted'", "");
    const char *told = reveal(acting(region, inspector, whole, NULL), report, &status);
    assert_ok(status);
    assert_string_equal(at(told, "hazard.payload.foundBy"), "孙举报");
    struct seen_log seen = read_access_log(region, "hazards", by(auditor), tenant);
    assert_int_equal(seen_calls(&seen, ACCESS_KIND(UNMASKED_READ), inspector.person_id, "RevealHazard", &last), 1);
    assert_string_equal(seen.entries[last]->actor->grant_id, whole);
    assert_string_equal(seen.entries[last]->actor->on_behalf_of[0]->post_id, receiver.post_id);
    assert_non_null(reveal(
        acting(region, inspector,
               granted(receiver, receiver, region->ids[ENTERPRISE], "'hazards.read_restricted'", "'fireworks'"), NULL),
        report, &status));
    // Of another place, of another sector, of one who does not keep it; and two of them make no third.
    const char *place = granted(receiver, receiver, region->ids[TOWNSHIP_101], "'hazards.read_restricted'", "");
    const char *sector = granted(receiver, receiver, tenant, "'hazards.read_restricted'", "'road_traffic'");
    const char *county = granted(officer, officer, tenant, "'hazards.read_restricted'", "");
    assert_null(reveal(acting(region, inspector, place, sector, county, reading, NULL), report, &status));
    assert_reason(status, RECORD_NOT_FOUND);
    ask_well(region, by(receiver), "RevokeGrant", "{'id': '%s', 'version': 2, 'note': '核查结束'}", whole);
    assert_null(reveal(acting(region, inspector, whole, NULL), report, &status));
    assert_reason(status, RECORD_NOT_FOUND);
}

static void both_walls_stand_and_each_alone_leaks_nothing(void **state)
{
    (void)state;
    nobody_inherits_it("both walls");
    instance_sql(region, "hazards", "ALTER TABLE hazards DISABLE ROW LEVEL SECURITY");
    instance_sql(region, "hazards", "ALTER TABLE hazard_payloads DISABLE ROW LEVEL SECURITY");
    nobody_inherits_it("scope alone");
    instance_sql(region, "hazards", "ALTER TABLE hazards ENABLE ROW LEVEL SECURITY");
    instance_sql(region, "hazards", "ALTER TABLE hazard_payloads ENABLE ROW LEVEL SECURITY");
}

// Rows that the service's own role sees without any condition of a statement.
static long long seen_rows(const char *settings, const char *table)
{
    return instance_sql(region, "hazards", "SET ROLE anlan_hazards; BEGIN; %s; SELECT count(*) FROM %s; COMMIT",
                        settings, table);
}

static void row_security_alone_leaks_nothing(void **state)
{
    (void)state;
    char settings[512];
    static const char *const denying[] = {
        "SELECT 1 WHERE false",
        "SET LOCAL anlan.wall = 'kept'",
        "SET LOCAL anlan.wall = 'kept'; SET LOCAL anlan.kept = ''",
        "SET LOCAL anlan.wall = 'kept'; SET LOCAL anlan.kept = '{}'",
        "SET LOCAL anlan.wall = 'scope'; SET LOCAL anlan.scope = 'all|||'",
        "SET LOCAL anlan.wall = 'batch'",
        "SET LOCAL anlan.wall = 'upkeep'",
    };
    for (size_t i = 0; i < COUNT_OF(denying); i++)
        assert_int_equal(seen_rows(denying[i], "hazard_payloads"), 0);
    // Territories, of keepers: the county's own keeping, the bureau's elsewhere or in another sector, nobody's.
    const struct {
        const char *keeper;
        const char *kind;
        const char *unit;
        const char *sector;
        bool shows;
    } keys[] = {
        {bureau, "t", tenant, "", true},
        {bureau, "t", tenant, "fireworks", true},
        {bureau, "p", bureau, "", true},
        {bureau, "a", region->ids[ENTERPRISE], "", true},
        {bureau, "t", tenant, "road_traffic", false},
        {bureau, "t", region->ids[COUNTY_150423], "", false},
        {bureau, "a", tenant, "", false},
        {tenant, "t", tenant, "", false},
        {office, "t", tenant, "", false},
        {region->ids[ENTERPRISE], "p", region->ids[ENTERPRISE], "", false},
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        snprintf(settings, sizeof(settings), "SET LOCAL anlan.wall = 'kept'; SET LOCAL anlan.kept = '{%s/%s/%s/%s}'",
                 keys[i].keeper, keys[i].kind, keys[i].unit, keys[i].sector);
        assert_int_equal(seen_rows(settings, "hazards"), keys[i].shows);
        assert_int_equal(seen_rows(settings, "hazard_payloads") > 0, keys[i].shows);
    }
}

static bool refused(const char *sql)
{
    char output[2048];
    return instance_run(region, output, sizeof(output),
                        "psql -X -q -v ON_ERROR_STOP=1 -h %s -U anlan_hazards -d anlan_hazards -c \"%s\" 2>&1",
                        region->dir, sql) != 0;
}

static void the_services_role_changes_nothing_of_it(void **state)
{
    (void)state;
    assert_true(refused("UPDATE hazard_payloads SET payload = ''"));
    assert_true(refused("DELETE FROM hazard_payloads"));
    assert_true(refused("TRUNCATE hazard_payloads"));
    assert_false(refused("SELECT count(*) FROM hazard_payloads"));
}

// What is not restricted has nothing to reveal; asking tells no more than asking for what is not there.
static void what_is_not_restricted_and_what_is_not_there_answer_alike(void **state)
{
    (void)state;
    struct status open, absent;
    const char *made = ask_well(region, by(receiver), "CreateHazard",
                                "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': "
                                "'通道堵塞'}",
                                region->ids[ENTERPRISE]);
    assert_null(reveal(by(receiver), at(made, "hazard.id"), &open));
    assert_null(reveal(by(receiver), "01930000-0000-7000-8000-000000000001", &absent));
    assert_int_equal(open.reason, absent.reason);
    assert_string_equal(open.message, absent.message);
    assert_reason(open, RECORD_NOT_FOUND);
}

// An inspection's: its own tenant keeps it, and whoever takes it over follows it without its words.
static void handed_over_it_leaves_its_words_behind(void **state)
{
    (void)state;
    struct status status = {0};
    struct person above = as(region, "region_officer", REGION_15, "厅里干部");
    struct person county = as(region, "county_officer", COUNTY_150424, "王建国");
    const char *made = ask_well(region, above, "CreateHazard", "{'unitId': '%s', 'ownLedger': true, " RESTRICTED "}",
                                region->ids[ENTERPRISE]);
    assert_string_equal(at(made, "hazard.restrictedToUnitId"), region->ids[REGION_15]);
    const char *given =
        ask_well(region, above, "HandOverHazard",
                 "{'tenantId': '%s', 'id': '%s', 'version': 1, 'unitId': '%s', 'toUnitId': '%s', "
                 "'document': '内安委〔2026〕12 号'}",
                 region->ids[REGION_15], at(made, "hazard.id"), region->ids[ENTERPRISE], region->ids[ENTERPRISE]);
    const char *taken = ask_well(region, county, "TakeOverHazard",
                                 "{'unitId': '%s', 'originTenantId': '%s', 'originId': '%s', 'sector': 'fireworks'}",
                                 region->ids[ENTERPRISE], region->ids[REGION_15], at(given, "hazard.id"));
    assert_false(reply_tells(taken));
    assert_string_equal(at(taken, "hazard.restrictedToUnitId"), tenant);
    const char *told = reveal(county, at(taken, "hazard.id"), &status);
    assert_ok(status);
    assert_false(reply_tells(told));
    told = ask_well(region, above, "RevealHazard", "{'tenantId': '%s', 'id': '%s', 'purpose': '答复举报人'}",
                    region->ids[REGION_15], at(given, "hazard.id"));
    assert_string_equal(at(told, "hazard.payload.foundBy"), "孙举报");
    ask(region, county, "RevealHazard", &status, "{'tenantId': '%s', 'id': '%s', 'purpose': '答复举报人'}",
        region->ids[REGION_15], at(given, "hazard.id"));
    assert_reason(status, RECORD_NOT_FOUND);
    // Whose record it is has the entry, not the county at which it stands.
    size_t last = 0;
    struct seen_log seen =
        read_access_log(region, "hazards", as(region, "auditor", REGION_15, "审计员"), region->ids[REGION_15]);
    long long reads = 0;
    for (size_t i = 0; i < seen.count; i++)
        reads += seen.records[i]->kind == ACCESS_KIND(UNMASKED_READ);
    assert_int_equal(reads, 1);
    seen = read_access_log(region, "hazards", by(auditor), tenant);
    assert_int_equal(seen_calls(&seen, ACCESS_KIND(UNMASKED_READ), "", "", &last), 0);
}

// Offices are reorganised: whoever takes the place of one that ended has what it kept.
static void what_an_office_kept_goes_to_the_one_that_takes_its_place(void **state)
{
    (void)state;
    struct status status;
    struct person admin = as_at(region, "administrator", region->instance_id, "系统管理员");
    const char *offices[3];
    struct actor officers[3];
    static const char *const names[] = {"林西县安监局", "林西县应急局", "林西县安全应急局"};
    for (size_t i = 0; i < COUNT_OF(offices); i++) {
        offices[i] = unit_new(region, tenant, "UNIT_KIND_DEPARTMENT", names[i]);
        officers[i] = actor_new(region, "emergency_officer", offices[i], names[i], NULL);
    }
    const char *made =
        ask_well(region, by(officers[0]), "CreateHazard", "{'unitId': '%s', " RESTRICTED "}", region->ids[ENTERPRISE]);
    const char *id = at(made, "hazard.id");
    assert_non_null(reveal(by(officers[0]), id, &status));
    assert_null(reveal(by(officers[1]), id, &status));
    ask_well(region, admin, "RetireUnit", "{'id': '%s', 'version': 1, 'reason': '机构改革', 'successorId': '%s'}",
             offices[0], offices[1]);
    reveal(by(officers[0]), id, &status);
    assert_reason(status, POST_ENDED);
    assert_non_null(reveal(by(officers[1]), id, &status));
    assert_null(reveal(by(officers[2]), id, &status));
    assert_reason(status, RECORD_NOT_FOUND);
    ask_well(region, admin, "MergeUnits", "{'id': '%s', 'version': 1, 'mergedIds': ['%s'], 'document': '林政字2号'}",
             offices[2], offices[1]);
    const char *told = reveal(by(officers[2]), id, &status);
    assert_ok(status);
    assert_string_equal(at(told, "hazard.payload.foundBy"), "孙举报");
    assert_string_equal(at(told, "hazard.restrictedToUnitId"), offices[0]);
    assert_null(reveal(by(officer), id, &status));
    assert_reason(status, RECORD_NOT_FOUND);
}

// Runs a command of the client as somebody; answers its output.
static const char *anlan(struct actor who, const char *command)
{
    static char output[65536];
    int code = instance_run(region, output, sizeof(output),
                            "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_HAZARDS=ipc://%s/hazards-0; "
                            "ANLAN_TOKEN=$(anlan token --keys %s/keys --post %s --subject %s --name %s); export "
                            "ANLAN_TOKEN; LC_ALL=C.UTF-8 anlan %s 2>&1",
                            region->dir, region->dir, region->dir, who.post_id, who.person_id, who.name, command);
    if (code != 0)
        fail_msg("%s: %d: %s", command, code, output);
    return output;
}

static void the_program_registers_shows_and_reveals(void **state)
{
    (void)state;
    char command[512];
    snprintf(command, sizeof(command),
             "hazards create --unit %s --grade general --sector fireworks --description 三号仓库私存原料 --found-by "
             "孙举报 --restricted --public-description 按线索核查 --lang zh",
             region->ids[ENTERPRISE]);
    const char *shown = anlan(receiver, command);
    assert_non_null(strstr(shown, "〔限制查看〕按线索核查"));
    assert_false(reply_tells(shown));
    const char *id = arena_text(&region->arena, shown, 36);
    snprintf(command, sizeof(command), "hazards get --tenant %s --id %s --lang zh", tenant, id);
    shown = anlan(enterprise, command);
    assert_non_null(strstr(shown, "限制查看  "));
    assert_false(reply_tells(shown));
    snprintf(command, sizeof(command), "hazards reveal --tenant 150424 --id %s --purpose 核查举报线索 --lang zh", id);
    shown = anlan(receiver, command);
    assert_non_null(strstr(shown, "三号仓库私存原料"));
    assert_non_null(strstr(shown, "举报人    孙举报"));
    assert_non_null(strstr(anlan(officer, "hazards list --lang zh"), "〔限制查看〕"));
}

static int verified(const char *command, char *output, size_t size)
{
    return instance_run(region, output, size, "anlan-hazards %s --database='%s' 2>&1", command,
                        instance_conninfo(region, "hazards", strcmp(command, "rebuild") == 0));
}

static void a_rebuild_keeps_it_and_verification_finds_what_is_missing_or_altered(void **state)
{
    (void)state;
    static char output[65536];
    struct status status;
    long long payloads = instance_sql(region, "hazards", "SELECT count(*) FROM hazard_payloads");
    instance_sql(region, "hazards", "TRUNCATE hazards, hazard_views, hazard_counts");
    if (verified("rebuild", output, sizeof(output)) != 0 || verified("verify", output, sizeof(output)) != 0)
        fail_msg("%s", output);
    assert_int_equal(instance_sql(region, "hazards", "SELECT count(*) FROM hazard_payloads"), payloads);
    const char *told = reveal(by(receiver), report, &status);
    assert_ok(status);
    assert_string_equal(at(told, "hazard.payload.foundBy"), "孙举报");
    instance_sql(region, "hazards",
                 "UPDATE hazard_payloads SET payload = payload || '\\x0a0178' WHERE hazard_id = '%s' AND version = 7",
                 report);
    assert_int_not_equal(verified("verify", output, sizeof(output)), 0);
    assert_non_null(strstr(output, "what a version of a record withholds is missing or altered"));
    assert_non_null(strstr(output, report));
    told = reveal(by(receiver), report, &status);
    assert_ok(status);
    assert_string_equal(at(told, "hazard.incomplete"), "true");
    assert_null(strstr(told, "已查实并清空"));
    assert_non_null(strstr(told, "孙举报"));    // the rest is what was entered
    instance_sql(region, "hazards", "DELETE FROM hazard_payloads WHERE hazard_id = '%s' AND version = 1", report);
    assert_int_not_equal(verified("verify", output, sizeof(output)), 0);
    assert_non_null(strstr(output, "2 faults"));
    told = reveal(by(receiver), report, &status);
    assert_null(strstr(told, "孙举报"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_is_registered_without_its_words),
        cmocka_unit_test(who_may_not_restrict_and_what_would_show_is_refused),
        cmocka_unit_test(it_is_followed_to_its_end_without_a_word),
        cmocka_unit_test(whose_scope_covers_it_sees_that_it_is_there_and_no_word),
        cmocka_unit_test(the_database_has_it_in_one_table_and_the_feed_nowhere),
        cmocka_unit_test(the_unit_that_keeps_it_reads_it_for_a_purpose_that_stands_in_the_log),
        cmocka_unit_test(it_takes_a_grant_of_the_keeper_that_names_the_permission),
        cmocka_unit_test(both_walls_stand_and_each_alone_leaks_nothing),
        cmocka_unit_test(row_security_alone_leaks_nothing),
        cmocka_unit_test(the_services_role_changes_nothing_of_it),
        cmocka_unit_test(what_is_not_restricted_and_what_is_not_there_answer_alike),
        cmocka_unit_test(handed_over_it_leaves_its_words_behind),
        cmocka_unit_test(what_an_office_kept_goes_to_the_one_that_takes_its_place),
        cmocka_unit_test(the_program_registers_shows_and_reveals),
        cmocka_unit_test(a_rebuild_keeps_it_and_verification_finds_what_is_missing_or_altered),
    };
    return cmocka_run_group_tests(tests, up, down);
}
