// SPDX-License-Identifier: Apache-2.0
// What the reader of a stream may read, now.
#include <string.h>

#include "base/check.h"
#include "crypto/crypto.h"
#include "service/stream.h"
#include "service/values.h"

static bool out_of_memory(struct status *status)
{
    return status_set(status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
}

// He has nothing left, which his copy is to follow. That he may not call at all is another matter.
static bool is_empty(const struct status *status)
{
    return status->reason == REASON(PERMISSION_MISSING) || status->reason == REASON(UNIT_NOT_FOUND);
}

bool service_stream_decide(struct service *service, const struct service_job *job,
                           const struct service_projection *projection, struct arena *arena,
                           struct service_stream_scope *scope, struct status *status)
{
    struct uuid within;
    bool confined = *job->stream->unit_id && uuid_parse(job->stream->unit_id, &within);
    const struct access_question question = {.caller = &job->caller,
                                             .permission = projection->permission,
                                             .within = confined ? &within : NULL,
                                             .use = ACCESS_READ,
                                             .now = clock_now()};
    *scope = (struct service_stream_scope){0};
    anlan__service__context__init(&scope->context);
    if (!access_decide(&service->access, &question, arena, &scope->decision, &scope->refused)) {
        scope->decision = (struct access_decision){0};
        if (!is_empty(&scope->refused)) {
            *status = scope->refused;
            return false;
        }
    }
    static const struct uuid no_tenant;
    if (!service_fresh_enough(service, &job->caller, &no_tenant, &scope->decision, status))
        return false;
    if (!service_scope_make(service, &scope->decision, arena, &scope->bound, &scope->context))
        return out_of_memory(status);
    if (service->definition->keeps_directory)
        scope->context.tenant_id = service_uuid(&service->instance_id, arena);
    scope->context.caller_id = job->context.caller_id;
    scope->context.caller_unit_id = job->context.caller_unit_id;
    scope->context.now = job->context.now;
    const char *wall = scope->context.wall_scope;
    const struct bytes parts[] = {{(const uint8_t *)projection->permission, strlen(projection->permission) + 1},
                                  {(const uint8_t *)wall, strlen(wall)}};
    crypto_sha256(parts, COUNT_OF(parts), scope->fingerprint);
    return true;
}

static void add_pair(Anlan__Service__Context *context, int32_t kind, char *unit_id, const char *pair_sector,
                     const char *sector)
{
    if (*sector && *pair_sector && strcmp(sector, pair_sector) != 0)
        return;
    context->pair_kind[context->n_pair_kind++] = kind;
    context->pair_unit[context->n_pair_unit++] = unit_id;
    context->pair_sector[context->n_pair_sector++] = (char *)(*sector ? sector : pair_sector);
}

bool service_stream_bind(struct service *service, Anlan__Service__StreamPair *const *pairs, size_t count,
                         const char *sector, struct arena *arena, Anlan__Service__Context *context)
{
    struct directory_top tops[LIMIT_TOPS];
    size_t top_count = directory_tops(service->directory, tops, LIMIT_TOPS);
    context->pair_kind = arena_array(arena, count + top_count, sizeof(int32_t));
    context->pair_unit = arena_array(arena, count + top_count, sizeof(char *));
    context->pair_sector = arena_array(arena, count + top_count, sizeof(char *));
    context->n_pair_kind = context->n_pair_unit = context->n_pair_sector = 0;
    for (size_t i = 0; !arena->exhausted && i < count; i++) {
        struct uuid id;
        if (pairs[i]->kind == ACCESS_INSTANCE) {    // the only one then
            for (size_t t = 0; t < top_count; t++)
                add_pair(context, (int32_t)ACCESS_REGION + tops[t].level, service_uuid(&tops[t].unit_id, arena), "",
                         sector);
            continue;
        }
        memcpy(id.bytes, pairs[i]->unit_id.data, sizeof(id.bytes));
        add_pair(context, pairs[i]->kind, service_uuid(&id, arena), pairs[i]->sector, sector);
    }
    return !arena->exhausted;
}
