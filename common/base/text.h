// SPDX-License-Identifier: Apache-2.0
// Text: UTF-8 that may be Chinese. Lengths are said in bytes, characters
// (Unicode scalar values) or columns (cells of a terminal).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Valid UTF-8 (RFC 3629: no surrogates, no overlong forms) without NUL.
bool text_valid(const uint8_t *bytes, size_t length);

// Characters of valid UTF-8.
size_t text_characters(const char *text);

// True if valid UTF-8 has no control characters but tabs and ends of lines (LF, or CR before LF): a terminal shows it
// and does nothing else.
bool text_plain(const char *text);

// Columns of valid UTF-8 on a terminal: wide characters count 2, combining 0.
size_t text_columns(const char *text);

// Bytes of base64url text for `length` bytes, with its NUL.
#define TEXT_BASE64URL_SIZE(length) (((length)*4 + 2) / 3 + 1)

// Writes base64url without padding (RFC 4648, 5) and a NUL.
void text_base64url(const uint8_t *bytes, size_t length, char *text);

// Reads base64url without padding into at most `size` bytes; sets *length. False
// on any other character, non-canonical trailing bits, or too little room.
bool text_base64url_parse(const char *text, uint8_t *bytes, size_t size, size_t *length);

// Bytes of base64 text for `length` bytes, with its NUL.
#define TEXT_BASE64_SIZE(length) (((length) + 2) / 3 * 4 + 1)

// Writes base64 with padding (RFC 4648, 4) and a NUL.
void text_base64(const uint8_t *bytes, size_t length, char *text);
