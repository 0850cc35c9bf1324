// SPDX-License-Identifier: Apache-2.0
#include "log/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define LINE_SIZE 8192

// Set once at start, read by every line since: what a line says of its process.
static const char *log_service = "anlan";
static char log_service_text[64];
static enum log_level log_least = LOG_INFO;

struct line {
    char text[LINE_SIZE];
    size_t used;
};

void log_start(const char *service, enum log_level least)
{
    snprintf(log_service_text, sizeof(log_service_text), "%s", service);
    log_service = log_service_text;
    log_least = least;
}

// Appends whole or not at all; room for the end of the line is kept.
static void put(struct line *line, const char *text, size_t length)
{
    if (line->used + length + 3 > sizeof(line->text))
        return;
    memcpy(line->text + line->used, text, length);
    line->used += length;
}

static void put_escape(struct line *line, unsigned char c)
{
    char escape[8];
    int length = c == '"' || c == '\\' ? snprintf(escape, sizeof(escape), "\\%c", c)
                                       : snprintf(escape, sizeof(escape), "\\u%04x", c);
    put(line, escape, (size_t)length);
}

static size_t scalar_width(const char *text)
{
    size_t left = strlen(text);
    for (size_t width = 1; width <= 4 && width <= left; width++)
        if (text_valid((const uint8_t *)text, width))
            return width;
    return 0;
}

static void put_string(struct line *line, const char *text)
{
    // A long value leaves room for what follows it.
    size_t most = line->used + (LINE_SIZE - line->used) / 2;
    put(line, "\"", 1);
    while (*text && line->used < most) {
        size_t width = scalar_width(text);
        unsigned char c = (unsigned char)*text;
        if (width == 0)
            put(line, "\xef\xbf\xbd", 3);
        else if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
            put_escape(line, c);
        else
            put(line, text, width);
        text += width ? width : 1;
    }
    put(line, "\"", 1);
}

static void put_key(struct line *line, const char *key)
{
    if (line->used > 1)
        put(line, ",", 1);
    put_string(line, key);
    put(line, ":", 1);
}

static void put_text_field(struct line *line, const char *key, const char *value)
{
    put_key(line, key);
    if (value)
        put_string(line, value);
    else
        put(line, "null", 4);
}

static void put_number_field(struct line *line, const char *key, int64_t value)
{
    char number[24];
    int length = snprintf(number, sizeof(number), "%lld", (long long)value);
    put_key(line, key);
    put(line, number, (size_t)length);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    if (level < log_least)
        return;
    struct line line = {.text = "{", .used = 1};
    char time[CLOCK_TEXT_SIZE];
    clock_format(clock_now(), time);
    put_text_field(&line, "time", time);
    put_text_field(&line, "level", names[level]);
    put_text_field(&line, "service", log_service);
    put_number_field(&line, "pid", getpid());
    put_text_field(&line, "event", event);
    for (; fields->type != LOG_END; fields++) {
        if (fields->type == LOG_NUMBER)
            put_number_field(&line, fields->key, fields->number);
        else
            put_text_field(&line, fields->key, fields->text);
    }
    line.text[line.used++] = '}';
    line.text[line.used++] = '\n';
    // One write a line: lines of several threads do not mix.
    ssize_t written = write(STDERR_FILENO, line.text, line.used);
    (void)written;
}
