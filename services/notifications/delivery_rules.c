// SPDX-License-Identifier: Apache-2.0
#include "delivery_rules.h"

#include <string.h>

#include "service/values.h"

#define STATE(name) ANLAN__NOTIFICATIONS__V1__DELIVERY_STATE__DELIVERY_STATE_##name
#define RESULT(name) ANLAN__NOTIFICATIONS__V1__ATTEMPT_RESULT__ATTEMPT_RESULT_##name
#define WAIT_MOST INT64_C(21600)
#define ATTEMPTS_KEPT 20

typedef Anlan__Notifications__V1__Delivery delivery;
typedef Anlan__Notifications__V1__DeliveryAttempt delivery_attempt;

clock_time delivery_rules_wait(int32_t first_seconds, int32_t attempts, int32_t retry_after_seconds, uint16_t chance)
{
    int64_t seconds = first_seconds;
    for (int32_t i = 1; i < attempts && seconds < WAIT_MOST; i++)
        seconds *= 2;
    if (seconds > WAIT_MOST)
        seconds = WAIT_MOST;
    clock_time wait = seconds * CLOCK_SECOND / 2 + seconds * CLOCK_SECOND / 65535 * chance;
    clock_time asked = retry_after_seconds * CLOCK_SECOND;
    return wait < asked ? asked : wait;
}

bool delivery_rules_start(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__StartDeliveryRequest *request = (const void *)input->request;
    delivery *made = (delivery *)after;
    (void)before;
    (void)status;
    made->detail = arena_alloc(input->arena, sizeof(*made->detail));
    if (!made->detail)
        return false;
    anlan__notifications__v1__delivery_detail__init(made->detail);
    made->tenant_id = service_uuid(&input->tenant_id, input->arena);
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->place = service_place(&input->unit->place, input->arena);
    made->unit_id = request->unit_id;
    made->endpoint_id = request->endpoint_id;
    made->message_id = request->message_id;
    made->channel = request->channel;
    made->receiver = request->receiver;
    made->state = STATE(WAITING);
    made->attempts_most = request->attempts_most;
    made->first_wait_seconds = request->first_wait_seconds;
    made->due_at = service_timestamp(input->now, input->arena);
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = made->due_at;
    return true;
}

// A detail of its own, whose attempts may be changed; with room for so many more, the oldest of too many left out.
static bool copy_detail(const struct service_rule_input *input, delivery *now, size_t more)
{
    Anlan__Notifications__V1__DeliveryDetail *copy = arena_alloc(input->arena, sizeof(*copy));
    const Anlan__Notifications__V1__DeliveryDetail *was = now->detail;
    size_t count = was ? was->n_attempts : 0;
    size_t left_out = count + more > ATTEMPTS_KEPT ? count + more - ATTEMPTS_KEPT : 0;
    if (!copy)
        return false;
    anlan__notifications__v1__delivery_detail__init(copy);
    if (was)
        *copy = *was;
    copy->attempts = arena_array(input->arena, count - left_out + more, sizeof(*copy->attempts));
    if (!copy->attempts)
        return false;
    copy->n_attempts = count - left_out;
    for (size_t i = 0; i < copy->n_attempts; i++)
        copy->attempts[i] = was->attempts[left_out + i];
    now->detail = copy;
    return true;
}

static bool versions_agree(const delivery *was, int64_t version, struct status *status)
{
    return was->version == version || status_set(status, REASON(VERSION_CONFLICT), "its version is %lld, not %lld",
                                                 (long long)was->version, (long long)version);
}

static void finish(const struct service_rule_input *input, delivery *now, Anlan__Notifications__V1__DeliveryState state)
{
    now->state = state;
    now->due_at = NULL;
    now->ended_at = service_timestamp(input->now, input->arena);
}

