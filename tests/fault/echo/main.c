// SPDX-License-Identifier: Apache-2.0
// A service for tests: it follows the ledgers of hazards and enters each hazard in a ledger of its own, as its
// description says: "echo …" by a call to itself as to another service, "local …" in its own transaction, "many …" a
// hundred times so, "refused …" in a way that is refused, "unsaid …" not before ECHO_SAYS is set, "needless …" not
// where the sector is not known: then there is nothing to do.
#include <stdlib.h>
#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "base/check.h"
#include "hazard_methods.h"

#define MANY 100

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool enter(const struct service_follow_input *input, const Anlan__Hazards__V1__Hazard *seen, size_t count,
                  const char *service, struct service_commands *commands)
{
    static const status_reason needless[] = {REASON(FIELD_INVALID), REASON(UNSPECIFIED)};
    for (size_t i = 0; i < count; i++) {
        Anlan__Hazards__V1__CreateHazardRequest *request = arena_alloc(input->arena, sizeof(*request));
        if (!request)
            return false;
        anlan__hazards__v1__create_hazard_request__init(request);
        request->unit_id = seen->unit_id;
        request->grade = seen->grade;
        request->sector = begins(seen->description, "refused") ? (char *)"no_such_sector" : seen->sector;
        request->description = arena_printf(input->arena, "%s-%zu;", seen->description, i);
        commands->list[commands->count++] =
            (struct service_command){.service = service,
                                     .method = "anlan.hazards.v1.HazardsService/CreateHazard",
                                     .request = &request->base,
                                     .settled = begins(seen->description, "needless") ? needless : NULL};
    }
    return true;
}

static bool echo(const struct service_follow_input *input, struct service_commands *commands, struct status *status)
{
    const Anlan__Rpc__V1__Entry *entry = input->entry;
    const Anlan__Hazards__V1__Hazard *seen =
        anlan__hazards__v1__hazard__unpack(&input->arena->protobuf, entry->after.len, entry->after.data);
    if (!seen || entry->version != 1)
        return seen != NULL;
    if (begins(seen->description, "unsaid") && !getenv("ECHO_SAYS"))
        return status_set(status, REASON(STATE_CONFLICT), "nobody knows what to do");
    if (begins(seen->description, "echo"))
        return enter(input, seen, 1, "echo", commands);
    if (begins(seen->description, "nothing"))
        return true;
    return enter(input, seen, begins(seen->description, "many") ? MANY : 1, NULL, commands);
}

static const char *const records[] = {"anlan.hazards.v1.Hazard", NULL};
static const struct service_follow follows[] = {
    {.source = "hazards", .record_types = records, .plan = echo, .calls = "echo"}};
static const char *const service_permissions[] = {"feed.pull", "units.read", "hazards.create", NULL};
static const struct access_role roles[] = {{"service", service_permissions}};
static const size_t role_count = COUNT_OF(roles);

int main(int argc, char **argv)
{
    struct service_definition definition = hazard_service;
    definition.name = "echo";
    definition.follows = follows;
    definition.follow_count = COUNT_OF(follows);
    definition.roles = roles;
    definition.role_count = &role_count;
    return service_main(&definition, argc, argv);
}
