// SPDX-License-Identifier: Apache-2.0
// What is counted for the access log: folded by who, what and why, and bounded, with nothing left out.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "service/access_notes.h"

static struct service service;
static const struct service_definition definition = {.name = "trial"};
static const struct rpc_policy policy = {.method = "trial.v1.Service/Get",
                                         .kind = ANLAN__RPC__V1__METHOD_KIND__METHOD_KIND_READ};
static const struct service_slot slot = {.policy = &policy};

static int up(void **state)
{
    (void)state;
    service.definition = &definition;
    service.instance_id = uuid_make(clock_now());
    service.directory = directory_new(&service.instance_id);
    service.access_notes = service_access_notes_new();
    return 0;
}

static int down(void **state)
{
    (void)state;
    service_access_notes_free(service.access_notes);
    directory_free(service.directory);
    return 0;
}

static void refuse(const struct uuid *subject, status_reason reason)
{
    struct service_job job = {.slot = &slot, .caller = {.subject_id = *subject, .subject_name = "某人"}};
    status_set(&job.status, reason, "refused");
    service_access_note(&service, &job);
}

static long long take(size_t *entries, size_t *common)
{
    long long calls = 0;
    *entries = *common = 0;
    struct access_note *list = service_access_notes_take(service.access_notes);
    while (list) {
        struct access_note *note = list;
        list = note->next;
        calls += note->count;
        (*entries)++;
        *common += note->key.method == NULL;
        assert_true(note->first <= note->last);
        free(note);
    }
    return calls;
}

static void equal_refusals_are_one_note(void **state)
{
    (void)state;
    size_t entries = 0;
    size_t common = 0;
    struct uuid one = uuid_make(clock_now());
    struct uuid other = uuid_make(clock_now());
    for (int i = 0; i < 100; i++) {
        refuse(&one, REASON(PERMISSION_MISSING));
        refuse(&one, REASON(RECORD_NOT_FOUND));
        refuse(&other, REASON(PERMISSION_MISSING));
    }
    assert_int_equal(take(&entries, &common), 300);
    assert_int_equal(entries, 3);
    assert_int_equal(common, 0);
    assert_null(service_access_notes_take(service.access_notes));
}

static void what_is_no_refusal_is_not_counted(void **state)
{
    (void)state;
    static const struct uuid nobody;
    struct uuid one = uuid_make(clock_now());
    refuse(&one, REASON(FIELD_INVALID));
    refuse(&one, REASON(VERSION_CONFLICT));
    refuse(&one, REASON(OVERLOADED));
    refuse(&nobody, REASON(PERMISSION_MISSING));    // an anonymous method: nobody is known
    assert_null(service_access_notes_take(service.access_notes));
}

// More callers than there is room for: what is too much is one note, and no call is left out.
static void too_many_different_ones_are_counted_together(void **state)
{
    (void)state;
    size_t entries = 0;
    size_t common = 0;
    for (int i = 0; i < 3 * LIMIT_ACCESS_FOLDS; i++) {
        struct uuid subject = uuid_make(clock_now());
        refuse(&subject, REASON(RECORD_NOT_FOUND));
    }
    assert_int_equal(take(&entries, &common), 3 * LIMIT_ACCESS_FOLDS);
    assert_int_equal(entries, LIMIT_ACCESS_FOLDS + 1);
    assert_int_equal(common, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_refusals_are_one_note),
        cmocka_unit_test(what_is_no_refusal_is_not_counted),
        cmocka_unit_test(too_many_different_ones_are_counted_together),
    };
    return cmocka_run_group_tests(tests, up, down);
}
