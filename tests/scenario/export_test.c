// SPDX-License-Identifier: Apache-2.0
// An export of the ledger is a right of its own: for a purpose, counted and logged with its rows for the tenants whose
// they are, before they leave.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "support/acting.h"
#include "support/ask.h"
#include "support/seen.h"
#include "support/steps.h"

#define ACCESS_KIND(name) ANLAN__RPC__V1__ACCESS_KIND__ACCESS_KIND_##name
#define HERE 230    // hazards of 林西县
#define THERE 15    // of 巴林右旗
#define LARGE 60    // of 24 kB each and more
#define PURPOSE "迎接安全生产督查"

static struct instance *region;
static struct actor officer, above, clerk, leader, auditor, neighbour_auditor;
static const char *here, *there;

#define at(reply, path) reply_at(region, reply, path)

static struct person by(struct actor who)
{
    return acting(region, who, NULL);
}

static int up(void **state)
{
    (void)state;
    struct status status = {0};
    region = instance_start(1);
    here = region->ids[COUNTY_150424];
    there = region->ids[COUNTY_150423];
    officer = actor_new(region, "county_officer", here, "王建国", NULL);
    above = actor_new(region, "city_officer", region->ids[CITY_1504], "市局干部", NULL);
    clerk = actor_new(region, "township_clerk", region->ids[TOWNSHIP_100], "赵铁柱", NULL);
    leader = actor_new(region, "leader", there, "李副县长", NULL);
    auditor = actor_new(region, "auditor", here, "审计员", NULL);
    neighbour_auditor = actor_new(region, "auditor", there, "邻旗审计员", NULL);
    struct person neighbour = as(region, "county_officer", COUNTY_150423, "邻旗干部");
    for (int i = 0; i < HERE; i++)
        create_hazard(region, by(officer), TOWNSHIP_100, "通道堵塞", NULL, &status);
    for (int i = 0; i < THERE; i++)
        create_hazard(region, neighbour, TOWNSHIP_OTHER, "灭火器过期", NULL, &status);
    return status_ok(&status) ? 0 : -1;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

#define ROWS_MOST 1000

// What an export answered, page by page.
struct exported {
    const Anlan__Hazards__V1__Hazard *rows[ROWS_MOST];
    size_t count;
    size_t pages;
};

static const Anlan__Hazards__V1__ExportHazardsResponse *
export_page(struct person who, const char *unit_id, const char *token, uint32_t size, struct status *status)
{
    Anlan__Hazards__V1__ExportHazardsRequest request = ANLAN__HAZARDS__V1__EXPORT_HAZARDS_REQUEST__INIT;
    *status = (struct status){0};
    request.unit_id = (char *)unit_id;
    request.page_token = (char *)token;
    request.page_size = size;
    request.purpose = (char *)PURPOSE;
    return (const void *)call_hazards(region, who, "ExportHazards", &request.base,
                                      &anlan__hazards__v1__export_hazards_response__descriptor, status);
}

static struct exported export_all(struct person who, const char *unit_id)
{
    struct exported all = {.count = 0};
    struct status status;
    const char *token = "";
    do {
        const Anlan__Hazards__V1__ExportHazardsResponse *page = export_page(who, unit_id, token, 0, &status);
        assert_ok(status);
        for (size_t i = 0; i < page->n_hazards; i++) {
            assert_true(all.count < ROWS_MOST);
            all.rows[all.count++] = page->hazards[i];
        }
        all.pages++;
        token = page->next_page_token;
    } while (*token);
    return all;
}

static struct seen_log log_of(struct actor reader, const char *tenant_id)
{
    return read_access_log(region, "hazards", by(reader), tenant_id);
}

static bool is_named(const Anlan__Rpc__V1__AccessRecord *record, const char *id)
{
    for (size_t i = 0; i < record->n_record_ids; i++)
        if (strcmp(record->record_ids[i], id) == 0)
            return true;
    return false;
}

static void every_row_of_an_export_stands_in_the_log(void **state)
{
    (void)state;
    size_t last = 0;
    struct exported all = export_all(by(officer), here);
    assert_int_equal(all.count, HERE);
    assert_int_equal(all.pages, 3);
    assert_non_null(all.rows[0]->life);
    for (size_t i = 1; i < all.count; i++)
        assert_true(strcmp(all.rows[i - 1]->id, all.rows[i]->id) < 0);    // the first entered first
    struct seen_log seen = log_of(auditor, here);
    assert_int_equal(seen_calls(&seen, ACCESS_KIND(EXPORT), officer.person_id, "ExportHazards", &last), HERE);
    size_t named = 0;
    for (size_t i = 0; i < seen.count; i++) {
        if (seen.records[i]->kind != ACCESS_KIND(EXPORT))
            continue;
        assert_int_equal(seen.records[i]->n_record_ids, seen.records[i]->count);
        assert_string_equal(seen.records[i]->purpose, PURPOSE);
        assert_string_equal(seen.records[i]->unit_id, here);
        assert_string_equal(seen.records[i]->record_type, "anlan.hazards.v1.Hazard");
        assert_string_equal(seen.entries[i]->actor->post_id, officer.post_id);
        for (size_t r = 0; r < all.count; r++)
            named += is_named(seen.records[i], all.rows[r]->id);
    }
    assert_int_equal(named, HERE);
    seen = log_of(neighbour_auditor, there);
    assert_int_equal(seen_calls(&seen, ACCESS_KIND(EXPORT), officer.person_id, "", &last), 0);
}

static void an_export_from_above_is_told_to_each_county_whose_rows_it_has(void **state)
{
    (void)state;
    size_t last = 0;
    struct exported all = export_all(by(above), "");
    assert_int_equal(all.count, HERE + THERE);
    struct seen_log seen = log_of(auditor, here);
    assert_int_equal(seen_calls(&seen, ACCESS_KIND(EXPORT), above.person_id, "ExportHazards", &last), HERE);
    seen = log_of(neighbour_auditor, there);
    assert_int_equal(seen_calls(&seen, ACCESS_KIND(EXPORT), above.person_id, "ExportHazards", &last), THERE);
    assert_string_equal(seen.entries[last]->place_after->county_id, there);
    for (size_t i = 0; i < seen.records[last]->n_record_ids; i++) {
        struct status status = {0};
        assert_non_null(get_hazard(region, by(above), there, seen.records[last]->record_ids[i], &status));
    }
}

static void it_takes_its_own_permission_and_a_purpose(void **state)
{
    (void)state;
    struct status status;
    assert_null(export_page(by(clerk), "", "", 0, &status));
    assert_reason(status, PERMISSION_MISSING);
    assert_null(export_page(by(officer), there, "", 0, &status));
    assert_reason(status, UNIT_NOT_FOUND);
    static const char *const requests[] = {"{}", "{'purpose': '看看'}", "{'purpose': '迎接安全督查', 'pageSize': 101}"};
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        ask(region, by(officer), "ExportHazards", &status, "%s", requests[i]);
        assert_reason(status, FIELD_INVALID);
    }
    // A page token of a list is none of an export's.
    const char *page = ask_well(region, by(officer), "ListHazards", "{'pageSize': 5}");
    assert_null(export_page(by(officer), "", at(page, "nextPageToken"), 0, &status));
    assert_reason(status, CURSOR_INVALID);
}

