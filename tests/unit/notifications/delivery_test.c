// SPDX-License-Identifier: Apache-2.0
// The life of a delivery: every action in every state; how long it waits; which addresses endpoints may have.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "delivery_rules.h"
#include "endpoint_rules.h"
#include "service/values.h"

#define STATE(name) ANLAN__NOTIFICATIONS__V1__DELIVERY_STATE__DELIVERY_STATE_##name
#define RESULT(name) ANLAN__NOTIFICATIONS__V1__ATTEMPT_RESULT__ATTEMPT_RESULT_##name
#define WEBHOOK ANLAN__NOTIFICATIONS__V1__CHANNEL__CHANNEL_WEBHOOK
#define EMAIL ANLAN__NOTIFICATIONS__V1__CHANNEL__CHANNEL_EMAIL

typedef Anlan__Notifications__V1__Delivery delivery;

static struct arena arena;
static const clock_time now = 1000 * CLOCK_SECOND;

enum action { BEGIN, TAKEN, FAILED, REFUSED, WITHDRAWN, REPLAY, ACTIONS };

// Carries an action out; 0 where it is refused, otherwise the state then.
static int act(delivery *d, enum action action, clock_time at, struct status *status)
{
    static const Anlan__Notifications__V1__AttemptResult results[] = {[TAKEN] = RESULT(TAKEN),
                                                                      [FAILED] = RESULT(FAILED),
                                                                      [REFUSED] = RESULT(REFUSED),
                                                                      [WITHDRAWN] = RESULT(WITHDRAWN)};
    Anlan__Notifications__V1__BeginAttemptRequest begin = ANLAN__NOTIFICATIONS__V1__BEGIN_ATTEMPT_REQUEST__INIT;
    Anlan__Notifications__V1__EndAttemptRequest end = ANLAN__NOTIFICATIONS__V1__END_ATTEMPT_REQUEST__INIT;
    Anlan__Notifications__V1__ReplayDeliveryRequest replay = ANLAN__NOTIFICATIONS__V1__REPLAY_DELIVERY_REQUEST__INIT;
    static struct access_caller caller = {.subject_name = "王建国"};
    struct service_rule_input input = {.now = at, .arena = &arena, .caller = &caller};
    delivery after = *d;
    bool done = false;
    *status = (struct status){0};
    begin.version = end.version = d->version;
    begin.seconds = 60;
    if (action == BEGIN) {
        input.request = &begin.base;
        done = delivery_rules_begin(&input, &d->base, &after.base, status);
    } else if (action == REPLAY) {
        input.request = &replay.base;
        done = delivery_rules_replay(&input, &d->base, &after.base, status);
    } else {
        end.result = results[action];
        end.outcome = (char *)"http 503";
        input.request = &end.base;
        done = delivery_rules_end(&input, &d->base, &after.base, status);
    }
    if (!done)
        return 0;
    assert_int_equal(after.version, d->version + 1);
    *d = after;
    return (int)d->state;
}

static delivery new_delivery(Anlan__Notifications__V1__DeliveryState state)
{
    delivery d = ANLAN__NOTIFICATIONS__V1__DELIVERY__INIT;
    d.version = 1;
    d.state = state;
    d.attempts = state == STATE(WAITING) ? 0 : 1;
    d.attempts_most = 3;
    d.first_wait_seconds = 10;
    d.due_at = state == STATE(WAITING) || state == STATE(SENDING) ? service_timestamp(now, &arena) : NULL;
    return d;
}

static void every_action_in_every_state(void **state)
{
    (void)state;
    static const int wanted[6][ACTIONS] = {
        [STATE(WAITING)] = {[BEGIN] = STATE(SENDING)},
        [STATE(SENDING)] = {STATE(SENDING), STATE(SENT), STATE(WAITING), STATE(DEAD), STATE(WITHDRAWN), 0},
        [STATE(SENT)] = {0},
        [STATE(DEAD)] = {[REPLAY] = STATE(WAITING)},
        [STATE(WITHDRAWN)] = {[REPLAY] = STATE(WAITING)},
    };
    for (int from = STATE(WAITING); from <= (int)STATE(WITHDRAWN); from++)
        for (int action = 0; action < ACTIONS; action++) {
            struct status status;
            delivery d = new_delivery((Anlan__Notifications__V1__DeliveryState)from);
            int to = act(&d, (enum action)action, now, &status);
            if (to != wanted[from][action])
                fail_msg("state %d, action %d: %d", from, action, to);
            if (to == 0)
                assert_int_equal(status.reason, REASON(STATE_CONFLICT));
            else    // as the table has it
                assert_int_equal(d.due_at != NULL, to == STATE(WAITING) || to == STATE(SENDING));
        }
}

