// SPDX-License-Identifier: Apache-2.0
// Log lines: one JSON object a line on stderr (RFC 8259, UTF-8), each with a
// stable event id. Services log; the layers below return errors instead.
#pragma once

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

// One field of a line. Made by the macros below.
struct log_field {
    const char *key;
    enum { LOG_END, LOG_TEXT, LOG_NUMBER } type;
    const char *text;    // LOG_TEXT; NULL is written as null
    int64_t number;
};

#define LOG_T(name, value) ((struct log_field){.key = (name), .type = LOG_TEXT, .text = (value)})
#define LOG_N(name, value) ((struct log_field){.key = (name), .type = LOG_NUMBER, .number = (value)})

// Names the process in every line and sets the least level that is written.
// Call once at start.
void log_start(const char *service, enum log_level least);

// Writes {"time":…,"level":…,"service":…,"pid":…,"event":`event`,…fields}. Bytes
// that are not UTF-8 become U+FFFD; a line is at most 8 KiB. Thread-safe; blocks
// as stderr does. Use the LOG macro.
void log_write(enum log_level level, const char *event, const struct log_field *fields);

#define LOG(level, event, ...)                                                                                         \
    log_write((level), (event), (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.type = LOG_END}})
