// SPDX-License-Identifier: Apache-2.0
// What is to be entered in access logs. Not for services.
#pragma once

#include <uthash.h>

#include "anlan/rpc/v1/access_log.pb-c.h"
#include "service/engine.h"

#define ACCESS_KIND(name) ANLAN__RPC__V1__ACCESS_KIND__ACCESS_KIND_##name

// Which calls are counted together. Compared as bytes: zeroed before it is filled.
struct access_note_key {
    struct uuid tenant_id;
    struct uuid subject_id;
    struct uuid post_id;
    struct uuid grant_id;
    const char *method;    // of the contract; NULL: of many callers and methods
    Anlan__Rpc__V1__AccessKind kind;
    status_reason reason;
};

// What an entry of an access log will say.
struct access_note {
    struct access_note_key key;
    struct uuid id;
    struct uuid unit_id;             // concerned; nil where it is not known
    struct directory_place place;    // … its place
    struct uuid caller_unit_id;
    char name[sizeof(((struct access_caller *)0)->subject_name)];
    char role[sizeof(((struct access_caller *)0)->role)];
    struct service_behalf behalf;    // by which grant; nil for none
    const char *record_type;         // UNMASKED_READ, EXPORT
    const char *record_id;
    const char *purpose;
    char **record_ids;    // EXPORT
    size_t record_id_count;
    int64_t count;
    clock_time first;
    clock_time last;
    struct uuid log_id;    // access_log.c: in which log
    struct access_note *next;
    UT_hash_handle hh;
};

// A note of who calls what; the rest is to be filled in.
void service_access_note_fill(const struct service_job *job, Anlan__Rpc__V1__AccessKind kind, struct access_note *note);

// Notes of one accounted call at most: a page's records, each of another tenant.
#define ACCESS_NOTES_OF_READ 200

// access_reads.c: what is to be entered before the answer of an accounted call may leave; answers how many notes, in
// the call's arena. None with the job's status where the answer must not leave.
size_t service_access_note_read(struct service *service, struct service_job *job, struct access_note **notes);

// The tenant of a unit in whose access log it is entered, and the unit's place; the instance where it has none.
struct uuid service_access_tenant(struct service *service, const struct uuid *unit_id, struct directory_place *place);

// Takes all notes, as a list that the caller frees; NULL where there is none. Thread-safe.
struct access_note *service_access_notes_take(struct service_access_notes *notes);
