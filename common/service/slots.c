// SPDX-License-Identifier: Apache-2.0
// Holds a service's table against its contract and makes the statements.
#include <stdlib.h>
#include <string.h>

#include "anlan_rpc_v1.policy.h"
#include "base/check.h"
#include "feed_sql_statements.h"
#include "service/engine.h"
#include "service/stream.pb-c.h"
#include "service_sql_statements.h"

#define KIND(name) ANLAN__RPC__V1__METHOD_KIND__METHOD_KIND_##name

static const struct pg_message no_message = {NULL, NULL};

static void add_statement(struct service *service, struct pg_statement *statement)
{
    struct pg_catalogue *catalogue = &service->catalogue;
    struct pg_statement **grown =
        realloc(catalogue->statements, (catalogue->count + 1) * sizeof(struct pg_statement *));
    CHECK(grown);
    catalogue->statements = grown;
    catalogue->statements[catalogue->count++] = statement;
}

// Adds a statement with its messages; nothing for one that the method does not have.
static void make_statement(struct service *service, struct pg_statement *statement, const struct pg_sql *sql,
                           struct pg_message first, struct pg_message second, struct pg_message row,
                           struct pg_message page)
{
    if (!sql)
        return;
    *statement = (struct pg_statement){.sql = sql, .sources = {first, second}, .targets = {row, page}};
    add_statement(service, statement);
}

// A third source and target for statements that answer several calls: the first source and `each` have a message for
// each of them.
static void make_keyed(struct pg_statement *statement)
{
    size_t target = 0;
    if (!statement->sql)
        return;
    while (statement->targets[target].descriptor)
        target++;
    statement->sources[2] = (struct pg_message){"each", &anlan__service__context__descriptor};
    statement->many = 1U << 0 | 1U << 2;
    statement->targets[target] = (struct pg_message){"call", &anlan__service__ordinal__descriptor};
}

static void make_method_statements(struct service *service, struct service_slot *slot)
{
    const struct service_method *method = slot->method;
    struct pg_message request = {"request", slot->policy->request};
    struct pg_message context = {"context", &anlan__service__context__descriptor};
    struct pg_message record = {"", method->record ? method->record->message : NULL};
    struct pg_message page = {"page", &anlan__service__page__descriptor};
    struct pg_message facts = {"facts", method->facts};
    make_statement(service, &slot->query, method->query, request, context, record, no_message);
    make_statement(service, &slot->load, method->load, request, context, record, facts);
    if (method->work) {
        struct pg_message asked = {"", method->work->asked};
        struct pg_message effect = {"effect", method->work->effected};
        struct pg_message outcome = {"", &anlan__service__outcome__descriptor};
        make_statement(service, &slot->ask, method->work->ask, request, context, asked, no_message);
        make_statement(service, &slot->effect, method->work->effect, effect, context, outcome, no_message);
        service->works = true;
    }
    if (method->keyed) {
        make_keyed(&slot->query);
        make_keyed(&slot->load);
    }
    for (size_t l = 0; method->lists && l < SERVICE_LISTS_MOST && method->lists->list[l]; l++) {
        const struct service_list *list = method->lists->list[l];
        struct service_list_statements *made = &slot->lists[l];
        make_statement(service, &made->all, list->all, request, context, record, page);
        make_statement(service, &made->pairs, list->pairs, request, context, record, page);
        for (size_t i = 0; i < DIRECTORY_LEVELS; i++)
            make_statement(service, &made->level[i], list->level[i], request, context, record, page);
    }
}

static void make_writer(struct service *service, struct pg_statement *statement, const struct pg_sql *sql,
                        const struct service_record *record)
{
    struct pg_message after = {"after", record->message};
    struct pg_message context = {"context", &anlan__service__context__descriptor};
    make_statement(service, statement, sql, after, context, no_message, no_message);
    if (sql)
        statement->sources[2] = (struct pg_message){"row", &anlan__service__row__descriptor};
}

static void make_keeper(struct service *service, struct service_keeper *keeper, const struct service_record *record)
{
    struct pg_message context = {"context", &anlan__service__context__descriptor};
    struct pg_message row = {"", record->message};
    struct pg_message page = {"page", &anlan__service__page__descriptor};
    keeper->record = record;
    make_writer(service, &keeper->insert, record->insert, record);
    make_writer(service, &keeper->update, record->update, record);
    make_writer(service, &keeper->withhold, record->withhold, record);
    make_statement(service, &keeper->rows, record->rows, context, no_message, row, page);
    make_statement(service, &keeper->lost, record->lost, context, no_message, page, no_message);
    if (record->detail_field)
        keeper->rows.targets[2] = (struct pg_message){"column", record->message};
    struct pg_message counts = {"", &anlan__service__counts__descriptor};
    struct pg_message count = {"", &anlan__service__count__descriptor};
    make_statement(service, &keeper->counted, record->counted, counts, no_message, no_message, no_message);
    make_statement(service, &keeper->counts, record->counts, context, no_message, count, no_message);
    if (record->streamed) {
        struct pg_message records = {"records", &anlan__service__stream_records__descriptor};
        struct pg_message seen = {"", &anlan__service__stream_seen__descriptor};
        make_statement(service, &keeper->snapshot, record->streamed->snapshot, context, no_message, row, page);
        make_statement(service, &keeper->seen, record->streamed->seen, records, context, seen, no_message);
    }
}

