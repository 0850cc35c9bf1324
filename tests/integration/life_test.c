// SPDX-License-Identifier: Apache-2.0
// The life of a hazard through the service: every state meets every action; who may take which step; what a step leaves
// behind.
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "hazard_life.h"
#include "service/values.h"
#include "support/steps.h"

static struct instance *county;
static struct cast cast;

static int up(void **state)
{
    (void)state;
    county = instance_start(1);
    cast = cast_of(county);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

static bool allowed(hazard_state from, hazard_action action)
{
    const ProtobufCEnumDescriptor *states = &anlan__hazards__v1__state__descriptor;
    for (unsigned t = 1; t < states->n_values; t++)
        if (hazard_life_allows(from, action, (hazard_state)states->values[t].value))
            return true;
    return false;
}

// What must have been asked for before an action makes sense.
static const hazard *prepare(const hazard *h, hazard_action action)
{
    bool resumes =
        action == ACTION(ASK_RESUMPTION) || action == ACTION(GRANT_RESUMPTION) || action == ACTION(REFUSE_RESUMPTION);
    if (resumes && allowed(h->state, ACTION(HALT)))
        h = must(county, &cast, h, ACTION(HALT));
    if (resumes && action != ACTION(ASK_RESUMPTION) && h->halt == HALT(ORDERED) &&
        allowed(h->state, ACTION(ASK_RESUMPTION)))
        h = must(county, &cast, h, ACTION(ASK_RESUMPTION));
    if ((action == ACTION(GRANT_EXTENSION) || action == ACTION(REFUSE_EXTENSION)) &&
        allowed(h->state, ACTION(ASK_EXTENSION)))
        h = must(county, &cast, h, ACTION(ASK_EXTENSION));
    if ((action == ACTION(GRANT_VOIDING) || action == ACTION(REFUSE_VOIDING)) && allowed(h->state, ACTION(ASK_VOIDING)))
        h = must(county, &cast, h, ACTION(ASK_VOIDING));
    return h;
}

// A hazard in a state, prepared for an action. A halt is ordered before the acceptance.
static const hazard *subject(hazard_state state, hazard_action action)
{
    bool resumes =
        action == ACTION(ASK_RESUMPTION) || action == ACTION(GRANT_RESUMPTION) || action == ACTION(REFUSE_RESUMPTION);
    if (state != STATE(ACCEPTED) || !resumes)
        return prepare(hazard_in(county, &cast, state, state == STATE(ACCEPTED) ? GRADE(MAJOR) : GRADE(GENERAL)),
                       action);
    const hazard *h = prepare(hazard_in(county, &cast, STATE(AWAITING_ACCEPTANCE), GRADE(GENERAL)), action);
    return must(county, &cast, h, ACTION(ACCEPT));
}

// But for hand-overs between tenants and what follows from listings: tests/scenario/hand_over_test.c and
// listings_test.c do those, in every state.
static void every_state_meets_every_action(void **state)
{
    (void)state;
    const ProtobufCEnumDescriptor *states = &anlan__hazards__v1__state__descriptor;
    const ProtobufCEnumDescriptor *actions = &anlan__hazards__v1__action__descriptor;
    int granted = 0;
    int refused = 0;
    for (unsigned s = 1; s < states->n_values; s++)
        for (unsigned a = 2; a < actions->n_values; a++) {
            hazard_state from = (hazard_state)states->values[s].value;
            hazard_action action = (hazard_action)actions->values[a].value;
            if (from == STATE(HANDED_OVER) || action == ACTION(HAND_OVER) || action == ACTION(TAKE_OVER) ||
                action == ACTION(REGISTER_LEAD) || action >= ACTION(LIST))
                continue;
            struct status status = {0};
            const hazard *was = subject(from, action);
            const hazard *now = step(county, &cast, was, action, &status);
            bool expected = allowed(from, action);
            if (expected != (now != NULL) || (!now && status.reason != REASON(STATE_CONFLICT)))
                fail_msg("%s, %s: %s %s", states->values[s].name, actions->values[a].name,
                         status_reason_text(status.reason)->name, status.message);
            granted += expected;
            refused += !expected;
            if (!now)
                continue;
            assert_true(hazard_life_allows(from, action, now->state));
            assert_int_equal(now->state_before, from);
            assert_int_equal(now->last_action, action);
            assert_int_equal(now->version, was->version + 1);
            assert_int_equal(now->life->n_steps, was->life->n_steps + 1);
            assert_int_equal(now->life->steps[now->life->n_steps - 1]->action, action);
        }
    assert_int_equal(granted + refused, 9 * 23);
    print_message("%d pairs granted, %d refused\n", granted, refused);
}

// Nobody takes a step that belongs to another unit or must be another person's.
static void steps_belong_to_units_and_persons(void **state)
{
    (void)state;
    static const struct {
        hazard_state from;
        hazard_action action;
        size_t who;    // of the cast, replaced by `by`
        const char *role;
        enum place place;
        const char *name;
        status_reason reason;
    } cases[] = {
        {STATE(ASSIGNED), ACTION(START), offsetof(struct cast, responsible), "county_officer", COUNTY_150424, "交办人",
         REASON(STEP_OF_OTHER_UNIT)},
        {STATE(ASSIGNED), ACTION(RETURN), offsetof(struct cast, responsible), "county_officer", COUNTY_150424, "交办人",
         REASON(STEP_OF_OTHER_UNIT)},
        {STATE(ASSIGNED), ACTION(START), offsetof(struct cast, responsible), "township_clerk", TOWNSHIP_101, "邻镇",
         REASON(RECORD_NOT_FOUND)},
        {STATE(RECTIFYING), ACTION(REPORT), offsetof(struct cast, responsible), "county_officer", COUNTY_150424,
         "交办人", REASON(STEP_OF_OTHER_UNIT)},
        {STATE(AWAITING_ACCEPTANCE), ACTION(ACCEPT), offsetof(struct cast, acceptor), "township_clerk", TOWNSHIP_100,
         "验收人", REASON(STEP_OF_OTHER_UNIT)},
        {STATE(AWAITING_ACCEPTANCE), ACTION(ACCEPT), offsetof(struct cast, acceptor), "county_officer", COUNTY_150424,
         "整改人", REASON(SAME_PERSON)},
        {STATE(AWAITING_ACCEPTANCE), ACTION(REFUSE), offsetof(struct cast, acceptor), "county_officer", COUNTY_150424,
         "整改人", REASON(SAME_PERSON)},
        {STATE(ACCEPTED), ACTION(CLOSE), offsetof(struct cast, closer), "county_officer", COUNTY_150424, "整改人",
         REASON(SAME_PERSON)},
        {STATE(CLOSED), ACTION(CONFIRM), offsetof(struct cast, looker), "county_officer", COUNTY_150424, "整改人",
         REASON(SAME_PERSON)},
        {STATE(CLOSED), ACTION(REBOUND), offsetof(struct cast, looker), "county_officer", COUNTY_150424, "验收人",
         REASON(SAME_PERSON)},
        {STATE(REGISTERED), ACTION(ASSIGN), offsetof(struct cast, assigner), "township_clerk", TOWNSHIP_100, "办事员",
         REASON(PERMISSION_MISSING)},
        {STATE(REGISTERED), ACTION(GRANT_VOIDING), offsetof(struct cast, decider), "county_officer", COUNTY_150424,
         "申请人", REASON(SAME_PERSON)},
        {STATE(ASSIGNED), ACTION(GRANT_EXTENSION), offsetof(struct cast, decider), "county_officer", REGULATOR,
         "审批人", REASON(STEP_OF_OTHER_UNIT)},
        {STATE(ACCEPTED), ACTION(GRANT_RESUMPTION), offsetof(struct cast, decider), "county_officer", REGULATOR,
         "审批人", REASON(STEP_OF_OTHER_UNIT)},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct status status = {0};
        const hazard *was = subject(cases[i].from, cases[i].action);
        struct cast other = cast;
        *(struct person *)((char *)&other + cases[i].who) = as(county, cases[i].role, cases[i].place, cases[i].name);
        const hazard *now = step(county, &other, was, cases[i].action, &status);
        if (now || status.reason != cases[i].reason)
            fail_msg("case %zu: %s %s", i, status_reason_text(status.reason)->name, status.message);
        // Nothing was written, and whom it belongs to may still do it.
        must(county, &cast, was, cases[i].action);
    }
}

static void a_major_hazard_needs_criterion_and_five_items(void **state)
{
    (void)state;
    struct status status = {0};
    Anlan__Hazards__V1__CreateHazardRequest request = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    request.request_id = new_request_id(county);
    request.unit_id = county->ids[TOWNSHIP_100];
    request.grade = GRADE(MAJOR);
    request.sector = (char *)"fireworks";
    request.description = (char *)"瓦斯超限";
    const ProtobufCMessageDescriptor *reply = &anlan__hazards__v1__create_hazard_response__descriptor;
    call_hazards(county, cast.finder, "CreateHazard", &request.base, reply, &status);
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "criterion");
    Anlan__Hazards__V1__Criterion criterion = ANLAN__HAZARDS__V1__CRITERION__INIT;
    criterion.standard = (char *)"煤矿重大事故隐患判定标准";
    criterion.version = (char *)"第4号";
    criterion.item = (char *)"第四条";
    criterion.in_force_from = service_timestamp(clock_now() + CLOCK_DAY, &county->arena);
    request.criterion = &criterion;
    call_hazards(county, cast.finder, "CreateHazard", &request.base, reply, &status);
    assert_reason(status, FIELD_INVALID);    // not in force when it was found
    criterion.in_force_from = service_timestamp(clock_now() - CLOCK_DAY, &county->arena);
    const Anlan__Hazards__V1__CreateHazardResponse *made =
        (const void *)call_hazards(county, cast.finder, "CreateHazard", &request.base, reply, &status);
    assert_ok(status);
    assert_string_equal(made->hazard->life->criterion->item, "第四条");
    assign_hazard(county, cast.assigner, made->hazard, NULL, &status);    // without the five items
    assert_reason(status, FIELD_INVALID);
    assert_string_equal(status.violations[0].field, "assignment.five_items");
    const hazard *assigned = must(county, &cast, made->hazard, ACTION(ASSIGN));
    assert_string_equal(assigned->life->five_items->emergency_plan, "撤人");
    // It cannot be closed in one step.
    step(county, &cast, register_hazard(county, &cast, GRADE(MAJOR), &status), ACTION(FIX_ON_SPOT), &status);
    assert_reason(status, FIELD_INVALID);
    // Accepted, it still awaits its closing.
    const hazard *accepted =
        must(county, &cast, must(county, &cast, must(county, &cast, assigned, ACTION(START)), ACTION(REPORT)),
             ACTION(ACCEPT));
    assert_int_equal(accepted->state, STATE(ACCEPTED));
    assert_string_equal(accepted->next_unit_id, county->ids[COUNTY_150424]);
    assert_int_equal(must(county, &cast, accepted, ACTION(CLOSE))->state, STATE(CLOSED));
}

