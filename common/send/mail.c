// SPDX-License-Identifier: Apache-2.0
#include "send/mail.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

#define WORD_BYTES 39    // 52 characters of base64: with "=?UTF-8?B?", "?=" and "Subject: " within the 76 of a line
#define LINE_BYTES 57    // 76 characters of base64

// Printable ASCII without what ends an address or a header.
static bool is_token(const char *text)
{
    if (!*text)
        return false;
    for (; *text; text++)
        if (*text <= ' ' || *text > '~' || strchr("<>()[]\\,;:\"", *text))
            return false;
    return true;
}

static char *base64(const char *text, size_t length, struct arena *arena)
{
    char *written = arena_bytes(arena, TEXT_BASE64_SIZE(length));
    if (written)
        text_base64((const uint8_t *)text, length, written);
    return written;
}

// As many whole characters of UTF-8 as fit.
static size_t whole(const char *text, size_t most)
{
    size_t length = strlen(text);
    if (length <= most)
        return length;
    length = most;
    while (length > 0 && ((unsigned char)text[length] & 0xc0U) == 0x80U)
        length--;
    return length;
}

// Encoded words, each on a line of its own: even what is ASCII, so that nothing in it means anything.
static const char *encode(const char *text, struct arena *arena)
{
    const char *all = "";
    while (all && *text) {
        size_t length = whole(text, WORD_BYTES);
        if (length == 0)
            return NULL;
        const char *word = base64(text, length, arena);
        if (!word)
            return NULL;
        all = arena_printf(arena, "%s%s=?UTF-8?B?%s?=", all, *all ? "\r\n " : "", word);
        text += length;
    }
    return all;
}

static const char *encode_body(const char *text, struct arena *arena)
{
    size_t left = strlen(text);
    size_t size = (left / LINE_BYTES + 1) * (TEXT_BASE64_SIZE(LINE_BYTES) + 2) + 1;
    char *body = arena_bytes(arena, size);
    char *at = body;
    while (body && left > 0) {
        size_t length = left < LINE_BYTES ? left : LINE_BYTES;
        text_base64((const uint8_t *)text, length, at);
        at += strlen(at);
        memcpy(at, "\r\n", 2);
        at += 2;
        text += length;
        left -= length;
    }
    if (body)
        *at = '\0';
    return body;
}

// "Thu, 26 Nov 2026 17:44:15 +0000" (RFC 5322, 3.3).
static bool format_date(clock_time date, char text[40])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(date / CLOCK_SECOND);
    struct tm parts;
    if (!gmtime_r(&seconds, &parts))
        return false;
    snprintf(text, 40, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[parts.tm_wday], parts.tm_mday,
             months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
    return true;
}

bool send_mail_compose(const struct send_mail *mail, struct arena *arena, struct bytes *composed)
{
    char date[40];
    if (!is_token(mail->from) || !is_token(mail->to) || !is_token(mail->message_id) || !format_date(mail->date, date))
        return false;
    const char *name = encode(mail->from_name, arena);
    const char *subject = encode(mail->subject, arena);
    const char *body = encode_body(mail->text, arena);
    if (!name || !subject || !body)
        return false;
    const char *text =
        arena_printf(arena,
                     "From: %s%s<%s>\r\n"
                     "To: <%s>\r\n"
                     "Subject: %s\r\n"
                     "Date: %s\r\n"
                     "Message-ID:\r\n <%s>\r\n"
                     "Auto-Submitted: auto-generated\r\n"
                     "MIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=UTF-8\r\n"
                     "Content-Transfer-Encoding: base64\r\n"
                     "\r\n"
                     "%s",
                     name, *name ? "\r\n " : "", mail->from, mail->to, subject, date, mail->message_id, body);
    if (!text)
        return false;
    *composed = (struct bytes){(const uint8_t *)text, strlen(text)};
    return true;
}