static void it_is_tried_as_often_as_it_may_be_and_keeps_what_became_of_it(void **state)
{
    (void)state;
    struct status status;
    delivery d = new_delivery(STATE(WAITING));
    for (int i = 1; i <= 3; i++) {
        d.due_at = service_timestamp(now, &arena);
        assert_int_equal(act(&d, BEGIN, now, &status), STATE(SENDING));
        assert_int_equal(d.attempts, i);
        assert_int_equal(act(&d, FAILED, now, &status), i < 3 ? STATE(WAITING) : STATE(DEAD));
    }
    assert_int_equal(d.detail->n_attempts, 3);
    assert_string_equal(d.detail->attempts[2]->outcome, "http 503");
    assert_non_null(d.ended_at);
    // Another life, and the old attempts are still told.
    assert_int_equal(act(&d, REPLAY, now, &status), STATE(WAITING));
    assert_int_equal(d.attempts, 0);
    assert_int_equal(d.replays, 1);
    for (int i = 0; i < 25; i++) {
        d.due_at = service_timestamp(now, &arena);
        d.attempts = 0;
        act(&d, BEGIN, now, &status);
        act(&d, FAILED, now, &status);
    }
    assert_int_equal(d.detail->n_attempts, 20);
}

static void nobody_sends_what_somebody_else_is_sending(void **state)
{
    (void)state;
    struct status status;
    delivery d = new_delivery(STATE(WAITING));
    assert_int_equal(act(&d, BEGIN, now, &status), STATE(SENDING));
    assert_int_equal(act(&d, BEGIN, now + 59 * CLOCK_SECOND, &status), 0);
    assert_int_equal(status.reason, REASON(STATE_CONFLICT));
    assert_int_equal(act(&d, BEGIN, now + 60 * CLOCK_SECOND, &status), STATE(SENDING));
    assert_int_equal(d.attempts, 2);
    assert_int_equal(act(&d, BEGIN, now + 120 * CLOCK_SECOND, &status), STATE(SENDING));
    // Who never hears how it ended does not try for ever.
    assert_int_equal(act(&d, BEGIN, now + 180 * CLOCK_SECOND, &status), STATE(DEAD));
}

static void waits_double_up_to_a_bound_and_scatter(void **state)
{
    (void)state;
    assert_int_equal(delivery_rules_wait(30, 1, 0, 0), 15 * CLOCK_SECOND);
    assert_in_range(delivery_rules_wait(30, 1, 0, 65535), 449 * CLOCK_SECOND / 10, 45 * CLOCK_SECOND);
    assert_int_equal(delivery_rules_wait(30, 2, 0, 0), 30 * CLOCK_SECOND);
    assert_int_equal(delivery_rules_wait(30, 5, 0, 0), 240 * CLOCK_SECOND);
    assert_int_equal(delivery_rules_wait(30, 30, 0, 0), 10800 * CLOCK_SECOND);
    assert_in_range(delivery_rules_wait(3600, 30, 0, 65535), 32399 * CLOCK_SECOND, 32400 * CLOCK_SECOND);
    assert_int_equal(delivery_rules_wait(1, 1, 120, 0), 120 * CLOCK_SECOND);
    assert_int_equal(delivery_rules_wait(600, 1, 120, 0), 300 * CLOCK_SECOND);
}

static void addresses_are_what_their_channel_has(void **state)
{
    (void)state;
    static const struct {
        Anlan__Notifications__V1__Channel channel;
        const char *address;
        const char *receiver;    // NULL: it is none
    } rows[] = {
        {WEBHOOK, "https://Example.org/hook?a=b", "https://example.org"},
        {WEBHOOK, "https://example.org:8443", "https://example.org:8443"},
        {WEBHOOK, "http://[fd00::1]:80/x", "http://[fd00::1]:80"},
        {WEBHOOK, "https://user:secret@example.org/", NULL},
        {WEBHOOK, "https://example.org/#part", NULL},
        {WEBHOOK, "https://example.org\\@127.0.0.1/", NULL},
        {WEBHOOK, "https://", NULL},
        {WEBHOOK, "https:///x", NULL},
        {WEBHOOK, "https://example.org:/", NULL},
        {WEBHOOK, "https://example.org:123456/", NULL},
        {WEBHOOK, "https://example.org/ x", NULL},
        {WEBHOOK, "https://example.org/\r\nx: y", NULL},
        {WEBHOOK, "ftp://example.org/", NULL},
        {WEBHOOK, "file:///etc/passwd", NULL},
        {EMAIL, "duty.office+1@example.org", "mail"},
        {EMAIL, "duty@example", NULL},
        {EMAIL, "@example.org", NULL},
        {EMAIL, "a@b@example.org", NULL},
        {EMAIL, "a@example.org>\r\nDATA", NULL},
        {EMAIL, "a b@example.org", NULL},
        {EMAIL, "-a@example.org", NULL},
        {EMAIL, "a..b@example.org", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Anlan__Notifications__V1__Endpoint to = ANLAN__NOTIFICATIONS__V1__ENDPOINT__INIT;
        to.channel = rows[i].channel;
        to.address = (char *)rows[i].address;
        const char *receiver = endpoint_rules_receiver(&to, &arena);
        if (!receiver != !rows[i].receiver || (receiver && strcmp(receiver, rows[i].receiver) != 0))
            fail_msg("%s: %s", rows[i].address, receiver ? receiver : "none");
    }
}

static int up(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 22);
    return 0;
}

static int down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_action_in_every_state),
        cmocka_unit_test(it_is_tried_as_often_as_it_may_be_and_keeps_what_became_of_it),
        cmocka_unit_test(nobody_sends_what_somebody_else_is_sending),
        cmocka_unit_test(waits_double_up_to_a_bound_and_scatter),
        cmocka_unit_test(addresses_are_what_their_channel_has),
    };
    return cmocka_run_group_tests(tests, up, down);
}