static void a_rebound_reopens_and_counts(void **state)
{
    (void)state;
    const hazard *closed = hazard_in(county, &cast, STATE(CLOSED), GRADE(GENERAL));
    const hazard *back = must(county, &cast, closed, ACTION(REBOUND));
    assert_int_equal(back->state, STATE(RECTIFYING));
    assert_int_equal(back->rebound_count, 1);
    assert_string_equal(back->life->closed->person, "验收人");    // against whom it counts
    assert_string_equal(back->next_unit_id, county->ids[TOWNSHIP_100]);
    const hazard *again = must(county, &cast, must(county, &cast, back, ACTION(REPORT)), ACTION(ACCEPT));
    again = must(county, &cast, must(county, &cast, again, ACTION(CONFIRM)), ACTION(REBOUND));
    assert_int_equal(again->rebound_count, 2);
}

static void who_passes_it_on_keeps_a_view(void **state)
{
    (void)state;
    struct status status = {0};
    const hazard *assigned = hazard_in(county, &cast, STATE(ASSIGNED), GRADE(GENERAL));
    const hazard *moved = must(county, &cast, assigned, ACTION(TRANSFER));
    assert_int_equal(moved->state, STATE(ASSIGNED));
    assert_string_equal(moved->responsible_unit_id, county->ids[TOWNSHIP_101]);
    assert_int_equal(moved->n_former_unit_ids, 1);
    assert_string_equal(moved->former_unit_ids[0], county->ids[TOWNSHIP_100]);
    // The receiver may read it and act; so may, by its territory, the unit at which it was found.
    struct person receiver = as(county, "township_clerk", TOWNSHIP_101, "新城子镇");
    assert_non_null(get_hazard(county, receiver, moved->tenant_id, moved->id, &status));
    struct cast then = cast;
    then.responsible = receiver;
    assert_int_equal(must(county, &then, moved, ACTION(START))->state, STATE(RECTIFYING));
    // Returned, it is nobody's again; the enterprise that had it keeps its view, in its list too.
    struct person enterprise = as(county, "enterprise_officer", ENTERPRISE, "企业");
    const hazard *h = register_hazard(county, &cast, GRADE(GENERAL), &status);
    Anlan__Hazards__V1__AssignHazardRequest request = ANLAN__HAZARDS__V1__ASSIGN_HAZARD_REQUEST__INIT;
    Anlan__Hazards__V1__Assignment assignment = ANLAN__HAZARDS__V1__ASSIGNMENT__INIT;
    request.request_id = new_request_id(county);
    request.tenant_id = h->tenant_id;
    request.id = h->id;
    request.version = 1;
    request.assignment = &assignment;
    assignment.responsible_unit_id = county->ids[ENTERPRISE];
    assignment.responsible_person = (char *)"厂长";
    assignment.deadline = service_timestamp(clock_now() + CLOCK_DAY, &county->arena);
    get_hazard(county, enterprise, h->tenant_id, h->id, &status);
    assert_reason(status, RECORD_NOT_FOUND);
    const Anlan__Hazards__V1__AssignHazardResponse *given =
        (const void *)call_hazards(county, cast.assigner, "AssignHazard", &request.base,
                                   &anlan__hazards__v1__assign_hazard_response__descriptor, &status);
    assert_ok(status);
    then.responsible = enterprise;
    const hazard *returned = must(county, &then, given->hazard, ACTION(RETURN));
    assert_string_equal(returned->responsible_unit_id, "");
    assert_null(returned->deadline);
    assert_non_null(get_hazard(county, enterprise, h->tenant_id, h->id, &status));
    const Anlan__Hazards__V1__ListHazardsResponse *page = list_hazards(county, enterprise, "", "", 200, &status);
    assert_ok(status);
    assert_int_equal(page->n_hazards, 1);
    assert_string_equal(page->hazards[0]->id, h->id);
}

