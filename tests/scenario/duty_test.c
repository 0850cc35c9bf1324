// SPDX-License-Identifier: Apache-2.0
// Duty rosters: who is on duty and who leads, at any time; what it was before it was changed; what is missing ahead.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "support/acting.h"
#include "support/ask.h"

#define HOUR (60 * 60 * CLOCK_SECOND)
#define DAY (24 * HOUR)

static struct instance *county;
static struct person admin;
static struct person officer;
static struct person clerk;
static struct actor mayor;     // 带班领导
static struct actor deputy;    // 带班领导
static struct actor zhang;     // 值班员
static struct actor li;        // 值班员
static const char *department;
static const char *desk;
static clock_time today;    // midnight in China

#define at(reply, path) reply_at(county, reply, path)

// A time of the clock in China, so many days from today.
static const char *when(int days, int hour)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(today + days * DAY + hour * HOUR, text);
    return arena_text(&county->arena, text, strlen(text));
}

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    admin = as_at(county, "administrator", county->instance_id, "系统管理员");
    officer = as(county, "county_officer", COUNTY_150424, "值班室");
    clerk = as(county, "township_clerk", TOWNSHIP_100, "镇值班员");
    mayor = actor_new(county, "leader", county->ids[COUNTY_150424], "县长", NULL);
    deputy = actor_new(county, "leader", county->ids[COUNTY_150424], "副县长", NULL);
    zhang = actor_new(county, "county_officer", county->ids[COUNTY_150424], "张三", NULL);
    li = actor_new(county, "county_officer", county->ids[COUNTY_150424], "李四", NULL);
    department = unit_new(county, county->ids[COUNTY_150424], "UNIT_KIND_DEPARTMENT", "林西县应急管理局");
    today = (clock_now() + 8 * HOUR) / DAY * DAY - 8 * HOUR;
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

// Enters a shift; NULL with *status where it is refused.
static const char *enter(struct person person, const char *unit_id, const char *from, const char *until,
                         const char *leader, const char *on_duty, struct status *status)
{
    const char *quote = "'";
    *status = (struct status){0};
    return ask(county, person, "CreateDutyShift", status,
               "{'unitId': '%s', 'startsAt': '%s', 'endsAt': '%s', 'leaderIds': [%s%s%s], 'officerIds': [%s%s%s]}",
               unit_id, from, until, *leader ? quote : "", leader, *leader ? quote : "", *on_duty ? quote : "", on_duty,
               *on_duty ? quote : "");
}

static const char *shift(const char *unit_id, const char *from, const char *until, const char *leader,
                         const char *on_duty)
{
    struct status status = {0};
    const char *made = enter(officer, unit_id, from, until, leader, on_duty, &status);
    assert_ok(status);
    return at(made, "shift.id");
}

static const char *duty(struct person person, const char *unit_id, const char *time, const char *known)
{
    return ask_well(county, person, "GetDuty", "{'unitId': '%s', 'at': '%s'%s%s%s}", unit_id, time,
                    *known ? ", 'knownAt': '" : "", known, *known ? "'" : "");
}

static const char *leader_at(const char *time, const char *known)
{
    return at(duty(officer, county->ids[COUNTY_150424], time, known), "duty.shift.leaders.names.0");
}