static void a_page_without_rows_is_logged_too(void **state)
{
    (void)state;
    size_t last = 0;
    const char *page =
        ask_well(region, by(officer), "ExportHazards",
                 "{'unitId': '%s', 'states': ['STATE_CLOSED'], 'purpose': '" PURPOSE "'}", region->ids[TOWNSHIP_101]);
    assert_string_equal(at(page, "hazards"), "");
    struct seen_log seen = log_of(auditor, here);
    seen_calls(&seen, ACCESS_KIND(EXPORT), officer.person_id, "ExportHazards", &last);
    assert_int_equal(seen.records[last]->count, 0);
    assert_string_equal(seen.records[last]->unit_id, region->ids[TOWNSHIP_101]);
}

// Without its log, no export.
static void no_row_leaves_while_the_log_cannot_be_written(void **state)
{
    (void)state;
    struct status status;
    instance_sql(region, "hazards", "REVOKE INSERT ON entries FROM anlan_hazards");
    const void *page = export_page(by(officer), here, "", 0, &status);
    instance_sql(region, "hazards", "GRANT INSERT ON entries TO anlan_hazards");
    assert_null(page);
    assert_false(status_ok(&status));
    assert_non_null(export_page(by(officer), here, "", 1, &status));
}

static void by_a_grant_the_entry_names_it(void **state)
{
    (void)state;
    char ends[CLOCK_TEXT_SIZE];
    struct status status;
    size_t last = 0;
    clock_format(clock_now() + CLOCK_DAY, ends);
    const char *made = ask_well(region, by(leader), "RequestGrant",
                                "{'ground': 'GRANT_GROUND_ASSISTING', 'grantorPostId': '%s', 'granteePersonId': '%s', "
                                "'unitId': '%s', 'permissions': ['hazards.read', 'hazards.export'], 'endsAt': '%s', "
                                "'reason': '跨旗支援', 'document': '林应急〔2026〕7 号'}",
                                officer.post_id, leader.person_id, region->ids[TOWNSHIP_100], ends);
    const char *grant = at(made, "grant.id");
    ask_well(region, by(officer), "ApproveGrant", "{'id': '%s', 'version': 1}", grant);
    assert_null(export_page(by(leader), "", "", 0, &status));    // his own post may not
    assert_reason(status, PERMISSION_MISSING);
    const Anlan__Hazards__V1__ExportHazardsResponse *page =
        export_page(acting(region, leader, grant, NULL), "", "", 10, &status);
    assert_ok(status);
    assert_int_equal(page->n_hazards, 10);
    struct seen_log seen = log_of(auditor, here);
    assert_int_equal(seen_calls(&seen, ACCESS_KIND(EXPORT), leader.person_id, "ExportHazards", &last), 10);
    assert_string_equal(seen.entries[last]->actor->grant_id, grant);
    assert_string_equal(seen.entries[last]->actor->on_behalf_of[0]->post_id, officer.post_id);
}

