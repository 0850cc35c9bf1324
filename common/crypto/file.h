// SPDX-License-Identifier: Apache-2.0
// New files of keys and certificates.
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

// A new file for writing; NULL, errno set, if it exists or cannot be made.
FILE *crypto_file_new(const char *path, mode_t mode);

// Closes it. True if `written` and all of it is on the disk: a key that a power cut takes away cannot be made again.
bool crypto_file_close(FILE *file, bool written);
