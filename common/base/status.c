// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/status_tables.h"

const struct status_reason_text *status_reason_text(status_reason reason)
{
    size_t number = (size_t)reason;
    if (number >= status_reason_count || status_reasons[number].reason != reason)
        number = (size_t)REASON(STATUS_UNKNOWN);
    return &status_reasons[number];
}

const char *status_code_name(status_code code)
{
    size_t number = (size_t)code;
    return number < status_code_count && status_code_names[number] ? status_code_names[number] : "UNKNOWN";
}

// Formats into `text`; what was cut ends with a whole character.
__attribute__((format(printf, 3, 0))) static void format_cut(char *text, size_t size, const char *format,
                                                             va_list arguments)
{
    int length = vsnprintf(text, size, format, arguments);
    if (length < 0 || (size_t)length < size)
        return;
    size_t end = size - 1;
    size_t start = end;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t width = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (start - 1 + width > end)
        text[start - 1] = '\0';
}

bool status_set(struct status *status, status_reason reason, const char *format, ...)
{
    va_list arguments;
    *status = (struct status){.reason = reason, .code = status_reason_text(reason)->code};
    va_start(arguments, format);
    format_cut(status->message, sizeof(status->message), format, arguments);
    va_end(arguments);
    return false;
}

bool status_violate(struct status *status, struct arena *arena, const char *field, const char *format, ...)
{
    if (status->reason != REASON(FIELD_INVALID))
        status_set(status, REASON(FIELD_INVALID), "%s", "fields break the rules of the contract");
    if (!status->violations)
        status->violations = arena_array(arena, STATUS_VIOLATIONS, sizeof(*status->violations));
    if (!status->violations || status->violation_count == STATUS_VIOLATIONS)
        return false;
    struct status_violation *violation = &status->violations[status->violation_count++];
    snprintf(violation->field, sizeof(violation->field), "%s", field);
    va_list arguments;
    va_start(arguments, format);
    format_cut(violation->description, sizeof(violation->description), format, arguments);
    va_end(arguments);
    return false;
}
