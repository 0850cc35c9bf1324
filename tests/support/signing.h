// SPDX-License-Identifier: Apache-2.0
// People with accounts, for stories about signing in.
#pragma once

#include "support/instance.h"

// The password that an administrator gives, and the one that a person chooses.
#define SIGNING_FIRST "first-pass-word-1"
#define SIGNING_CHOSEN "zwei-worte-und-3"

// A person of 林西县 with the post of an officer there: his id.
const char *signing_employ(struct instance *instance, const char *name);

// His account, with SIGNING_FIRST: its id.
const char *signing_open(struct instance *instance, const char *person, const char *account, bool second_factor);

// Both, and he has chosen SIGNING_CHOSEN: the person's id.
const char *signing_person(struct instance *instance, const char *name, const char *account);

// Signs in; the answer as JSON, NULL where it is refused. signing_in_well: by SIGNING_CHOSEN, and it must succeed.
const char *signing_in(struct instance *instance, const char *account, const char *password, const char *device,
                       struct status *status);
const char *signing_in_well(struct instance *instance, const char *account);

// Who bears the token of an answer; and what the ledger and the directory answer to him.
struct person signing_bearer(struct instance *instance, const char *session);
status_reason signing_ledger_says(struct instance *instance, struct person person);
status_reason signing_directory_says(struct instance *instance, struct person person);
