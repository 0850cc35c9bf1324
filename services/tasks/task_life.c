// SPDX-License-Identifier: Apache-2.0
#include "task_life.h"

#include <string.h>

#include "base/check.h"
#include "service/values.h"
#include "task_record.h"

static const struct {
    const char *kind;
    task_state from;
    task_action action;
    task_state to;
} lives[] = {
#define ROW(kind, from, action, to) {#kind, STATE(from), ACTION(action), STATE(to)},
    TASK_LIVES(ROW)
#undef ROW
};

bool task_life_allows(const char *kind, task_state from, task_action action, task_state to)
{
    for (size_t i = 0; i < COUNT_OF(lives); i++)
        if (strcmp(lives[i].kind, kind) == 0 && lives[i].from == from && lives[i].action == action && lives[i].to == to)
            return true;
    return false;
}

static bool may_begin(const char *kind, task_state from, task_action action)
{
    for (size_t i = 0; i < COUNT_OF(lives); i++)
        if (strcmp(lives[i].kind, kind) == 0 && lives[i].from == from && lives[i].action == action)
            return true;
    return false;
}

static const char *name_of(const ProtobufCEnumDescriptor *descriptor, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);
    return found ? found->name : "?";
}

bool task_life_may(const struct service_rule_input *input, const char *kind, const ProtobufCMessage *was,
                   task_action action, struct status *status)
{
    int64_t version = service_integer(was, "version");
    task_state from = (task_state)task_record_enum(was, "state");
    if (service_integer(input->request, "version") != version)
        return status_set(status, REASON(VERSION_CONFLICT), "it has version %lld now", (long long)version);
    return may_begin(kind, from, action) || status_set(status, REASON(STATE_CONFLICT), "%s does not allow %s",
                                                       name_of(&anlan__tasks__v1__state__descriptor, (int)from),
                                                       name_of(&anlan__tasks__v1__action__descriptor, (int)action));
}

bool task_life_move(const char *kind, ProtobufCMessage *now, task_action action, task_state to)
{
    task_state from = (task_state)task_record_enum(now, "state");
    CHECK(task_life_allows(kind, from, action, to));
    task_record_set_enum(now, "state_before", (int)from);
    task_record_set_enum(now, "last_action", (int)action);
    task_record_set_enum(now, "state", (int)to);
    task_record_set_version(now, service_integer(now, "version") + 1);
    return true;
}
