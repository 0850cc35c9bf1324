// SPDX-License-Identifier: Apache-2.0
// Uses of grants and refusals, counted by caller, method, grant and reason until the access lane takes them. Past
// LIMIT_ACCESS_FOLDS different ones, what comes new is counted together: who asks for everything fills no disk.
#include "service/access_notes.h"

#include <stdlib.h>
#include <string.h>

#include "access/granting.h"
#include "base/check.h"
#include "base/clock.h"

#define KIND(name) ANLAN__RPC__V1__METHOD_KIND__METHOD_KIND_##name

struct service_access_notes {
    pthread_mutex_t mutex;
    struct access_note *first;    // by their keys
};

struct service_access_notes *service_access_notes_new(void)
{
    struct service_access_notes *notes = calloc(1, sizeof(*notes));
    CHECK(notes);
    pthread_mutex_init(&notes->mutex, NULL);
    return notes;
}

void service_access_notes_free(struct service_access_notes *notes)
{
    if (!notes)
        return;
    struct access_note *list = service_access_notes_take(notes);
    while (list) {
        struct access_note *note = list;
        list = note->next;
        free(note);
    }
    pthread_mutex_destroy(&notes->mutex);
    free(notes);
}

struct access_note *service_access_notes_take(struct service_access_notes *notes)
{
    struct access_note *list = NULL;
    struct access_note *note = NULL;
    struct access_note *next = NULL;
    pthread_mutex_lock(&notes->mutex);
    HASH_ITER(hh, notes->first, note, next)
    {
        // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): uthash's macro
        HASH_DEL(notes->first, note);
        note->next = list;
        list = note;
    }
    pthread_mutex_unlock(&notes->mutex);
    return list;
}

struct uuid service_access_tenant(struct service *service, const struct uuid *unit_id, struct directory_place *place)
{
    struct uuid tenant_id = service->instance_id;
    directory_lock(service->directory);
    const struct directory_unit *unit = directory_find(service->directory, unit_id);
    if (unit && place)
        *place = unit->place;
    if (unit && !service->definition->keeps_directory && !uuid_is_nil(&unit->tenant_id))
        tenant_id = unit->tenant_id;
    directory_unlock(service->directory);
    return tenant_id;
}

void service_access_note_fill(const struct service_job *job, Anlan__Rpc__V1__AccessKind kind, struct access_note *note)
{
    memset(note, 0, sizeof(*note));
    note->id = uuid_make(clock_now());
    note->key.kind = kind;
    note->key.method = job->slot->policy->method;
    note->key.subject_id = job->caller.subject_id;
    note->key.post_id = job->caller.post_id;
    note->caller_unit_id = job->caller.unit_id;
    memcpy(note->name, job->caller.subject_name, sizeof(note->name));
    memcpy(note->role, job->caller.role, sizeof(note->role));
    note->first = note->last = clock_now();
    note->count = 1;
}

static struct access_note *find(struct service_access_notes *notes, const struct access_note_key *key)
{
    struct access_note *found = NULL;
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): uthash's macro
    HASH_FIND(hh, notes->first, key, sizeof(*key), found);
    return found;
}

// Nobody in particular: what there is no more room for.
static void make_common(const struct service *service, struct access_note *note)
{
    struct access_note common = {.id = note->id, .count = note->count, .first = note->first, .last = note->last};
    memset(&common.key, 0, sizeof(common.key));
    common.key.kind = note->key.kind;
    common.key.tenant_id = service->instance_id;
    *note = common;
}

static void add(struct service_access_notes *notes, const struct access_note *note, struct access_note *same)
{
    if (same) {
        same->count++;
        same->last = note->last;
        return;
    }
    struct access_note *added = malloc(sizeof(*added));
    CHECK(added);
    *added = *note;
    HASH_ADD(hh, notes->first, key, sizeof(added->key), added);
}

static void count(struct service *service, struct access_note *note)
{
    struct service_access_notes *notes = service->access_notes;
    pthread_mutex_lock(&notes->mutex);
    struct access_note *same = find(notes, &note->key);
    if (!same && HASH_COUNT(notes->first) >= LIMIT_ACCESS_FOLDS) {
        make_common(service, note);
        same = find(notes, &note->key);
    }
    add(notes, note, same);
    pthread_mutex_unlock(&notes->mutex);
}

static void note_denial(struct service *service, const struct service_job *job)
{
    struct access_note note;
    service_access_note_fill(job, ACCESS_KIND(DENIAL), &note);
    note.key.reason = job->status.reason;
    note.key.tenant_id = service->instance_id;
    if (job->unit) {
        note.unit_id = job->unit->id;
        note.key.tenant_id = service_access_tenant(service, &job->unit->id, &note.place);
    }
    count(service, &note);
}

static void note_use(struct service *service, const struct service_job *job, const struct uuid *grant_id)
{
    struct access_note note;
    service_access_note_fill(job, ACCESS_KIND(GRANT_USE), &note);
    note.key.grant_id = note.behalf.grant_id = *grant_id;
    directory_lock(service->directory);
    const struct directory_grant *grant = directory_grant(service->directory, grant_id);
    if (grant)
        note.unit_id = grant->unit_id;
    directory_unlock(service->directory);
    note.key.tenant_id = service_access_tenant(service, &note.unit_id, &note.place);
    note.behalf.principal_count = access_principals(service->directory, grant_id, note.behalf.principals);
    count(service, &note);
}

// A change is made by one grant; what is read, by all that widened what the caller could see.
static void note_uses(struct service *service, const struct service_job *job)
{
    const struct service_acting *acting = &job->acting;
    bool used[ACCESS_GRANTS_MOST] = {0};
    if (job->slot->policy->kind == KIND(MUTATION)) {
        if (job->writes && acting->chosen > 0)
            note_use(service, job, &acting->grants[acting->chosen - 1].grant_id);
        return;
    }
    for (size_t i = 0; i < job->decision.count; i++) {
        unsigned origin = job->decision.pairs[i].origin;
        if (origin == 0 || origin > job->caller.grant_count || used[origin - 1])
            continue;
        used[origin - 1] = true;
        note_use(service, job, &job->caller.grants[origin - 1]);
    }
}

void service_access_note(struct service *service, const struct service_job *job)
{
    const struct status *status = &job->status;
    // Of a caller who is known, UNAUTHENTICATED says that his token came over somebody else's connection.
    bool denied = status->code == CODE(PERMISSION_DENIED) || status->code == CODE(UNAUTHENTICATED) ||
                  status->reason == REASON(UNIT_NOT_FOUND) || status->reason == REASON(RECORD_NOT_FOUND);
    if (uuid_is_nil(&job->caller.subject_id))
        return;
    if (denied)
        note_denial(service, job);
    else if (status_ok(status) && job->caller.grant_count > 0)
        note_uses(service, job);
}