static void a_halt_ends_before_the_closing(void **state)
{
    (void)state;
    struct status status = {0};
    const hazard *h = must(county, &cast, hazard_in(county, &cast, STATE(RECTIFYING), GRADE(GENERAL)), ACTION(HALT));
    assert_int_equal(h->halt, HALT(ORDERED));
    step(county, &cast, h, ACTION(HALT), &status);
    assert_reason(status, STATE_CONFLICT);
    h = must(county, &cast, must(county, &cast, h, ACTION(REPORT)), ACTION(ACCEPT));
    assert_int_equal(h->state, STATE(ACCEPTED));    // general, yet not closed
    step(county, &cast, h, ACTION(CLOSE), &status);
    assert_reason(status, STATE_CONFLICT);
    h = must(county, &cast, must(county, &cast, h, ACTION(ASK_RESUMPTION)), ACTION(GRANT_RESUMPTION));
    assert_int_equal(h->halt, HALT(RESUMED));
    assert_int_equal(must(county, &cast, h, ACTION(CLOSE))->state, STATE(CLOSED));
}

static void an_extension_moves_the_deadline_only_when_granted(void **state)
{
    (void)state;
    struct status status = {0};
    const hazard *h = hazard_in(county, &cast, STATE(RECTIFYING), GRADE(GENERAL));
    int64_t deadline = h->deadline->seconds;
    h = must(county, &cast, must(county, &cast, h, ACTION(ASK_EXTENSION)), ACTION(REFUSE_EXTENSION));
    assert_int_equal(h->deadline->seconds, deadline);
    step(county, &cast, h, ACTION(GRANT_EXTENSION), &status);    // nothing is asked for any more
    assert_reason(status, STATE_CONFLICT);
    h = must(county, &cast, must(county, &cast, h, ACTION(ASK_EXTENSION)), ACTION(GRANT_EXTENSION));
    assert_true(h->deadline->seconds > deadline);
    assert_int_equal(h->life->extensions_granted, 1);
    assert_null(h->life->extension);
}

