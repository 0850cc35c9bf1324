// SPDX-License-Identifier: Apache-2.0
// Sessions: what a sign-in answers, and how it is renewed.
#pragma once

#include "anlan/organisations/v1/sign_in.pb-c.h"
#include "organisations/facts.pb-c.h"
#include "service/service.h"

#define SESSION_REFRESH_PREFIX "anlan refresh v1"
#define SESSION_DEVICE_PREFIX "anlan device v1"

// True where the account needs a second factor, by itself or as one of the posts is an administrator's, and has none.
bool session_lacks_factor(const Anlan__Organisations__Facts__SignInAsked *asked);

// Which post of those in force: the one that is asked for, or the first where that is "". -1: none.
int session_post(const Anlan__Organisations__Facts__SignInAsked *asked, const char *post_id);

// The grants that the token of a person in a post, or of a client, names where none is asked for: all that are approved
// and in force for him or his unit, as the directory says; at most ACCESS_GRANTS_MOST. Which of them hold is decided at
// each use. Answers NULL where the arena is full.
char **session_grants(const struct service_work_input *input, const char *subject_id, const char *unit_id,
                      size_t *count);

// What a session is made of.
struct session_plan {
    const Anlan__Organisations__Facts__SignInAsked *asked;
    const char *session_id;
    int64_t generation;    // of its refresh token
    clock_time ends_at;
    int post;    // of those in force
    char **grant_ids;
    size_t grant_count;
};

// Signs its tokens and fills in what is answered. NULL with a status where the arena is full or no key is good.
Anlan__Organisations__V1__Session *session_make(const struct service_work_input *input, const struct session_plan *plan,
                                                struct status *status);

// Work of Refresh: the key is the id of the session that the refresh token names.
bool session_key(const struct service_work_input *input, struct service_work_rows *rows, struct status *status);
bool session_refresh(const struct service_work_input *input, struct service_work_output *output, struct status *status);