static void make_stream_statements(struct service *service)
{
    struct service_statements *s = &service->statements;
    struct pg_message context = {"context", &anlan__service__context__descriptor};
    struct pg_message stream = {"stream", &anlan__service__stream__descriptor};
    struct pg_message row = {"", &anlan__service__stream__descriptor};
    struct pg_message records = {"records", &anlan__service__stream_records__descriptor};
    struct pg_message seen = {"", &anlan__service__stream_seen__descriptor};
    struct pg_message known = {"", &anlan__service__stream_known__descriptor};
    struct pg_message state = {"state", &anlan__service__stream_state__descriptor};
    struct pg_message projection = {"", &anlan__service__projection__descriptor};
    make_statement(service, &s->wall_stream, &service_sql_wall_stream, stream, context, no_message, no_message);
    make_statement(service, &s->stream_lock, &service_sql_stream_lock, stream, no_message, row, no_message);
    make_statement(service, &s->stream_open, &service_sql_stream_open, stream, no_message, no_message, no_message);
    make_statement(service, &s->stream_keep, &service_sql_stream_keep, stream, no_message, no_message, no_message);
    make_statement(service, &s->stream_known, &service_sql_stream_known, stream, records, seen, no_message);
    make_statement(service, &s->stream_learn, &service_sql_stream_learn, stream, records, no_message, no_message);
    make_statement(service, &s->stream_sweep, &service_sql_stream_sweep, stream, context, known, no_message);
    s->stream_sweep.sources[2] = state;
    make_statement(service, &s->stream_projections, &service_sql_stream_projections, stream, no_message, projection,
                   no_message);
    make_statement(service, &s->stream_purge, &service_sql_stream_purge, no_message, no_message, no_message,
                   no_message);
    make_statement(service, &s->commit_lightly, &service_sql_commit_lightly, no_message, no_message, no_message,
                   no_message);
}

static void make_common_statements(struct service *service)
{
    struct service_statements *s = &service->statements;
    struct pg_message context = {"context", &anlan__service__context__descriptor};
    struct pg_message head = {"", &anlan__feed__head__descriptor};
    struct pg_message tenants = {"", &anlan__feed__tenants__descriptor};
    struct pg_message append = {"", &anlan__feed__append__descriptor};
    struct pg_message requests = {"", &anlan__feed__requests__descriptor};
    struct pg_message result = {"", &anlan__feed__stored_result__descriptor};
    struct pg_message page = {"", &anlan__feed__page__descriptor};
    struct pg_message entry = {"", &anlan__rpc__v1__log_entry__descriptor};
    make_statement(service, &s->wall_tenant, &service_sql_wall_tenant, context, no_message, no_message, no_message);
    make_statement(service, &s->wall_scope, &service_sql_wall_scope, context, no_message, no_message, no_message);
    make_statement(service, &s->wall_kept, &service_sql_wall_kept, context, no_message, no_message, no_message);
    make_statement(service, &s->wall_work, &service_sql_wall_work, context, no_message, no_message, no_message);
    make_statement(service, &s->wall_upkeep, &service_sql_wall_upkeep, context, no_message, no_message, no_message);
    make_statement(service, &s->wall_batch, &service_sql_wall_batch, tenants, context, no_message, no_message);
    make_statement(service, &s->head_lock, &feed_sql_head_lock, tenants, no_message, head, no_message);
    make_statement(service, &s->head_make, &feed_sql_head_make, head, no_message, no_message, no_message);
    make_statement(service, &s->head_read, &feed_sql_head_read, head, no_message, head, no_message);
    make_statement(service, &s->head_list, &feed_sql_head_list, no_message, no_message, head, no_message);
    make_statement(service, &s->results_find, &feed_sql_results_find, requests, no_message, result, no_message);
    make_statement(service, &s->results_purge, &feed_sql_results_purge, no_message, no_message, no_message, no_message);
    make_statement(service, &s->append, &feed_sql_append, append, no_message, no_message, no_message);
    make_statement(service, &s->undo, &feed_sql_undo, no_message, no_message, no_message, no_message);
    make_statement(service, &s->wall_follow, &service_sql_wall_follow, context, no_message, no_message, no_message);
    make_statement(service, &s->entries_after, &feed_sql_entries_after, page, no_message, entry, no_message);
}

