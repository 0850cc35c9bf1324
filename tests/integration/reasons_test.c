// SPDX-License-Identifier: Apache-2.0
// Every reason of the contract, brought about: a row for each, with its example, against a real instance. The enum is
// walked at the end: a reason without a row fails the test, and so does a code that no row brings about.
#include "support/reasons.h"

#define ROWS_MOST 128

static struct reason_row rows[ROWS_MOST];
static size_t row_count;

static void add_rows(const struct reason_row *more, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CHECK(row_count < ROWS_MOST);
        rows[row_count++] = more[i];
    }
}

// In the contract ahead of the methods that will answer with them; a row takes each one's place when they come.
// TOO_MANY_RECORDS is for changes of whole subtrees: no method loads more than one record yet.
static const status_reason awaited[] = {REASON(TOO_MANY_RECORDS)};

static void bring_about(void **state)
{
    const struct reason_row *row = *state;
    struct status status = row->bring_about();
    const struct status_reason_text *text = status_reason_text(row->reason);
    if (status.reason != row->reason || status.code != row->code)
        fail_msg("expected %s, got %s %s: %s", text->name, status_code_name(status.code),
                 status_reason_text(status.reason)->name, status.message);
    assert_int_equal(text->code, row->code);
    assert_true(*status.message != '\0');
    assert_int_equal(status.violation_count > 0, (row->with & VIOLATIONS) != 0);
    assert_int_equal(status.retry_after_ms > 0, (row->with & RETRY) != 0);
}

static bool is_brought_about(status_reason reason)
{
    for (size_t i = 0; i < row_count; i++)
        if (rows[i].reason == reason)
            return true;
    return false;
}

static bool is_awaited(status_reason reason)
{
    for (size_t i = 0; i < COUNT_OF(awaited); i++)
        if (awaited[i] == reason)
            return true;
    return false;
}

static void every_reason_has_its_row(void **state)
{
    (void)state;
    const ProtobufCEnumDescriptor *reasons = &anlan__rpc__v1__reason__descriptor;
    for (unsigned i = 0; i < reasons->n_values; i++) {
        status_reason reason = (status_reason)reasons->values[i].value;
        if (reason != REASON(UNSPECIFIED) && is_brought_about(reason) == is_awaited(reason))
            fail_msg("%s: %s", reasons->values[i].name,
                     is_awaited(reason) ? "awaited no more" : "nobody answers with it");
    }
}

// gRPC's list, numbers and names; each is the code of a reason that was brought about, and OK.
static void every_code_of_grpc_is_used(void **state)
{
    (void)state;
    static const char *const names[] = {
        "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
        "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
        "DATA_LOSS", "UNAUTHENTICATED"};
    assert_int_equal(anlan__rpc__v1__code__descriptor.n_values, COUNT_OF(names));
    for (size_t code = 0; code < COUNT_OF(names); code++) {
        bool used = code == CODE(OK);
        for (size_t i = 0; i < row_count; i++)
            used = used || (size_t)rows[i].code == code;
        assert_string_equal(status_code_name((status_code)code), names[code]);
        assert_true(used);
    }
}

static int up(void **state)
{
    (void)state;
    world = instance_start(1);
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(world);
    return 0;
}

int main(void)
{
    static struct CMUnitTest tests[ROWS_MOST + 2] = {
        cmocka_unit_test(every_reason_has_its_row),
        cmocka_unit_test(every_code_of_grpc_is_used),
    };
    add_rows(reasons_of_calls, reasons_of_calls_count);
    add_rows(reasons_of_records, reasons_of_records_count);
    add_rows(reasons_of_sign_in, reasons_of_sign_in_count);
    for (size_t i = 0; i < row_count; i++)
        tests[i + 2] = (struct CMUnitTest){
            .name = status_reason_text(rows[i].reason)->name, .test_func = bring_about, .initial_state = &rows[i]};
    return _cmocka_run_group_tests("reasons", tests, row_count + 2, up, down);
}