static void a_unit_opens_one_desk(void **state)
{
    (void)state;
    struct status status = {0};
    const char *mine = county->ids[COUNTY_150424];
    // Nobody answers for anybody yet.
    assert_string_equal(at(duty(officer, mine, when(0, 12), ""), "duty.telephone"), "");
    assert_null(enter(officer, mine, when(1, 8), when(1, 20), mayor.person_id, zhang.person_id, &status));
    assert_reason(status, STATE_CONFLICT);    // no desk
    assert_null(ask(county, officer, "OpenDutyDesk", &status, "{'unitId': '%s', 'telephone': '总机'}", mine));
    assert_reason(status, FIELD_INVALID);
    const char *made =
        ask_well(county, officer, "OpenDutyDesk", "{'unitId': '%s', 'telephone': '0476-5550001 转 8'}", mine);
    desk = at(made, "desk.id");
    assert_string_equal(at(made, "desk.warnDays"), "3");
    assert_null(ask(county, officer, "OpenDutyDesk", &status, "{'unitId': '%s', 'telephone': '12350'}", mine));
    assert_reason(status, RECORD_EXISTS);
    const char *gone = unit_new(county, mine, "UNIT_KIND_REGULATOR", "撤销的局");
    ask_well(county, admin, "RetireUnit", "{'id': '%s', 'version': 1, 'reason': '撤并'}", gone);
    assert_null(ask(county, officer, "OpenDutyDesk", &status, "{'unitId': '%s', 'telephone': '12350'}", gone));
    assert_reason(status, STATE_CONFLICT);
    // Whose scope it is not.
    assert_null(ask(county, clerk, "OpenDutyDesk", &status, "{'unitId': '%s', 'telephone': '12350'}", mine));
    assert_reason(status, UNIT_NOT_FOUND);
}

static void a_shift_over_midnight_is_one_shift(void **state)
{
    (void)state;
    const char *mine = county->ids[COUNTY_150424];
    shift(mine, when(1, 8), when(1, 20), mayor.person_id, zhang.person_id);
    const char *night = shift(mine, when(1, 20), when(2, 8), deputy.person_id, li.person_id);
    assert_string_equal(leader_at(when(1, 19), ""), "县长");
    assert_string_equal(leader_at(when(1, 20), ""), "副县长");    // the end is not included
    const char *found = duty(officer, mine, when(2, 0), "");      // midnight in China, whatever the season
    assert_string_equal(at(found, "duty.shift.id"), night);
    assert_string_equal(at(found, "duty.shift.officers.names.0"), "李四");
    assert_string_equal(at(found, "duty.telephone"), "0476-5550001 转 8");
    assert_string_equal(at(found, "duty.deskUnitName"), "林西县");
    found = duty(officer, mine, when(2, 8), "");
    assert_string_equal(at(found, "duty.shift.id"), "");
    assert_string_equal(at(found, "duty.telephone"), "0476-5550001 转 8");    // the desk is there, nobody sits at it
    const char *list = ask_well(county, officer, "ListDutyShifts", "{'unitId': '%s', 'until': '%s'}", mine, when(9, 0));
    assert_string_equal(at(list, "shifts"), "2");
    assert_string_equal(at(list, "shifts.1.id"), night);
}

