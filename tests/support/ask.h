// SPDX-License-Identifier: Apache-2.0
// Calls of both services as a story tells them: requests and replies as JSON.
#pragma once

#include "support/instance.h"

// Calls a method ("UpdateUnit", "GetHazard"; "tasks/GetReport" where two services have one of the name) with a request
// in JSON whose quotes are ' for ", and gives it a request_id where it has none. Answers the reply in JSON, which lives
// as long as the instance; NULL where it failed.
const char *ask(struct instance *instance, struct person person, const char *method, struct status *status,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

// The same, and it must succeed.
const char *ask_well(struct instance *instance, struct person person, const char *method, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// A value of a reply by its path, as text: "unit.profile.regulatorIds.0"; "" where there is none. An array answers its
// length. Lives as long as the instance.
const char *reply_at(struct instance *instance, const char *reply, const char *path);

// The bytes that a value of a reply holds; and bytes as a request has them.
struct bytes reply_bytes(struct instance *instance, const char *reply, const char *path);
const char *base64_of(struct instance *instance, struct bytes bytes);
