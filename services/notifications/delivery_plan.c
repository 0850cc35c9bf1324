// SPDX-License-Identifier: Apache-2.0
#include "delivery_plan.h"

#include <string.h>

#include "endpoint_rules.h"
#include "service/values.h"

#define START "anlan.notifications.v1.DeliveryService/StartDelivery"

typedef Anlan__Notifications__V1__Endpoint endpoint;
typedef Anlan__Notifications__V1__Message message;

static bool goes_by(const message *m, Anlan__Notifications__V1__Channel channel)
{
    for (size_t i = 0; i < m->detail->n_channels; i++)
        if (m->detail->channels[i] == channel)
            return true;
    return false;
}

// True if a unit is below another one, in the tree of tiers or by its parents.
static bool is_below(struct directory *directory, const char *unit_id, const char *above_id)
{
    struct uuid unit;
    struct uuid above;
    bool found = false;
    if (!uuid_parse(unit_id, &unit) || !uuid_parse(above_id, &above))
        return false;
    directory_lock(directory);
    const struct directory_unit *at = directory_find(directory, &unit);
    for (int step = 0; at && !found && step < DIRECTORY_STEPS_MOST; step++) {
        found = uuid_compare(&at->parent_id, &above) == 0;
        at = directory_find(directory, &at->parent_id);
    }
    directory_unlock(directory);
    return found;
}

// True if the endpoint's post, or its person, would find the message in the inbox.
static bool receives(const struct service_follow_input *input, const endpoint *to, const message *m)
{
    bool late = to->entered_at && m->entered_at && service_time(to->entered_at) > service_time(m->entered_at);
    if (strcmp(to->tenant_id, m->tenant_id) != 0 || late)
        return false;
    bool same = strcmp(to->unit_id, m->unit_id) == 0;
    if (*m->person_id)
        return same && strcmp(to->person_id, m->person_id) == 0;
    if (!*to->role)
        return false;
    return same ? to->below || !*m->role || strcmp(to->role, m->role) == 0
                : to->below && is_below(input->directory, m->unit_id, to->unit_id);
}

static bool start(const endpoint *to, const message *m, struct arena *arena, struct service_commands *commands)
{
    Anlan__Notifications__V1__StartDeliveryRequest *request = arena_alloc(arena, sizeof(*request));
    if (!request)
        return false;
    anlan__notifications__v1__start_delivery_request__init(request);
    request->unit_id = to->unit_id;
    request->endpoint_id = to->id;
    request->message_id = m->id;
    request->channel = to->channel;
    request->receiver = endpoint_rules_receiver(to, arena);
    request->attempts_most = to->attempts_most;
    request->first_wait_seconds = to->first_wait_seconds;
    request->occurred_at = m->entered_at;
    if (!request->receiver)
        return false;
    commands->list[commands->count++] = (struct service_command){.method = START, .request = &request->base};
    return true;
}

bool delivery_plan_message(const struct service_follow_input *input, const endpoint *const *endpoints, size_t count,
                           struct service_commands *commands, struct status *status)
{
    const Anlan__Rpc__V1__Entry *entry = input->entry;
    const message *m =
        anlan__notifications__v1__message__unpack(&input->arena->protobuf, entry->after.len, entry->after.data);
    if (!m || !m->detail)
        return status_set(status, REASON(DATA_CORRUPT), "its record cannot be read");
    for (size_t i = 0; i < count && m->version == 1; i++) {
        const endpoint *to = endpoints[i];
        if (to->retired || !goes_by(m, to->channel) || m->urgency < to->least_urgency || !receives(input, to, m) ||
            commands->count == SERVICE_COMMANDS_MOST)
            continue;
        if (!start(to, m, input->arena, commands))
            return status_set(status, REASON(MESSAGE_TOO_LARGE), "its deliveries need too much memory");
    }
    return true;
}