static void what_is_no_shift_is_refused(void **state)
{
    (void)state;
    const char *mine = county->ids[COUNTY_150424];
    struct status status = {0};
    const struct {
        const char *from;
        const char *until;
        const char *leader;
        const char *on_duty;
        status_reason reason;
        const char *field;
    } wrong[] = {
        {when(1, 19), when(1, 21), mayor.person_id, "", REASON(RECORD_EXISTS), NULL},    // overlaps both
        {when(0, 8), when(3, 8), mayor.person_id, "", REASON(RECORD_EXISTS), NULL},      // holds both
        {when(3, 8), when(3, 8), mayor.person_id, "", REASON(FIELD_INVALID), "ends_at"},
        {when(3, 8), when(2, 20), mayor.person_id, "", REASON(FIELD_INVALID), "ends_at"},
        {when(3, 8), when(35, 8), mayor.person_id, "", REASON(FIELD_INVALID), "ends_at"},
        {when(3, 8), when(4, 8), "", "", REASON(FIELD_INVALID), "officer_ids"},
        {when(3, 8), when(4, 8), mayor.person_id, mayor.person_id, REASON(FIELD_INVALID), "officer_ids"},
        {when(3, 8), when(4, 8), mine, zhang.person_id, REASON(FIELD_INVALID), "leader_ids"},
        {when(3, 8), when(4, 8), mayor.person_id, mine, REASON(FIELD_INVALID), "officer_ids"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_null(enter(officer, mine, wrong[i].from, wrong[i].until, wrong[i].leader, wrong[i].on_duty, &status));
        if (status.reason != wrong[i].reason)
            fail_msg("%zu: %s", i, status.message);
        if (wrong[i].field)
            assert_string_equal(status.violations[0].field, wrong[i].field);
    }
}

static void who_keeps_no_desk_is_covered_from_above(void **state)
{
    (void)state;
    struct status status = {0};
    const char *found = duty(clerk, county->ids[TOWNSHIP_100], when(1, 9), "");
    assert_string_equal(at(found, "duty.unitId"), county->ids[TOWNSHIP_100]);
    assert_string_equal(at(found, "duty.deskUnitId"), county->ids[COUNTY_150424]);
    assert_string_equal(at(found, "duty.shift.leaders.names.0"), "县长");
    // He learns who covers him, and reads no roster above him.
    const char *list = ask_well(county, clerk, "ListDutyShifts", "{'unitId': '%s'}", county->ids[COUNTY_150424]);
    assert_string_equal(at(list, "shifts"), "");
    assert_null(ask(county, clerk, "GetDuty", &status, "{'unitId': '%s'}", county->ids[COUNTY_150424]));
    assert_reason(status, RECORD_NOT_FOUND);
    // A desk of its own goes before, even where nobody sits at it; closed, it covers no more.
    const char *made = ask_well(county, officer, "OpenDutyDesk", "{'unitId': '%s', 'telephone': '0476-5552222'}",
                                county->ids[TOWNSHIP_100]);
    found = duty(clerk, county->ids[TOWNSHIP_100], when(1, 9), "");
    assert_string_equal(at(found, "duty.telephone"), "0476-5552222");
    assert_string_equal(at(found, "duty.shift.id"), "");
    ask_well(county, officer, "UpdateDutyDesk",
             "{'id': '%s', 'version': 1, 'telephone': '0476-5552222', 'closed': true}", at(made, "desk.id"));
    found = duty(clerk, county->ids[TOWNSHIP_100], when(1, 9), "");
    assert_string_equal(at(found, "duty.deskUnitId"), county->ids[COUNTY_150424]);
}

static void phones_of_persons_are_masked_and_the_desks_is_not(void **state)
{
    (void)state;
    ask_well(county, admin, "UpdatePerson",
             "{'id': '%s', 'version': 1, 'unitId': '%s', 'name': '张三', 'phone': '13812345678'}", zhang.person_id,
             county->ids[COUNTY_150424]);
    const char *found = duty(officer, county->ids[COUNTY_150424], when(1, 9), "");
    assert_string_equal(at(found, "duty.officerPhones.0"), "138****5678");
    assert_string_equal(at(found, "duty.leaderPhones.0"), "");
    assert_null(strstr(found, "13812345678"));
}

static const char *change(const char *id, const char *version, const char *kind, const char *leader,
                          const char *on_duty, struct status *status)
{
    *status = (struct status){0};
    return ask(county, officer, "ChangeDutyShift", status,
               "{'id': '%s', 'version': %s, 'kind': 'DUTY_CHANGE_KIND_%s', 'leaderIds': ['%s'], 'officerIds': ['%s'], "
               "'reason': '县长出差'}",
               id, version, kind, leader, on_duty);
}

static void a_change_keeps_what_was(void **state)
{
    (void)state;
    struct status status = {0};
    const char *id = at(duty(officer, county->ids[COUNTY_150424], when(1, 9), ""), "duty.shift.id");
    assert_null(change(id, "1", "REPLACEMENT", mayor.person_id, zhang.person_id, &status));
    assert_reason(status, FIELD_INVALID);    // nobody changes
    assert_null(change(id, "1", "ENTERED", deputy.person_id, zhang.person_id, &status));
    assert_reason(status, FIELD_INVALID);
    assert_null(change(id, "7", "REPLACEMENT", deputy.person_id, zhang.person_id, &status));
    assert_reason(status, VERSION_CONFLICT);
    char before[CLOCK_TEXT_SIZE];
    clock_format(clock_now(), before);
    const char *now = change(id, "1", "REPLACEMENT", deputy.person_id, zhang.person_id, &status);
    assert_ok(status);
    assert_string_equal(at(now, "shift.change.kind"), "DUTY_CHANGE_KIND_REPLACEMENT");
    assert_string_equal(at(now, "shift.change.reason"), "县长出差");
    assert_string_equal(at(now, "shift.change.personName"), "值班室");
    assert_string_equal(leader_at(when(1, 9), ""), "副县长");
    assert_string_equal(leader_at(when(1, 9), before), "县长");    // as it was known
    const char *list =
        ask_well(county, officer, "ListDutyShifts", "{'unitId': '%s', 'since': '%s', 'until': '%s', 'history': true}",
                 county->ids[COUNTY_150424], when(1, 8), when(1, 20));
    assert_string_equal(at(list, "shifts"), "2");
    assert_string_equal(at(list, "shifts.0.version"), "2");
    assert_string_equal(at(list, "shifts.1.leaders.names.0"), "县长");
    // By pages of one it is the same.
    list = ask_well(county, officer, "ListDutyShifts",
                    "{'unitId': '%s', 'since': '%s', 'until': '%s', 'history': true, 'pageSize': 1}",
                    county->ids[COUNTY_150424], when(1, 8), when(1, 20));
    list = ask_well(county, officer, "ListDutyShifts",
                    "{'unitId': '%s', 'since': '%s', 'until': '%s', 'history': true, 'pageSize': 1, 'pageToken': '%s'}",
                    county->ids[COUNTY_150424], when(1, 8), when(1, 20), at(list, "nextPageToken"));
    assert_string_equal(at(list, "shifts.0.version"), "1");
}

static void the_past_is_corrected_and_what_was_known_stays(void **state)
{
    (void)state;
    struct status status = {0};
    char before[CLOCK_TEXT_SIZE];
    char between[CLOCK_TEXT_SIZE];
    const char *mine = county->ids[COUNTY_150424];
    clock_format(clock_now(), before);
    const char *id = shift(mine, when(-2, 8), when(-1, 8), mayor.person_id, zhang.person_id);    // entered afterwards
    clock_format(clock_now(), between);
    assert_null(change(id, "1", "SWAP", deputy.person_id, zhang.person_id, &status));
    assert_reason(status, STATE_CONFLICT);    // it is over
    change(id, "1", "CORRECTION", deputy.person_id, zhang.person_id, &status);
    assert_ok(status);
    assert_string_equal(leader_at(when(-2, 9), ""), "副县长");
    assert_string_equal(leader_at(when(-2, 9), between), "县长");
    assert_string_equal(leader_at(when(-2, 9), before), "");    // nobody knew
    assert_null(change(id, "1", "CORRECTION", mayor.person_id, zhang.person_id, &status));
    assert_reason(status, VERSION_CONFLICT);
    ask_well(county, officer, "CancelDutyShift", "{'id': '%s', 'version': 2, 'reason': '登记错误'}", id);
    assert_string_equal(leader_at(when(-2, 9), ""), "");
    assert_string_equal(leader_at(when(-2, 9), between), "县长");
    assert_null(change(id, "3", "CORRECTION", mayor.person_id, zhang.person_id, &status));
    assert_reason(status, STATE_CONFLICT);
    assert_null(ask(county, officer, "CancelDutyShift", &status, "{'id': '%s', 'version': 3, 'reason': '再'}", id));
    assert_reason(status, STATE_CONFLICT);
    shift(mine, when(-2, 8), when(-1, 8), deputy.person_id, li.person_id);    // its time is free again
}

// How many gaps of a kind there are from day 10 on, for two days.
static int gaps(struct person person, const char *unit_id, const char *kind)
{
    const char *list = ask_well(county, person, "ListDutyGaps", "{%s%s%s'since': '%s', 'days': 2}",
                                *unit_id ? "'unitId': '" : "", unit_id, *unit_id ? "', " : "", when(10, 0));
    int count = 0;
    for (const char *found = strstr(list, kind); found; found = strstr(found + 1, kind))
        count++;
    return count;
}

static void gaps_are_found_in_advance(void **state)
{
    (void)state;
    struct status status = {0};
    const char *mine = county->ids[COUNTY_150424];
    assert_int_equal(gaps(officer, mine, "NO_OFFICER"), 1);    // both days, in one piece
    assert_int_equal(gaps(officer, mine, "NO_LEADER"), 1);
    shift(mine, when(10, 0), when(10, 20), mayor.person_id, zhang.person_id);
    shift(mine, when(10, 22), when(11, 12), "", li.person_id);
    shift(mine, when(11, 12), when(12, 0), deputy.person_id, li.person_id);
    assert_int_equal(gaps(officer, mine, "NO_OFFICER"), 1);    // from 20 to 22
    assert_int_equal(gaps(officer, mine, "NO_LEADER"), 1);     // from 20 to the next noon
    const char *list =
        ask_well(county, officer, "ListDutyGaps", "{'unitId': '%s', 'since': '%s', 'days': 2}", mine, when(10, 0));
    assert_string_equal(at(list, "gaps.0.unitName"), "林西县");
    assert_string_equal(at(list, "gaps.0.startsAt"), at(list, "gaps.1.startsAt"));
    // He has no post any more when his shift ends.
    assert_int_equal(gaps(officer, mine, "WITHOUT_POST"), 0);
    ask_well(county, admin, "EndPost", "{'id': '%s', 'version': 1, 'endsAt': '%s', 'document': '退休'}", mayor.post_id,
             when(10, 12));
    assert_int_equal(gaps(officer, mine, "WITHOUT_POST"), 1);
    // He is on duty elsewhere at the same time.
    ask_well(county, officer, "OpenDutyDesk", "{'unitId': '%s', 'telephone': '0476-5553333', 'warnDays': 1}",
             department);
    assert_int_equal(gaps(officer, mine, "DOUBLE_BOOKED"), 0);
    shift(department, when(10, 18), when(11, 2), deputy.person_id, zhang.person_id);
    assert_int_equal(gaps(officer, mine, "DOUBLE_BOOKED"), 2);    // at both desks
    // He is away.
    assert_null(ask(county, officer, "EnterLeave", &status,
                    "{'personId': '%s', 'unitId': '%s', 'startsAt': '%s', 'endsAt': '%s', 'reason': '外出考察'}",
                    deputy.person_id, department, when(11, 0), when(11, 18)));
    assert_reason(status, FIELD_INVALID);    // no post there
    const char *leave =
        ask_well(county, officer, "EnterLeave",
                 "{'personId': '%s', 'unitId': '%s', 'startsAt': '%s', 'endsAt': '%s', 'reason': '外出考察'}",
                 deputy.person_id, mine, when(11, 0), when(11, 18));
    assert_null(ask(county, officer, "EnterLeave", &status,
                    "{'personId': '%s', 'unitId': '%s', 'startsAt': '%s', 'endsAt': '%s', 'reason': '休假'}",
                    deputy.person_id, mine, when(11, 17), when(12, 0)));
    assert_reason(status, RECORD_EXISTS);
    assert_int_equal(gaps(officer, mine, "ON_LEAVE"), 2);
    assert_string_equal(at(ask_well(county, officer, "ListLeaves", "{'unitId': '%s'}", mine), "leaves.0.personName"),
                        "副县长");
    ask_well(county, officer, "EndLeave", "{'id': '%s', 'version': 1}", at(leave, "leave.id"));    // never taken
    assert_int_equal(gaps(officer, mine, "ON_LEAVE"), 0);
    assert_string_equal(at(ask_well(county, officer, "ListLeaves", "{'unitId': '%s'}", mine), "leaves"), "");
    assert_null(ask(county, officer, "EndLeave", &status, "{'id': '%s', 'version': 2, 'endsAt': '%s'}",
                    at(leave, "leave.id"), when(12, 0)));
    assert_reason(status, FIELD_INVALID);
}

static void each_sees_the_gaps_of_his_own(void **state)
{
    (void)state;
    const char *none = "";
    assert_int_equal(gaps(officer, none, "NO_OFFICER") > 0, 1);
    // A department reaches the territory of its county; an enterprise itself.
    assert_int_equal(gaps(as_at(county, "regulator", department, "局"), none, "DOUBLE_BOOKED"), 2);
    assert_int_equal(gaps(as(county, "enterprise_officer", ENTERPRISE, "企业"), none, "DOUBLE_BOOKED"), 0);
    assert_int_equal(gaps(as(county, "county_officer", COUNTY_150423, "邻旗"), none, "NO_OFFICER"), 0);
    assert_int_equal(gaps(clerk, none, "NO_OFFICER"), 0);    // its desk is closed
    struct status status = {0};
    struct person sibling = as(county, "county_officer", COUNTY_150423, "邻旗");
    assert_null(ask(county, sibling, "GetDuty", &status, "{'unitId': '%s'}", county->ids[COUNTY_150424]));
    assert_reason(status, RECORD_NOT_FOUND);
    assert_string_equal(at(ask_well(county, sibling, "ListDutyDesks", "{}"), "desks"), "");
    assert_string_equal(at(ask_well(county, officer, "ListDutyDesks", "{}"), "desks"), "3");
    assert_null(
        ask(county, sibling, "UpdateDutyDesk", &status, "{'id': '%s', 'version': 1, 'telephone': '110'}", desk));
    assert_reason(status, RECORD_NOT_FOUND);
    static const char *const tables[] = {"duty_desks", "duty_shifts", "duty_versions", "leaves", "duty_members"};
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        assert_int_equal(instance_sql(county, "organisations",
                                      "SET ROLE anlan_organisations; BEGIN; SET LOCAL anlan.wall = 'scope'; "
                                      "SET LOCAL anlan.scope = '|{%s}||'; SELECT count(*) FROM %s; COMMIT",
                                      county->ids[COUNTY_150423], tables[i]),
                         0);
}

static const char *warned_at(void)
{
    const char *list = ask_well(county, officer, "ListDutyDesks", "{}");
    for (int i = 0; i < 3; i++)
        if (strcmp(at(list, arena_printf(&county->arena, "desks.%d.id", i)), desk) == 0)
            return at(list, arena_printf(&county->arena, "desks.%d.warning.version", i));
    return "";
}

static const char *expected;

static bool has_been_warned(struct instance *instance)
{
    (void)instance;
    return strcmp(warned_at(), expected) == 0;
}

// A minute passes in which nobody touches the roster.
static void a_minute_passes(void)
{
    instance_sql(county, "organisations",
                 "UPDATE duty_desks SET due_at = due_at - interval '1 minute' WHERE due_at <= now() + interval '1 "
                 "minute'; SELECT 1");
}

static void a_desk_is_warned_once_of_each_gap(void **state)
{
    (void)state;
    const char *mine = county->ids[COUNTY_150424];
    assert_string_equal(warned_at(), "");    // the roster is being entered
    a_minute_passes();
    expected = "2";
    assert_true(eventually(has_been_warned, county));
    const char *list = ask_well(county, officer, "ListDutyDesks", "{'unitId': '%s'}", mine);
    assert_non_null(strstr(list, "DUTY_GAP_KIND_NO_OFFICER"));
    long long entries = instance_changes(county, "organisations");
    a_minute_passes();
    instance_sql(county, "organisations", "SELECT pg_sleep(2)");
    assert_int_equal(instance_changes(county, "organisations"), entries);    // not twice
    // A new gap, in what was covered: once more, of that alone.
    const char *id = at(duty(officer, mine, when(1, 21), ""), "duty.shift.id");
    ask_well(county, officer, "CancelDutyShift", "{'id': '%s', 'version': 1, 'reason': '台风'}", id);
    a_minute_passes();
    expected = "3";
    assert_true(eventually(has_been_warned, county));
    // A unit that is no more is not warned.
    assert_true(instance_sql(county, "organisations",
                             "SELECT count(*) FROM duty_desks WHERE unit_id = '%s' AND due_at IS NOT NULL",
                             department) == 1);
    ask_well(county, admin, "RetireUnit", "{'id': '%s', 'version': 1, 'reason': '机构改革'}", department);
    assert_true(instance_sql(county, "organisations",
                             "SELECT count(*) FROM duty_desks WHERE unit_id = '%s' AND due_at IS NOT NULL",
                             department) == 0);
    struct status status = {0};
    assert_null(enter(officer, department, when(20, 8), when(21, 8), "", li.person_id, &status));
    assert_reason(status, STATE_CONFLICT);
}

#define RUN                                                                                                            \
    "cd %s; export ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_KEYS=%s/keys LC_ALL=C.UTF-8; "                   \
    "export ANLAN_TOKEN=$(anlan token --role administrator --instance --name 值班室); "

static void run(int expected_code, const char *command, const char *awaited)
{
    char output[16384];
    int code = instance_run(county, output, sizeof(output), RUN "%s", county->dir, county->dir, county->dir, command);
    if (code != expected_code || !strstr(output, awaited))
        fail_msg("%s: %d: %s", command, code, output);
}

static void the_client_keeps_rosters(void **state)
{
    (void)state;
    const char *banner = county->ids[COUNTY_150423];
    actor_new(county, "leader", banner, "旗长", NULL);
    actor_new(county, "county_officer", banner, "巴雅尔", NULL);
    actor_new(county, "county_officer", banner, "乌兰", NULL);
    actor_new(county, "county_officer", banner, "王伟", NULL);
    actor_new(county, "county_officer", banner, "王伟", NULL);
    run(0, "anlan duty open --unit 150423 --telephone 0476-6660001 --lang zh 2>&1", "值班电话: 0476-6660001");
    run(1, "anlan duty show --unit 150423 --lang zh 2>&1", "无人值班");
    run(0,
        "printf "
        "'日期,起,止,带班领导,值班员,事由\\n2031-10-01,08:00,20:00,旗长,巴雅尔、乌兰,国庆节\\n2031-10-01,20:00,08:00,"
        "旗长,乌兰,国庆节\\n2031年10月2日,,,旗长,巴雅尔,国庆节\\n' >roster.csv; "
        "anlan duty import roster.csv --unit 150423 --dry-run 2>&1 && anlan duty import roster.csv --unit 150423 2>&1",
        "3");
    run(0, "anlan duty show --unit 150423 --at '2031-10-02 03:00' --lang zh 2>&1", "值班员   乌兰");
    run(0, "anlan duty list --unit 150423 --from 2031-10-01 --to 2031-10-09 --lang zh 2>&1", "2031-10-02 08:00");
    long long entries = instance_changes(county, "organisations");
    run(0, "anlan duty import roster.csv --unit 150423 2>&1", "3");
    assert_int_equal(instance_changes(county, "organisations"), entries);    // nothing twice
    // What is wrong comes back with its reason: nobody, two of one name, an overlap, no date, no unit.
    run(3,
        "printf 'unit,date,leaders,officers\\n150423,2031-10-05,旗长,没有此人\\n150423,2031-10-05,旗长,王伟\\n150423,"
        "2031-10-01,旗长,乌兰\\n150423,十月,旗长,乌兰\\n999999,2031-10-05,旗长,乌兰\\n150423,2031-10-05,旗长,乌兰\\n' "
        ">bad.csv; anlan duty import bad.csv --lang en; code=$?; cat bad.csv.rejects.csv; exit $code",
        "nobody of the unit has that name");
    run(0, "cat bad.csv.rejects.csv", "several people of the unit have that name");
    run(0, "test $(grep -c 2031-10-05 bad.csv.rejects.csv) = 3 && cat bad.csv.rejects.csv", "no date");
    // A swap by names; who is not named stays.
    run(0,
        "id=$(anlan duty list --unit 150423 --from 2031-10-05 --to 2031-10-06 --json | sed -n 's/.*\"id\": "
        "*\"\\([^\"]*\\)\".*/\\1/p' | head -n 1); anlan duty change --id $id --kind swap --officer 巴雅尔 --reason "
        "家中有事 "
        "--lang zh 2>&1",
        "方式: 换班");
    run(0, "anlan duty show --unit 150423 --at 2031-10-05T12:00 --lang zh 2>&1", "家中有事");
    run(0, "anlan duty list --unit 150423 --from 2031-10-05 --to 2031-10-06 --history --lang zh 2>&1", "乌兰");
    // Gaps end with 1, none with 0; the end of a day of leave is that day's.
    run(1, "anlan duty gaps --unit 150423 --from 2031-10-02 --days 3 --lang zh 2>&1", "无值班员");
    run(0, "anlan duty gaps --unit 150423 --from 2031-10-02T08:00 --days 1 --lang zh 2>&1", "没有缺岗");
    run(0,
        "anlan duty leave --unit 150423 --person 旗长 --from 2031-10-02 --to 2031-10-02 --reason 出差 --lang zh 2>&1",
        "请假人: 旗长");
    run(1, "anlan duty gaps --unit 150423 --from 2031-10-02T08:00 --days 1 --lang zh 2>&1", "请假");
    run(2, "anlan duty enter --unit 150423 --from 明天 --to 2031-10-09 --officer 乌兰 --lang en 2>&1",
        "no date or time");
    run(2, "anlan duty enter --unit 150423 --from 2031-10-08 --to 2031-10-09 --officer 王伟 --lang en 2>&1", "several");
    run(2, "anlan duty gaps --days viele --lang en 2>&1", "no number of days");
    run(0, "anlan --lang zh help duty 2>&1", "从 CSV 导入值班表");
}

static void the_tables_are_what_the_log_says(void **state)
{
    (void)state;
    char output[4096];
    long long versions = instance_sql(county, "organisations", "SELECT count(*) FROM duty_versions");
    long long members = instance_sql(county, "organisations", "SELECT count(*) FROM duty_members");
    assert_true(versions > 3 && members > 5);
    instance_sql(county, "organisations", "CREATE TABLE before AS SELECT * FROM duty_desks; SELECT 1");
    for (int rebuilt = 0; rebuilt < 2; rebuilt++) {
        int code = instance_run(county, output, sizeof(output), "anlan-organisations verify --database='%s' 2>&1",
                                instance_conninfo(county, "organisations", false));
        if (code != 0 || !strstr(output, " 0 faults: consistent, not witnessed"))
            fail_msg("%s", output);
        if (rebuilt)
            break;
        instance_sql(county, "organisations",
                     "TRUNCATE units, unit_keys, roles, grants, posts, people, responsibilities, clients, duty_desks, "
                     "duty_shifts, duty_versions, duty_members, leaves");
        code = instance_run(county, output, sizeof(output), "anlan-organisations rebuild --database='%s' 2>&1",
                            instance_conninfo(county, "organisations", true));
        if (code != 0)
            fail_msg("rebuild: %s", output);
    }
    assert_int_equal(instance_sql(county, "organisations", "SELECT count(*) FROM duty_versions"), versions);
    // Clocks too follow from the log alone.
    assert_int_equal(
        instance_sql(county, "organisations",
                     "SELECT count(*) FROM before b JOIN duty_desks d USING (id) WHERE d.due_at IS DISTINCT "
                     "FROM b.due_at OR d.quiet_until <> b.quiet_until"),
        0);
    assert_int_equal(instance_sql(county, "organisations", "SELECT count(*) FROM duty_members"), members);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unit_opens_one_desk),
        cmocka_unit_test(a_shift_over_midnight_is_one_shift),
        cmocka_unit_test(what_is_no_shift_is_refused),
        cmocka_unit_test(who_keeps_no_desk_is_covered_from_above),
        cmocka_unit_test(phones_of_persons_are_masked_and_the_desks_is_not),
        cmocka_unit_test(a_change_keeps_what_was),
        cmocka_unit_test(the_past_is_corrected_and_what_was_known_stays),
        cmocka_unit_test(gaps_are_found_in_advance),
        cmocka_unit_test(each_sees_the_gaps_of_his_own),
        cmocka_unit_test(a_desk_is_warned_once_of_each_gap),
        cmocka_unit_test(the_client_keeps_rosters),
        cmocka_unit_test(the_tables_are_what_the_log_says),
    };
    return cmocka_run_group_tests_name("duty", tests, up, down);
}
