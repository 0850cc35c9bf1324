// SPDX-License-Identifier: Apache-2.0
// The head that all records of tasks have, set and read by the names of its fields; and what several rules make. Memory
// comes from the call's arena; where it is full common code ends the call, so that rules need not ask.
#pragma once

#include "anlan/tasks/v1/task.pb-c.h"
#include "service/service.h"

// Fills the head of a new record: tenant, id, place and unit, both times. Its version is 0 until task_life_move.
void task_record_begin(const struct service_rule_input *input, ProtobufCMessage *made);

// An enum of the head.
int task_record_enum(const ProtobufCMessage *record, const char *field);
void task_record_set_enum(ProtobufCMessage *record, const char *field, int value);

// A text of a record.
void task_record_set_text(ProtobufCMessage *record, const char *field, char *value);
void task_record_set_version(ProtobufCMessage *record, int64_t version);

// True if the caller acts at the unit, at an office of it, or by a grant on behalf of who does.
bool task_record_acts_at(const struct service_rule_input *input, const struct uuid *unit_id);

// How near `above` is up the tree from a unit with this place, itself included: the more the nearer. -1 where it does
// not lie there. Takes the directory's lock.
int task_record_above(const struct service_rule_input *input, const char *above_id, const char *unit_id,
                      const struct directory_place *place);

// Units up the tree from a unit that are neither itself nor in this place, as ids: with these two all that
// task_record_above knows. Takes the directory's lock. False where the arena is full.
bool task_record_units_above(const struct service_rule_input *input, const char *unit_id,
                             const struct directory_place *place, char ***ids, size_t *count);

// Whoever calls.
Anlan__Tasks__V1__Signature *task_record_sign(const struct service_rule_input *input);

// An array of `count` pointers and room for `more`; `from` may be NULL where count is 0.
void *task_record_grown(struct arena *arena, const void *from, size_t count, size_t more);

// True if the list has the text.
bool task_record_has(char *const *list, size_t count, const char *text);

// A list with what of `more` it does not have; *count grows.
char **task_record_joined(struct arena *arena, char **list, size_t *count, char *const *more, size_t more_count);
