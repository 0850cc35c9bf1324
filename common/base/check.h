// SPDX-License-Identifier: Apache-2.0
// Assertions for our own mistakes, always on. What comes from outside never
// reaches one: it is answered with a status.
#pragma once

#include <stddef.h>

// Ends the process with file, line and text on stderr. Does not return.
_Noreturn void check_failed(const char *file, int line, const char *text);

// Ends the process if `condition` is false.
#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

// Elements of an array (not of a pointer).
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
