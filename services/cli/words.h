// SPDX-License-Identifier: Apache-2.0
// The words for enum values, in both languages.
#pragma once

#include "cli.h"

// The word for a value, "?" for one that this program does not know.
const char *words_say(const struct cli *cli, const ProtobufCEnumDescriptor *descriptor, int value);

// The value that a word names, in either language or as in the proto file. False if there is none.
bool words_parse(const ProtobufCEnumDescriptor *descriptor, const char *word, int *value);
