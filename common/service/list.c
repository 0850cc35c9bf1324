// SPDX-License-Identifier: Apache-2.0
// Which list answers, from where, and how much of it.
#include "base/check.h"
#include "base/limits.h"
#include "service/engine.h"
#include "service/values.h"

static uint32_t page_size(const struct service_job *job)
{
    const struct service_lists *lists = job->slot->method->lists;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(job->request->descriptor, "page_size");
    uint32_t size = *(const uint32_t *)((const char *)job->request + field->offset);
    if (size == 0)
        return lists->page_default;
    return size < lists->page_most ? size : lists->page_most;
}

static bool has_parties(const struct service_job *job)
{
    for (size_t i = 0; i < job->bound.count; i++)
        if (job->bound.pairs[i].kind == ACCESS_PARTY)
            return true;
    return false;
}

static bool has_sectors(const struct service_job *job)
{
    for (size_t i = 0; i < job->context.n_pair_sector; i++)
        if (*job->context.pair_sector[i])
            return true;
    return false;
}

int32_t service_examined_limit(size_t pairs, int32_t row_limit, bool passes_over)
{
    int32_t share = (int32_t)(LIMIT_EXAMINED_ROWS / (pairs > 0 ? pairs : 1));
    if (pairs > LIMIT_PAIRS_FEW)
        return share < row_limit || passes_over ? share : row_limit;
    return passes_over && share > row_limit ? share : row_limit;
}

bool service_list_prepare(struct service *service, struct service_job *job)
{
    const struct service_lists *lists = job->slot->method->lists;
    struct service_pick pick = {0};
    bool parties = has_parties(job);
    if (lists->pick && !lists->pick(job->request, parties, &job->call->arena, &pick, &job->status))
        return false;
    CHECK(pick.list < SERVICE_LISTS_MOST && lists->list[pick.list]);
    job->list = pick.list;
    if (!service_scope_narrow(service, job, service_text(job->request, "sector")))
        return status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
    job->context.row_limit = (int32_t)page_size(job) + 1;
    bool passes_over = pick.passes_over || parties || has_sectors(job);
    job->context.examined_limit =
        service_examined_limit(pick.apart ? 1 : job->context.n_pair_kind, job->context.row_limit, passes_over);
    return service_page_read(job);
}

const struct pg_statement *service_list_statement(const struct service_job *job)
{
    const struct service_list *list = job->slot->method->lists->list[job->list];
    const struct service_list_statements *statements = &job->slot->lists[job->list];
    if (job->context.scope_all && list->all && !*service_text(job->request, "sector"))
        return &statements->all;
    enum access_scope_kind kind = job->bound.count == 1 ? job->bound.pairs[0].kind : ACCESS_PARTY;
    bool one_level = job->context.only_unit[0] && kind >= ACCESS_REGION && kind <= ACCESS_TOWNSHIP;
    return one_level && list->level[kind - ACCESS_REGION] ? &statements->level[kind - ACCESS_REGION]
                                                          : &statements->pairs;
}
