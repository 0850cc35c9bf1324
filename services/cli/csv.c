// SPDX-License-Identifier: Apache-2.0
#include "csv.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

static int skip_mark(FILE *file)
{
    int c = getc(file);
    if (c != 0xef)
        return c;
    int second = getc(file);
    int third = getc(file);
    return second == 0xbb && third == 0xbf ? getc(file) : 0xff;
}

static void end_field(struct csv *csv, size_t start, size_t *used)
{
    if (*used == sizeof(csv->text)) {
        csv->fault = "the row is too long";
        return;
    }
    csv->text[(*used)++] = '\0';
    if (csv->count == CSV_FIELDS_MOST) {
        csv->fault = "too many fields";
        return;
    }
    csv->fields[csv->count++] = csv->text + start;
    if (!text_valid((const uint8_t *)csv->text + start, *used - start - 1))
        csv->fault = "not UTF-8, or a NUL";
}

static void put(struct csv *csv, size_t *used, int c)
{
    if (*used < sizeof(csv->text) - 2)
        csv->text[(*used)++] = (char)c;
    else
        csv->fault = "the row is too long";
}

bool csv_read(struct csv *csv)
{
    size_t used = 0;
    size_t start = 0;
    bool quoted = false;
    int c = csv->row == 0 ? skip_mark(csv->file) : getc(csv->file);
    csv->count = 0;
    csv->fault = NULL;
    if (c == EOF)
        return false;
    csv->row++;
    for (;; c = getc(csv->file)) {
        if (c == EOF || (!quoted && c == '\n'))
            break;
        if (quoted && c == '"') {
            int next = getc(csv->file);
            if (next == '"') {
                put(csv, &used, '"');
            } else {
                quoted = false;
                ungetc(next, csv->file);
            }
        } else if (!quoted && c == '"' && used == start) {
            quoted = true;
        } else if (!quoted && c == ',') {
            end_field(csv, start, &used);
            start = used;
        } else if (quoted || c != '\r') {
            put(csv, &used, c);
        }
    }
    end_field(csv, start, &used);
    if (quoted && !csv->fault)
        csv->fault = "a quote is not closed";
    return true;
}

void csv_write_field(FILE *file, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}