// Runs a command of the client as somebody; answers its exit status.
static int anlan(struct actor who, const char *command, char *output, size_t size)
{
    return instance_run(region, output, size,
                        "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_HAZARDS=ipc://%s/hazards-0; "
                        "ANLAN_TOKEN=$(anlan token --keys %s/keys --post %s --subject %s --name %s); export "
                        "ANLAN_TOKEN; cd %s; LC_ALL=C.UTF-8 anlan %s 2>&1",
                        region->dir, region->dir, region->dir, who.post_id, who.person_id, who.name, region->dir,
                        command);
}

static const char *content(const char *name)
{
    static char text[1 << 20];
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", region->dir, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

static int lines_of(const char *text)
{
    int lines = 0;
    for (; (text = strstr(text, "\r\n")); text += 2)
        lines++;
    return lines;
}

static void the_program_writes_the_form_for_spreadsheets(void **state)
{
    (void)state;
    char output[4096];
    struct cast cast = cast_of(region);
    hazard_in(region, &cast, STATE(CONFIRMED), GRADE(GENERAL));
    ask_well(
        region, by(officer), "CreateHazard",
        "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': '=HYPERLINK(1,\\\"a\\\")'}",
        region->ids[TOWNSHIP_100]);
    ask_well(region, by(officer), "CreateHazard",
             "{'unitId': '%s', 'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': '私存原料', 'foundBy': "
             "'孙举报', 'restricted': true, 'publicDescription': '核查仓储'}",
             region->ids[TOWNSHIP_100]);
    int code = anlan(officer, "hazards export ledger.csv --unit 150424 --purpose " PURPOSE " --lang zh", output,
                     sizeof(output));
    if (code != 0)
        fail_msg("%s", output);
    assert_non_null(strstr(output, "已导出隐患 233 条：ledger.csv"));
    const char *text = content("ledger.csv");
    assert_non_null(text);
    assert_int_equal(
        strncmp(text,
                "\xef\xbb\xbf序号,检查时间,检查人,隐患类别,存在的问题或隐患,整改措施,整改完成时间,责任人,复查时间,"
                "复查人,复查结果\r\n",
                strlen("\xef\xbb\xbf") + strlen("序号,检查时间,检查人,隐患类别,存在的问题或隐患,整改措施,整改完成时间,"
                                                "责任人,复查时间,复查人,复查结果\r\n")),
        0);
    assert_int_equal(lines_of(text), 1 + HERE + 3);
    assert_non_null(strstr(text, "\r\n1,20"));
    const char *confirmed = strstr(text, "\r\n231,20");
    assert_non_null(confirmed);
    assert_non_null(strstr(confirmed, ",发现人,一般,通道堵塞,已更换,20"));
    assert_non_null(strstr(confirmed, ",张三,20"));
    assert_non_null(strstr(confirmed, ",回头看,回头看合格\r\n"));
    assert_non_null(strstr(text, ",\"'=HYPERLINK(1,\"\"a\"\")\","));    // a text, not a formula
    assert_non_null(strstr(text, ",〔限制查看〕,一般,〔限制查看〕核查仓储,"));
    assert_null(strstr(text, "孙举报"));
    assert_null(strstr(text, "私存原料"));
    assert_null(content("ledger.csv.partial"));
    // Nothing is overwritten.
    code = anlan(officer, "hazards export ledger.csv --unit 150424 --purpose " PURPOSE, output, sizeof(output));
    assert_int_equal(code, 1);
    assert_non_null(strstr(output, "File exists"));
    // By a filter.
    code = anlan(officer, "hazards export some.csv --state 回头看合格 --purpose " PURPOSE, output, sizeof(output));
    assert_int_equal(code, 0);
    assert_int_equal(lines_of(content("some.csv")), 2);
}

static void what_fails_leaves_no_file(void **state)
{
    (void)state;
    char output[4096];
    assert_int_not_equal(anlan(clerk, "hazards export none.csv --purpose " PURPOSE, output, sizeof(output)), 0);
    assert_non_null(strstr(output, "PERMISSION_MISSING"));
    assert_null(content("none.csv"));
    assert_null(content("none.csv.partial"));
    assert_int_equal(anlan(officer, "hazards export none.csv", output, sizeof(output)), 2);
    assert_non_null(strstr(output, "--purpose is missing"));
    assert_int_equal(anlan(officer, "hazards export nowhere/none.csv --purpose " PURPOSE, output, sizeof(output)), 1);
    assert_non_null(strstr(output, "No such file"));
    // The file system is full in the middle.
    int code =
        instance_run(region, output, sizeof(output),
                     "export ANLAN_HAZARDS=ipc://%s/hazards-0; ANLAN_TOKEN=$(anlan token --keys %s/keys --post %s "
                     "--subject %s --name 甲); export ANLAN_TOKEN; cd %s; ulimit -f 4; trap '' XFSZ; LC_ALL=C.UTF-8 "
                     "anlan hazards export none.csv --purpose " PURPOSE " 2>&1",
                     region->dir, region->dir, officer.post_id, officer.person_id, region->dir);
    assert_int_equal(code, 1);
    assert_non_null(strstr(output, "File too large"));
    assert_null(content("none.csv"));
    assert_null(content("none.csv.partial"));
}

// Twenty references of 200 characters: 12 kB, twice.
static void a_page_of_large_records_ends_by_its_bytes(void **state)
{
    (void)state;
    struct status status = {0};
    char reference[601] = "";
    char *evidence[20];
    for (int i = 0; i < 200; i++)
        memcpy(reference + strlen(reference), "照", 4);
    for (int i = 0; i < 20; i++)
        evidence[i] = reference;
    for (int i = 0; i < LARGE; i++) {
        Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
        Anlan__Hazards__V1__Fix fix = ANLAN__HAZARDS__V1__FIX__INIT;
        fix.measures = (char *)"已清理";
        fix.fixed_by = (char *)"李四";
        fix.evidence = evidence;
        fix.n_evidence = 20;
        request.request_id = new_request_id(region);
        request.unit_id = region->ids[TOWNSHIP_101];
        request.grade = GRADE(GENERAL);
        request.sector = (char *)"fireworks";
        request.description = (char *)"通道堵塞";
        request.fix = &fix;
        assert_non_null(call_hazards(region, by(officer), "CreateHazard", &request.base,
                                     &anlan__hazards__v1__create_hazard_response__descriptor, &status));
    }
    const Anlan__Hazards__V1__ExportHazardsResponse *page =
        export_page(by(officer), region->ids[TOWNSHIP_101], "", 0, &status);
    assert_ok(status);
    assert_in_range(page->n_hazards, 20, LARGE - 1);
    assert_true(*page->next_page_token);
    struct exported all = export_all(by(officer), region->ids[TOWNSHIP_101]);
    assert_int_equal(all.count, LARGE);
    for (size_t i = 1; i < all.count; i++)
        assert_true(strcmp(all.rows[i - 1]->id, all.rows[i]->id) < 0);
    assert_int_equal(all.rows[LARGE - 1]->life->rectification->n_evidence, 20);
}

static void the_program_shows_exports_in_the_log(void **state)
{
    (void)state;
    char output[65536];
    int code = instance_run(region, output, sizeof(output),
                            "ANLAN_TOKEN=$(anlan token --keys %s/keys --post %s --subject %s --name 审计员); export "
                            "ANLAN_TOKEN; LC_ALL=C.UTF-8 anlan log hazards --access --tenant %s --hazards-feed "
                            "ipc://%s/hazards-0.feed --lang zh 2>&1",
                            region->dir, auditor.post_id, auditor.person_id, here, region->dir);
    assert_int_equal(code, 0);
    assert_non_null(strstr(output, "导出 ×100"));
    assert_non_null(strstr(output, PURPOSE));
    code = instance_run(region, output, sizeof(output), "anlan-hazards verify --database='%s' 2>&1",
                        instance_conninfo(region, "hazards", false));
    if (code != 0)
        fail_msg("%s", output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_an_export_stands_in_the_log),
        cmocka_unit_test(an_export_from_above_is_told_to_each_county_whose_rows_it_has),
        cmocka_unit_test(it_takes_its_own_permission_and_a_purpose),
        cmocka_unit_test(a_page_without_rows_is_logged_too),
        cmocka_unit_test(no_row_leaves_while_the_log_cannot_be_written),
        cmocka_unit_test(by_a_grant_the_entry_names_it),
        cmocka_unit_test(the_program_writes_the_form_for_spreadsheets),
        cmocka_unit_test(what_fails_leaves_no_file),
        cmocka_unit_test(a_page_of_large_records_ends_by_its_bytes),
        cmocka_unit_test(the_program_shows_exports_in_the_log),
    };
    return cmocka_run_group_tests(tests, up, down);
}
