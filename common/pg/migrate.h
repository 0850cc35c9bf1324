// SPDX-License-Identifier: Apache-2.0
// Migrations: numbered .sql files in the program, applied in order, each in a
// transaction of its own, under an advisory lock, with a checksum.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

// One file of a service's migrations/, generated at build time.
struct pg_migration {
    int number;          // 1, 2, … without a gap
    const char *name;    // "0001_units"
    const char *text;
};

// Brings the database up to the last migration; tells what it applied on `out`.
// Concurrent callers wait for each other. False with INTERNAL where an applied
// file's checksum (SHA-256) has changed, the database is newer than the program,
// or a statement failed (that migration is undone); DATABASE_UNAVAILABLE where it
// cannot be reached. Blocks.
bool pg_migrate(const char *conninfo, const struct pg_migration *migrations, size_t count, FILE *out,
                struct status *status);

// How many of `count` migrations the database lacks; below 0 where it has more. For the role that serves. False with
// DATABASE_UNAVAILABLE or INTERNAL.
bool pg_migrate_pending(const char *conninfo, size_t count, int *pending, struct status *status);

// Writes a line for each migration: number, name, applied at or pending, and
// whether the checksum still fits. False as pg_migrate; *pending counts those that
// are not applied.
bool pg_migrate_status(const char *conninfo, const struct pg_migration *migrations, size_t count, FILE *out,
                       size_t *pending, struct status *status);
