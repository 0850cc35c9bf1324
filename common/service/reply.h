// SPDX-License-Identifier: Apache-2.0
// Replies, written as wire bytes around records that are packed already.
#pragma once

#include "service/engine.h"

// A reply with one record: the bytes of `record` as field `number`. False where the
// arena is full.
bool service_reply_record(uint32_t number, struct bytes record, struct arena *arena, struct bytes *reply);

// Makes the reply of a query or list from its rows, `count` of them from `first` on (a list has all).
bool service_reply_rows(struct service_job *job, const struct pg_rows *rows, size_t first, size_t count);