static void a_row_that_leaves_the_life_is_refused_by_the_table(void **state)
{
    (void)state;
    char output[1024];
    const hazard *h = hazard_in(county, &cast, STATE(REGISTERED), GRADE(GENERAL));
    int code = instance_run(county, output, sizeof(output),
                            "psql -X -q -v ON_ERROR_STOP=1 -h %s -U postgres -d anlan_hazards -c \"UPDATE hazards SET "
                            "state = 6, state_before = 1, last_action = 11 WHERE id = '%s'\" 2>&1",
                            county->dir, h->id);
    assert_true(code != 0);
    assert_non_null(strstr(output, "\"life\""));
}

static void tables_and_counters_are_what_the_log_says(void **state)
{
    (void)state;
    char output[4096];
    int code = instance_run(county, output, sizeof(output), "anlan-hazards verify --database='%s' 2>&1",
                            instance_conninfo(county, "hazards", false));
    if (code != 0)
        fail_msg("%s", output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_meets_every_action),
        cmocka_unit_test(steps_belong_to_units_and_persons),
        cmocka_unit_test(a_major_hazard_needs_criterion_and_five_items),
        cmocka_unit_test(a_rebound_reopens_and_counts),
        cmocka_unit_test(who_passes_it_on_keeps_a_view),
        cmocka_unit_test(a_halt_ends_before_the_closing),
        cmocka_unit_test(an_extension_moves_the_deadline_only_when_granted),
        cmocka_unit_test(a_row_that_leaves_the_life_is_refused_by_the_table),
        cmocka_unit_test(tables_and_counters_are_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, up, down);
}