// Statements of who follows others' logs.
static void make_follow_statements(struct service *service)
{
    struct service_statements *s = &service->statements;
    struct pg_message context = {"context", &anlan__service__context__descriptor};
    struct pg_message lease = {"", &anlan__service__follow_lease__descriptor};
    struct pg_message cursor = {"", &anlan__service__follow_cursor__descriptor};
    struct pg_message stuck = {"", &anlan__service__follow_stuck__descriptor};
    make_statement(service, &s->follow_lease, &service_sql_follow_lease, lease, no_message, lease, no_message);
    make_statement(service, &s->follow_cursors, &service_sql_follow_cursors, cursor, no_message, cursor, no_message);
    make_statement(service, &s->follow_move, &service_sql_follow_move, cursor, no_message, no_message, no_message);
    make_statement(service, &s->follow_stick, &service_sql_follow_stick, stuck, no_message, no_message, no_message);
    make_statement(service, &s->follow_due, &service_sql_follow_due, stuck, no_message, stuck, no_message);
    make_statement(service, &s->follow_settle, &service_sql_follow_settle, stuck, no_message, no_message, no_message);
    make_statement(service, &s->follow_again, &service_sql_follow_again, stuck, no_message, no_message, no_message);
    make_statement(service, &s->follow_all, &service_sql_follow_all, no_message, no_message, stuck, no_message);
    make_statement(service, &s->follow_known, &service_sql_follow_known, no_message, no_message, cursor, no_message);
    make_statement(service, &s->follow_retry, &service_sql_follow_retry, no_message, no_message, no_message,
                   no_message);
    struct pg_message stream = {"", &anlan__service__follow_stream__descriptor};
    make_statement(service, &s->follow_stream_keep, &service_sql_follow_stream_keep, stream, no_message, no_message,
                   no_message);
    make_statement(service, &s->follow_stream_known, &service_sql_follow_stream_known, no_message, no_message, stream,
                   no_message);
    struct pg_message copy = {"", &anlan__service__copy__descriptor};
    make_statement(service, &s->copy_list, &service_sql_copy_list, no_message, no_message, copy, no_message);
    make_statement(service, &s->one_snapshot, &service_sql_one_snapshot, no_message, no_message, no_message,
                   no_message);
    make_statement(service, &s->copy_keep, &service_sql_copy_keep, copy, no_message, no_message, no_message);
    make_statement(service, &s->copy_retry, &service_sql_copy_retry, no_message, no_message, no_message, no_message);
    for (size_t i = 0; i < service->definition->follow_count; i++) {
        const struct service_follow *follow = &service->definition->follows[i];
        struct pg_message asked = {"", follow->asked};
        make_statement(service, &service->asks[i], follow->ask, context, no_message, asked, no_message);
    }
    for (size_t i = 0; i < service->definition->timer_count; i++) {
        const struct service_timer *timer = &service->definition->timers[i];
        struct pg_message record = {"", timer->record};
        make_statement(service, &service->dues[i], timer->due, context, no_message, record, no_message);
    }
    for (size_t i = 0; i < service->definition->outlet_count; i++) {
        const struct service_outlet *outlet = &service->definition->outlets[i];
        struct pg_message asked = {"", outlet->asked};
        struct pg_message figured = {"", outlet->figured};
        make_statement(service, &service->outlet_dues[i], outlet->due, context, no_message, asked, no_message);
        make_statement(service, &service->outlet_figures[i], outlet->figures, context, no_message, figured, no_message);
    }
}

static const struct service_method *method_named(const struct service_definition *definition, const char *name)
{
    for (size_t i = 0; i < definition->method_count; i++)
        if (strcmp(definition->methods[i].name, name) == 0)
            return &definition->methods[i];
    return NULL;
}

// The number of the reply's field that holds records of `record`; 0 if there is none.
static uint32_t record_field(const ProtobufCMessageDescriptor *reply, const ProtobufCMessageDescriptor *record)
{
    for (unsigned i = 0; i < reply->n_fields; i++)
        if (reply->fields[i].type == PROTOBUF_C_TYPE_MESSAGE && reply->fields[i].descriptor == record)
            return reply->fields[i].id;
    return 0;
}

// Who needs no permission proves himself by work, or acts on his own.
static bool work_complete(const struct service_slot *slot)
{
    const struct service_work *work = slot->method->work;
    bool may = slot->policy->kind == KIND(WORK) || slot->policy->kind == KIND(MUTATION);
    if (!work)
        return slot->policy->kind != KIND(WORK) && !slot->policy->anonymous;
    return may && work->run && !work->ask == !work->asked && !work->effect == !work->effected &&
           (work->key || !work->effect);
}

