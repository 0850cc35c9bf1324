// SPDX-License-Identifier: Apache-2.0
#include "base/uuid.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#include "base/check.h"

// The order of ids made for one millisecond is kept in 12 bits behind the time; past 4,096 of them the time runs ahead.
static pthread_mutex_t order_mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t last_millisecond;
static uint32_t last_count;

static void next_in_order(uint64_t *millisecond, uint32_t *count)
{
    pthread_mutex_lock(&order_mutex);
    if (*millisecond > last_millisecond) {
        last_millisecond = *millisecond;
        last_count = 0;
    } else if (*millisecond + 1000 < last_millisecond) {
        // A time of the past keeps its own time, and no order.
        *count = 0;
        pthread_mutex_unlock(&order_mutex);
        return;
    } else if (++last_count > 0xfff) {
        last_millisecond++;
        last_count = 0;
    }
    *millisecond = last_millisecond;
    *count = last_count;
    pthread_mutex_unlock(&order_mutex);
}

struct uuid uuid_make(clock_time time)
{
    struct uuid id;
    uint64_t millisecond = time > 0 ? (uint64_t)(time / CLOCK_MILLISECOND) : 0;
    uint32_t count = 0;
    CHECK(getrandom(id.bytes, sizeof(id.bytes), 0) == (ssize_t)sizeof(id.bytes));
    next_in_order(&millisecond, &count);
    for (int i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)(millisecond >> (40 - 8 * i));
    id.bytes[6] = (uint8_t)(0x70 | (count >> 8 & 0x0f));
    id.bytes[7] = (uint8_t)count;
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

// The value of a hexadecimal digit and 0x10; 0 for any other character.
static const uint8_t hex_digits[256] = {
    ['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14, ['5'] = 0x15, ['6'] = 0x16, ['7'] = 0x17,
    ['8'] = 0x18, ['9'] = 0x19, ['a'] = 0x1a, ['b'] = 0x1b, ['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e, ['f'] = 0x1f,
    ['A'] = 0x1a, ['B'] = 0x1b, ['C'] = 0x1c, ['D'] = 0x1d, ['E'] = 0x1e, ['F'] = 0x1f,
};

static bool is_hyphen_place(size_t at)
{
    return at == 8 || at == 13 || at == 18 || at == 23;
}

bool uuid_parse(const char *text, struct uuid *id)
{
    struct uuid parsed;
    size_t byte = 0;
    for (size_t at = 0; at < UUID_TEXT_SIZE - 1;) {
        if (is_hyphen_place(at)) {
            if (text[at++] != '-')
                return false;
            continue;
        }
        unsigned high = hex_digits[(uint8_t)text[at]];
        unsigned low = high ? hex_digits[(uint8_t)text[at + 1]] : 0;
        if (!low)
            return false;
        parsed.bytes[byte++] = (uint8_t)((high & 0xf) << 4 | (low & 0xf));
        at += 2;
    }
    if (text[UUID_TEXT_SIZE - 1] != '\0')
        return false;
    *id = parsed;
    return true;
}

void uuid_format(const struct uuid *id, char text[UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t byte = 0; byte < sizeof(id->bytes); byte++) {
        if (is_hyphen_place(at))
            text[at++] = '-';
        text[at++] = digits[id->bytes[byte] >> 4];
        text[at++] = digits[id->bytes[byte] & 0x0f];
    }
    text[at] = '\0';
}

bool uuid_time(const struct uuid *id, clock_time *time)
{
    if (id->bytes[6] >> 4 != 7)
        return false;
    uint64_t millisecond = 0;
    for (int i = 0; i < 6; i++)
        millisecond = millisecond << 8 | id->bytes[i];
    *time = (clock_time)millisecond * CLOCK_MILLISECOND;
    return true;
}

int uuid_compare(const struct uuid *left, const struct uuid *right)
{
    return memcmp(left->bytes, right->bytes, sizeof(left->bytes));
}

bool uuid_is_nil(const struct uuid *id)
{
    static const struct uuid nil;
    return uuid_compare(id, &nil) == 0;
}
