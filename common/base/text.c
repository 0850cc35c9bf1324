// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include "base/check.h"

// Reads one scalar value; answers its bytes, 0 where they are not UTF-8.
static size_t take_scalar(const uint8_t *bytes, size_t length, uint32_t *scalar)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = bytes[0];
    size_t width = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
    if (width == 0 || lead > 0xf4 || width > length)
        return 0;
    uint32_t value = width == 1 ? lead : lead & (0x7fU >> width);
    for (size_t i = 1; i < width; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3fU);
    }
    if (value < least[width] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *scalar = value;
    return width;
}

bool text_valid(const uint8_t *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        uint32_t scalar = 0;
        size_t width = take_scalar(bytes + at, length - at, &scalar);
        if (width == 0 || scalar == 0)
            return false;
        at += width;
    }
    return true;
}

size_t text_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((uint8_t)*text & 0xc0) != 0x80;
    return count;
}

bool text_plain(const char *text)
{
    for (const uint8_t *at = (const uint8_t *)text; *at; at++) {
        bool line = *at == '\n' || *at == '\t' || (*at == '\r' && at[1] == '\n');
        // U+0080 to U+009F are C2 and a byte of 80 to 9F.
        if ((*at < 0x20 && !line) || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0))
            return false;
    }
    return true;
}

struct range {
    uint32_t first;
    uint32_t last;
};

static bool within(const struct range *ranges, size_t count, uint32_t scalar)
{
    for (size_t i = 0; i < count; i++)
        if (scalar >= ranges[i].first && scalar <= ranges[i].last)
            return true;
    return false;
}

// East Asian Wide and Fullwidth (Unicode, UAX #11), by block.
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},
    {0xa000, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe19},
    {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
    {0x1f900, 0x1f9ff}, {0x20000, 0x2fffd}, {0x30000, 0x3fffd},
};

// Marks that take no cell of their own, variation selectors and joiners.
static const struct range combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f},
    {0x20d0, 0x20ff}, {0x302a, 0x302d}, {0x3099, 0x309a}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef},
};

size_t text_columns(const char *text)
{
    size_t columns = 0;
    for (const uint8_t *at = (const uint8_t *)text; *at;) {
        uint32_t scalar = 0;
        size_t width = take_scalar(at, 4, &scalar);
        at += width ? width : 1;
        if (within(combining, COUNT_OF(combining), scalar))
            continue;
        columns += within(wide, COUNT_OF(wide), scalar) ? 2 : 1;
    }
    return columns;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void text_base64url(const uint8_t *bytes, size_t length, char *text)
{
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < length; i++) {
        bits = bits << 8 | bytes[i];
        for (count += 8; count >= 6; count -= 6)
            *text++ = alphabet[bits >> (count - 6) & 0x3f];
    }
    if (count > 0)
        *text++ = alphabet[bits << (6 - count) & 0x3f];
    *text = '\0';
}

static int base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool text_base64url_parse(const char *text, uint8_t *bytes, size_t size, size_t *length)
{
    uint32_t bits = 0;
    unsigned count = 0;
    size_t used = 0;
    for (; *text; text++) {
        int value = base64url_value(*text);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        if (used == size)
            return false;
        bytes[used++] = (uint8_t)(bits >> count);
    }
    if (count >= 6 || (bits & ((1U << count) - 1)) != 0)
        return false;
    *length = used;
    return true;
}

void text_base64(const uint8_t *bytes, size_t length, char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t group = (uint32_t)bytes[i] << 16;
        if (left > 1)
            group |= (uint32_t)bytes[i + 1] << 8;
        if (left > 2)
            group |= bytes[i + 2];
        *text++ = digits[group >> 18];
        *text++ = digits[group >> 12 & 63];
        *text++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *text++ = left > 2 ? digits[group & 63] : '=';
    }
    *text = '\0';
}