// What was being sent when its time was over may have arrived: it is sent again, under the same id, unless it was tried
// as often as it may be.
bool delivery_rules_begin(const struct service_rule_input *input, const ProtobufCMessage *before,
                          ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__BeginAttemptRequest *request = (const void *)input->request;
    const delivery *was = (const delivery *)before;
    delivery *now = (delivery *)after;
    if (!versions_agree(was, request->version, status))
        return false;
    if (!was->due_at || service_time(was->due_at) > input->now)
        return status_set(status, REASON(STATE_CONFLICT), "it is not due");
    now->version = was->version + 1;
    if (was->attempts >= was->attempts_most) {
        now->outcome = (char *)"not known";
        finish(input, now, STATE(DEAD));
        return true;
    }
    delivery_attempt *attempt = arena_alloc(input->arena, sizeof(*attempt));
    if (!attempt || !copy_detail(input, now, 1))
        return false;
    anlan__notifications__v1__delivery_attempt__init(attempt);
    attempt->began_at = service_timestamp(input->now, input->arena);
    now->detail->attempts[now->detail->n_attempts++] = attempt;
    now->state = STATE(SENDING);
    now->attempts = was->attempts + 1;
    now->due_at = service_timestamp(input->now + request->seconds * CLOCK_SECOND, input->arena);
    return true;
}

static bool note_attempt(const struct service_rule_input *input, delivery *now)
{
    const Anlan__Notifications__V1__EndAttemptRequest *request = (const void *)input->request;
    delivery_attempt *last = arena_alloc(input->arena, sizeof(*last));
    if (!last || !copy_detail(input, now, 0))
        return false;
    if (now->detail->n_attempts == 0)
        return true;
    *last = *now->detail->attempts[now->detail->n_attempts - 1];
    last->ended_at = service_timestamp(input->now, input->arena);
    last->outcome = request->outcome;
    last->took_ms = request->took_ms;
    now->detail->attempts[now->detail->n_attempts - 1] = last;
    return true;
}

static void wait_again(const struct service_rule_input *input, delivery *now)
{
    const Anlan__Notifications__V1__EndAttemptRequest *request = (const void *)input->request;
    uint16_t chance = 0;
    memcpy(&chance, input->random, sizeof(chance));
    clock_time wait = delivery_rules_wait(now->first_wait_seconds, now->attempts, request->retry_after_seconds, chance);
    now->state = STATE(WAITING);
    now->due_at = service_timestamp(input->now + wait, input->arena);
}

bool delivery_rules_end(const struct service_rule_input *input, const ProtobufCMessage *before, ProtobufCMessage *after,
                        struct status *status)
{
    const Anlan__Notifications__V1__EndAttemptRequest *request = (const void *)input->request;
    const delivery *was = (const delivery *)before;
    delivery *now = (delivery *)after;
    if (!versions_agree(was, request->version, status))
        return false;
    if (was->state != STATE(SENDING))
        return status_set(status, REASON(STATE_CONFLICT), "it is not being sent");
    if (!note_attempt(input, now))
        return false;
    now->version = was->version + 1;
    now->outcome = request->outcome;
    switch (request->result) {
    case RESULT(TAKEN):
        finish(input, now, STATE(SENT));
        break;
    case RESULT(FAILED):
        if (now->attempts < now->attempts_most)
            wait_again(input, now);
        else
            finish(input, now, STATE(DEAD));
        break;
    case RESULT(REFUSED):
        finish(input, now, STATE(DEAD));
        break;
    case RESULT(WITHDRAWN):
        finish(input, now, STATE(WITHDRAWN));
        break;
    case RESULT(UNSPECIFIED):
    case _ANLAN__NOTIFICATIONS__V1__ATTEMPT_RESULT_IS_INT_SIZE:
        return status_violate(status, input->arena, "result", "is not known");
    }
    return true;
}

bool delivery_rules_replay(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__ReplayDeliveryRequest *request = (const void *)input->request;
    const delivery *was = (const delivery *)before;
    delivery *now = (delivery *)after;
    if (was->state != STATE(DEAD) && was->state != STATE(WITHDRAWN))
        return status_set(status, REASON(STATE_CONFLICT), "it is neither a dead letter nor withdrawn");
    if (!copy_detail(input, now, 0))
        return false;
    now->version = was->version + 1;
    now->state = STATE(WAITING);
    now->attempts = 0;
    now->replays = was->replays + 1;
    now->due_at = service_timestamp(input->now, input->arena);
    now->ended_at = NULL;
    now->detail->replayed_by = (char *)input->caller->subject_name;
    now->detail->replay_note = request->note;
    return true;
}
