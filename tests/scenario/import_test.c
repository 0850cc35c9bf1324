// SPDX-License-Identifier: Apache-2.0
// A county's list of enterprises comes in as a file: good rows go in, bad ones come back with number and reason, and a
// second time changes nothing.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/ask.h"

static struct instance *county;
static struct person admin;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    admin = as_at(county, "administrator", county->instance_id, "系统管理员");
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

#define at(reply, path) reply_at(county, reply, path)

static void write_file(const char *name, const char *text)
{
    char *path = arena_printf(&county->arena, "%s/%s", county->dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const char *import_of(const char *language, const char *what, const char *options, const char *name,
                             int expected)
{
    static char output[8192];
    int code = instance_run(county, output, sizeof(output),
                            "export ANLAN_ORGANISATIONS=ipc://%s/organisations-0; export ANLAN_TOKEN=$(anlan token "
                            "--keys %s/keys --role administrator --instance); anlan --lang %s %s import %s "
                            "%s/%s 2>&1",
                            county->dir, county->dir, language, what, options, county->dir, name);
    if (code != expected)
        fail_msg("%d: %s", code, output);
    return output;
}

static const char *import_file(const char *options, const char *name, int expected)
{
    return import_of("en", "enterprises", options, name, expected);
}

static const char *file_text(const char *name)
{
    static char output[8192];
    instance_run(county, output, sizeof(output), "cat %s/%s", county->dir, name);
    return output;
}

// Headings in Chinese, in another order than ours, behind a byte order mark; a place stands before its enterprise.
static const char list[] =
    "\xef\xbb\xbf"
    "上级,名称,类别,统一社会信用代码,行业代码,地址,监管部门,主要负责人,主要负责人电话,风险等级\r\n"
    "91350100M000100Y43,一号仓库,场所,,,仓储区,,,,红\r\n"
    "150424100,林西县顺达烟花爆竹经营部,企业,91350100M000100Y43,F5199,\"林西镇大街 1 号, 东侧\",林西县应急管理局,张三,"
    "13812341234,橙\r\n"
    "150424101, 新城子加油站 ,,91512081MA62K0260E,F5265,,林西县应急管理局；林西县应急管理局,,,\r\n"
    "150424101,新城子饭店,,,H6210,,,,,蓝\r\n"
    "150424101,新城子饭店,,,H6210,,,,,蓝\r\n"
    "150424101,坏代码企业,,91350100M000100Y4Z,,,,,,\r\n"
    "150424101,坏行业企业,,,26,,,,,\r\n"
    "150424101,坏风险企业,,,,,,,,C\r\n"
    "150424101,坏电话企业,,,,,,,一三八,\r\n"
    "150424999,无上级企业,,,,,,,,\r\n"
    "150424101,坏类别,学校,,,,,,,\r\n"
    "150424101,无部门企业,,,,,林西县没有的局,,,\r\n"
    "150424101,,,,,,,,,\r\n"
    "150424101,短行\r\n"
    "150424101,撞码企业,,91350100M000100Y43,,,,,,\r\n";

static const struct {
    const char *number;
    const char *en;
    const char *zh;
} faults[] = {
    {"\n4,", "must be different departments", "regulator_ids"},
    {"\n7,", "the credit code fails its check: 91350100M000100Y4Z", "统一社会信用代码校验不通过：91350100M000100Y4Z"},
    {"\n8,", "the industry is a letter A to T and 2 to 4 digits: 26", "行业代码应为字母 A 至 T 加 2 至 4 位数字：26"},
    {"\n9,", "the risk is red, orange, yellow or blue: C", "风险等级应为红、橙、黄或蓝：C"},
    {"\n10,", "responsible_phone: must be a phone number", "主要负责人电话不合格"},
    {"\n11,", "its parent is neither in the file nor in the directory: 150424999", "也不在机构目录中：150424999"},
    {"\n12,", "the kind is enterprise or place: 学校", "类别应为企业或场所：学校"},
    {"\n13,", "no such regulator, or several units: 林西县没有的局",
     "监管部门不存在，或有多个同名单位：林西县没有的局"},
    {"\n14,", "the name has 1 to 100 characters", "名称应为 1 至 100 字"},
    {"\n15,", "has more or fewer fields than there are headings", "列数与表头不符"},
    {"\n16,", "credit code 91350100M000100Y43", "该统一社会信用代码的单位已存在，名称或上级不同：91350100M000100Y43"},
};

// Each row that is no good stands in the file of rejects with its reason.
static void expect_rejects(const char *name, bool chinese)
{
    const char *rejects = file_text(name);
    assert_non_null(strstr(rejects, "row,reason,上级,名称"));
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        const char *row = strstr(rejects, faults[i].number);
        const char *end = row ? strchr(row + 1, '\n') : NULL;
        const char *reason = row ? strstr(row, chinese ? faults[i].zh : faults[i].en) : NULL;
        if (!reason || reason > end)
            fail_msg("row %s: %s", faults[i].number + 1, rejects);
    }
}

static void a_dry_run_writes_nothing(void **state)
{
    (void)state;
    write_file("list.csv", list);
    long long before = instance_sql(county, "organisations", "SELECT count(*) FROM units");
    const char *said = import_file("--dry-run --rejects /dev/null", "list.csv", 3);
    assert_non_null(strstr(said, "15 rows: 0 created"));
    assert_int_equal(instance_sql(county, "organisations", "SELECT count(*) FROM units"), before);
}

static void good_rows_go_in_and_bad_ones_come_back(void **state)
{
    (void)state;
    const char *said = import_file("", "list.csv", 3);
    assert_non_null(strstr(said, "15 rows: 3 created, 1 present already, 11 rejected"));
    expect_rejects("list.csv.rejects.csv", false);
    const char *shop = ask_well(county, admin, "GetUnit", "{'creditCode': '91350100M000100Y43'}");
    assert_string_equal(at(shop, "unit.name"), "林西县顺达烟花爆竹经营部");
    assert_string_equal(at(shop, "unit.profile.address"), "林西镇大街 1 号, 东侧");
    assert_string_equal(at(shop, "unit.profile.responsiblePhone"), "138****1234");
    assert_string_equal(at(shop, "unit.profile.regulatorIds.0"), county->ids[REGULATOR]);
    assert_string_equal(at(shop, "unit.place.townshipId"), county->ids[TOWNSHIP_100]);
    const char *found = ask_well(county, admin, "SearchUnits", "{'query': '一号仓库'}");
    assert_string_equal(at(found, "units.0.parentId"), at(shop, "unit.id"));
    assert_string_equal(at(found, "units.0.profile.risk"), "RISK_LEVEL_RED");
}

static void a_second_time_changes_nothing(void **state)
{
    (void)state;
    long long before = instance_changes(county, "organisations");
    char *options = arena_printf(&county->arena, "--rejects %s/zh.csv", county->dir);
    const char *said = import_of("zh", "enterprises", options, "list.csv", 3);
    assert_non_null(strstr(said, "共 15 行：新建 0，已存在 4，退回 11"));
    assert_non_null(strstr(said, "第 14 行：退回：名称应为 1 至 100 字"));
    assert_int_equal(instance_changes(county, "organisations"), before);
    expect_rejects("zh.csv", true);
}

static void a_file_of_rejects_goes_in_once_it_is_put_right(void **state)
{
    (void)state;
    write_file("again.csv", "row,reason,上级,名称,统一社会信用代码,监管部门\n"
                            "4,regulators,150424101,新城子加油站,91512081MA62K0260E,林西县应急管理局\n");
    assert_non_null(strstr(import_file("", "again.csv", 0), "1 rows: 1 created"));
}

static void a_file_without_its_headings_is_refused(void **state)
{
    (void)state;
    static const char *const files[] = {"", "name\n某企业\n", "name,parent,name\n", "name,parent,colour\n",
                                        "\xff\xfe\n"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        write_file("bad.csv", files[i]);
        import_file("", "bad.csv", 1);
    }
    import_file("", "no-such-file.csv", 1);
}

static void a_county_of_enterprises_goes_in_at_once(void **state)
{
    (void)state;
    char *path = arena_printf(&county->arena, "%s/many.csv", county->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("name,parent,industry,risk,responsible_person,responsible_phone\n", file);
    for (int i = 0; i < 1400; i++)
        fprintf(file, "企业%04d,15042410%d,C2614,yellow,负责人%d,1380000%04d\n", i, i % 2, i, i);
    fclose(file);
    assert_non_null(strstr(import_file("", "many.csv", 0), "1400 rows: 1400 created"));
    assert_int_equal(
        instance_sql(county, "organisations", "SELECT count(*) FROM withheld WHERE value LIKE '1380000%%'"), 1400);
}

// Divisions in an order of headings and rows of their own: a township stands before its county.
static void divisions_go_in_by_their_levels(void **state)
{
    (void)state;
    write_file("tree.csv", "name,code,tier,parent\n"
                           "桥北镇,150402101,乡级,150402\n"
                           "红山区,150402,county,1504\n"
                           "赤峰市,1504,city,15\n"
                           "赤峰,150424,county,1504\n"
                           "松山区,15040,county,1504\n"
                           "元宝山区,150403,district,1504\n"
                           "又一红山区,150402,county,1504\n"
                           "无县镇,150499100,township,150499\n"
                           ",150404,county,1504\n");
    assert_non_null(strstr(import_of("en", "units", "--dry-run --rejects /dev/null", "tree.csv", 3),
                           "9 rows: 0 created, 1 present already, 6 rejected"));
    const char *said = import_of("en", "units", "--rejects /dev/null", "tree.csv", 3);
    assert_non_null(strstr(said, "9 rows: 2 created, 1 present already, 6 rejected"));
    assert_non_null(strstr(said, "row 5: rejected: exists with another name or tier: 林西县"));
    assert_non_null(strstr(said, "row 6: rejected: the code has not the digits of its tier: 15040"));
    assert_non_null(strstr(said, "row 7: rejected: the tier is region, city, county or township: district"));
    assert_non_null(strstr(said, "row 8: rejected: the code stands in the file twice: 150402"));
    assert_non_null(strstr(said, "row 9: rejected: its parent is neither in the file nor in the directory: 150499"));
    assert_non_null(strstr(said, "row 10: rejected: the name has 1 to 100 characters"));
    said = import_of("zh", "units", "--rejects /dev/null", "tree.csv", 3);
    assert_non_null(strstr(said, "共 9 行：新建 0，已存在 3，退回 6"));
    assert_non_null(strstr(said, "第 6 行：退回：代码位数与层级不符：15040"));
    const char *township = ask_well(county, admin, "GetUnit", "{'code': '150402101'}");
    const char *district = ask_well(county, admin, "GetUnit", "{'code': '150402'}");
    assert_string_equal(at(township, "unit.parentId"), at(district, "unit.id"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dry_run_writes_nothing),
        cmocka_unit_test(good_rows_go_in_and_bad_ones_come_back),
        cmocka_unit_test(a_second_time_changes_nothing),
        cmocka_unit_test(a_file_of_rejects_goes_in_once_it_is_put_right),
        cmocka_unit_test(a_file_without_its_headings_is_refused),
        cmocka_unit_test(a_county_of_enterprises_goes_in_at_once),
        cmocka_unit_test(divisions_go_in_by_their_levels),
    };
    return cmocka_run_group_tests(tests, up, down);
}
