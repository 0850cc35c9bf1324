// SPDX-License-Identifier: Apache-2.0
// The scope of a decision as statements and row security read it.
//
// The setting anlan.scope is 'all|units|parties|confined|at': 'all' or '' for the whole instance; then, as array
// literals, units whose territory, and units that as a party, are covered in all sectors; unit/sector where a territory
// is confined; and unit/ or unit/sector where what stands at a unit is covered. An empty list is empty text.
// Identifiers and UUIDs need no quoting.
#include <string.h>

#include "base/limits.h"
#include "base/uuid.h"
#include "service/engine.h"
#include "service/values.h"

// Appends to a text that was sized beforehand.
struct writer {
    char *at;
    bool first;
};

static void put(struct writer *writer, const char *text)
{
    size_t length = strlen(text);
    memcpy(writer->at, text, length);
    writer->at += length;
}

static void put_element(struct writer *writer, const char *text)
{
    if (!writer->first)
        put(writer, ",");
    put(writer, text);
    writer->first = false;
}

static void put_list(struct writer *writer, char *const *elements, size_t count)
{
    writer->first = true;
    if (count == 0)
        return;
    put(writer, "{");
    for (size_t i = 0; i < count; i++)
        put_element(writer, elements[i]);
    put(writer, "}");
}

static char *wall_scope(const Anlan__Service__Context *context, struct arena *arena)
{
    size_t size = 32;
    for (size_t i = 0; i < context->n_pair_kind; i++)
        size += UUID_TEXT_SIZE + 2 + strlen(context->pair_sector[i]);
    char *text = arena_alloc(arena, size);
    if (!text)
        return NULL;
    struct writer writer = {.at = text};
    put(&writer, context->scope_all ? "all|" : "|");
    put_list(&writer, context->scope_unit, context->n_scope_unit);
    put(&writer, "|");
    put_list(&writer, context->scope_party, context->n_scope_party);
    put(&writer, "|");
    put_list(&writer, context->scope_confined, context->n_scope_confined);
    put(&writer, "|");
    put_list(&writer, context->scope_at, context->n_scope_at);
    *writer.at = '\0';
    return text;
}

static void add_pair(Anlan__Service__Context *context, const struct access_pair *pair, char *unit, struct arena *arena)
{
    size_t at = context->n_pair_kind++;
    context->n_pair_unit++;
    context->n_pair_sector++;
    context->pair_kind[at] = (int32_t)pair->kind;
    context->pair_unit[at] = unit;
    context->pair_sector[at] = (char *)(pair->sector ? pair->sector : "");
    if (pair->kind == ACCESS_PARTY)
        context->scope_party[context->n_scope_party++] = unit;
    else if (pair->kind == ACCESS_UNIT)
        context->scope_at[context->n_scope_at++] = arena_printf(arena, "%s/%s", unit, context->pair_sector[at]);
    else if (pair->sector)
        context->scope_confined[context->n_scope_confined++] = arena_printf(arena, "%s/%s", unit, pair->sector);
    else
        context->scope_unit[context->n_scope_unit++] = unit;
}

static bool make_lists(Anlan__Service__Context *context, size_t count, struct arena *arena)
{
    context->pair_kind = arena_array(arena, count, sizeof(int32_t));
    context->pair_unit = arena_array(arena, count, sizeof(char *));
    context->pair_sector = arena_array(arena, count, sizeof(char *));
    context->scope_unit = arena_array(arena, count, sizeof(char *));
    context->scope_party = arena_array(arena, count, sizeof(char *));
    context->scope_confined = arena_array(arena, count, sizeof(char *));
    context->scope_at = arena_array(arena, count, sizeof(char *));
    return !arena->exhausted;
}

static bool fill(const struct access_decision *bound, struct arena *arena, Anlan__Service__Context *context)
{
    char(*texts)[UUID_TEXT_SIZE] = arena_array(arena, bound->count, UUID_TEXT_SIZE);
    if (!texts || !make_lists(context, bound->count, arena))
        return false;
    for (size_t i = 0; i < bound->count; i++) {
        const struct access_pair *pair = &bound->pairs[i];
        if (pair->kind == ACCESS_INSTANCE) {
            context->scope_all = true;
            continue;
        }
        uuid_format(&pair->unit_id, texts[i]);
        add_pair(context, pair, texts[i], arena);
    }
    if (context->n_pair_kind == 1 && context->n_scope_unit == 1)
        context->only_unit = context->scope_unit[0];
    context->wall_scope = wall_scope(context, arena);
    return context->wall_scope != NULL && !arena->exhausted;
}

bool service_scope_make(struct service *service, const struct access_decision *decision, struct arena *arena,
                        struct access_decision *bound, Anlan__Service__Context *context)
{
    return access_reduce(service->directory, decision, arena, bound) && fill(bound, arena, context);
}

// A list must not have a record twice, so pairs that others hold are left out; a change finds its record by the key, in
// whichever pair it lies: also in one that a wider territory holds but for what the unit had before it came there.
bool service_scope_fill(struct service *service, struct service_job *job)
{
    struct arena *arena = &job->call->arena;
    bool changes = job->slot->policy->kind == ANLAN__RPC__V1__METHOD_KIND__METHOD_KIND_MUTATION;
    if (changes)
        job->bound = job->decision;
    else if (!access_reduce(service->directory, &job->decision, arena, &job->bound))
        return false;
    return fill(&job->bound, arena, &job->context) && (!job->slot->policy->kept || service_kept_fill(service, job));
}

static bool take_tops(struct service *service, struct service_job *job)
{
    Anlan__Service__Context *context = &job->context;
    struct arena *arena = &job->call->arena;
    struct directory_top tops[LIMIT_TOPS];
    size_t count = directory_tops(service->directory, tops, LIMIT_TOPS);
    context->pair_kind = arena_array(arena, count, sizeof(int32_t));
    context->pair_unit = arena_array(arena, count, sizeof(char *));
    context->pair_sector = arena_array(arena, count, sizeof(char *));
    if (arena->exhausted)
        return false;
    for (size_t i = 0; i < count; i++) {
        context->pair_kind[i] = (int32_t)ACCESS_REGION + tops[i].level;
        context->pair_unit[i] = service_uuid(&tops[i].unit_id, arena);
        context->pair_sector[i] = (char *)"";
    }
    context->n_pair_kind = context->n_pair_unit = context->n_pair_sector = count;
    return !arena->exhausted;
}

bool service_scope_narrow(struct service *service, struct service_job *job, const char *sector)
{
    Anlan__Service__Context *context = &job->context;
    bool whole = context->scope_all && (job->list > 0 || !job->slot->method->lists->list[0]->all || *sector);
    if (whole && !take_tops(service, job))
        return false;
    if (!*sector)
        return true;
    context->only_unit = (char *)"";
    size_t kept = 0;
    for (size_t i = 0; i < context->n_pair_kind; i++) {
        if (*context->pair_sector[i] && strcmp(context->pair_sector[i], sector) != 0)
            continue;
        context->pair_kind[kept] = context->pair_kind[i];
        context->pair_unit[kept] = context->pair_unit[i];
        context->pair_sector[kept++] = (char *)sector;
    }
    context->n_pair_kind = context->n_pair_unit = context->n_pair_sector = kept;
    return true;
}