static bool row_complete(const struct service_slot *slot)
{
    const struct service_method *method = slot->method;
    if (!work_complete(slot))
        return false;
    bool list_whole = method->lists && method->lists->list[0] && slot->token_field;
    switch (slot->policy->kind) {
    case KIND(READ):
        return !method->query != !method->answer && slot->record_field;
    case KIND(LIST):
        return list_whole && slot->record_field;
    case KIND(MUTATION):
        return !method->rule != !method->rule_many &&
               (method->creates ? method->record->insert : method->record->update) &&
               (method->creates ? !method->rule_many : method->load != NULL) && slot->record_field;
    case KIND(WORK):
        return !method->record && !method->rule;
    case KIND(LOCAL):
    case KIND(UNSPECIFIED):
    case _ANLAN__RPC__V1__METHOD_KIND_IS_INT_SIZE:
        return false;
    }
    return false;
}

static bool make_slot(struct service *service, struct service_slot *slot, const struct rpc_policy *policy,
                      struct status *status)
{
    slot->policy = policy;
    slot->method = method_named(service->definition, policy->name);
    if (!slot->method || (!slot->method->record && policy->kind != KIND(WORK)))
        return status_set(status, REASON(INTERNAL), "%s has no row in the service's table", policy->method);
    if (slot->method->record)
        slot->record_field = record_field(policy->response, slot->method->record->message);
    const ProtobufCFieldDescriptor *token =
        protobuf_c_message_descriptor_get_field_by_name(policy->response, "next_page_token");
    slot->token_field = token ? token->id : 0;
    if (!row_complete(slot))
        return status_set(status, REASON(INTERNAL), "%s: its row does not fit its contract", policy->method);
    make_method_statements(service, slot);
    return true;
}

bool service_slots_make(struct service *service, struct status *status)
{
    const struct service_definition *definition = service->definition;
    const struct rpc_contract *contract = definition->contract;
    if (contract->policy_count != definition->method_count)
        return status_set(status, REASON(INTERNAL), "the table of methods has a row that the contract does not know");
    service->slot_count = contract->policy_count;
    service->slots = calloc(service->slot_count, sizeof(*service->slots));
    service->keepers = calloc(definition->record_count, sizeof(*service->keepers));
    CHECK(service->slots && service->keepers);
    make_common_statements(service);
    make_stream_statements(service);
    CHECK(definition->follow_count <= SERVICE_FOLLOWS_MOST);
    CHECK(definition->above_count <= SERVICE_ABOVES_MOST);
    CHECK(definition->timer_count <= SERVICE_TIMERS_MOST);
    CHECK(definition->outlet_count <= SERVICE_OUTLETS_MOST);
    if (definition->follow_count + definition->timer_count + definition->outlet_count > 0 || definition->copies)
        make_follow_statements(service);
    for (const struct pg_sql *const *purge = definition->purges; purge && *purge; purge++) {
        CHECK(service->purge_count < SERVICE_PURGES_MOST);
        make_statement(service, &service->purges[service->purge_count++], *purge, no_message, no_message, no_message,
                       no_message);
    }
    for (size_t i = 0; i < definition->record_count; i++) {
        if (!service_columns_complete(definition->records[i], status))
            return false;
        make_keeper(service, &service->keepers[i], definition->records[i]);
    }
    for (size_t i = 0; i < service->slot_count; i++)
        if (!make_slot(service, &service->slots[i], &contract->policies[i], status))
            return false;
    service->pull.policy = rpc_contract_policy(&anlan_rpc_v1_contract, "anlan.rpc.v1.FeedService/Pull");
    service->pull_stream.policy = rpc_contract_policy(&anlan_rpc_v1_contract, "anlan.rpc.v1.FeedService/PullStream");
    CHECK(service->pull.policy && service->pull_stream.policy);
    return true;
}

void service_slots_free(struct service *service)
{
    pg_catalogue_fini(&service->catalogue);
    free(service->catalogue.statements);
    free(service->slots);
    free(service->keepers);
}

const struct service_slot *service_slot_find(const struct service *service, const char *method)
{
    const struct rpc_contract *contract = service->definition->contract;
    const struct rpc_policy *policy = rpc_contract_policy(contract, method);
    return policy ? &service->slots[policy - contract->policies] : NULL;
}

const struct service_keeper *service_keeper_of(const struct service *service, const struct service_record *record)
{
    for (size_t i = 0; i < service->definition->record_count; i++)
        if (service->keepers[i].record == record)
            return &service->keepers[i];
    return NULL;
}
