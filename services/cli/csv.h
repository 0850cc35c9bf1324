// SPDX-License-Identifier: Apache-2.0
// CSV files (RFC 4180): UTF-8 with or without a byte order mark, LF or CRLF.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CSV_FIELDS_MOST 64
#define CSV_ROW_MOST 65536

// Reads a file row by row. Zero-initialise, set `file`.
struct csv {
    FILE *file;
    size_t row;    // number of the row read last, from 1
    char text[CSV_ROW_MOST];
    const char *fields[CSV_FIELDS_MOST];
    size_t count;
    const char *fault;    // why the row is no good; NULL: it is
};

// Reads the next row. False at the end of the file. A row that is too long, has too
// many fields, an open quote, a NUL or bytes that are not UTF-8 has a fault, and
// reading goes on behind it.
bool csv_read(struct csv *csv);

// Writes a field, quoted where it must be.
void csv_write_field(FILE *file, const char *text);
