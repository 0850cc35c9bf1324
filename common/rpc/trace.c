// SPDX-License-Identifier: Apache-2.0
#include "rpc/trace.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/check.h"

#define TRACE_AT 3
#define PARENT_AT 36
#define FLAGS_AT 53
#define LENGTH 55
#define STATE_BYTES 512
#define STATE_MEMBERS 32
#define STATE_PART_MOST 256

// Ids must be unlike all others, not secret: a counter that begins at a random place, mixed (splitmix64).
static pthread_once_t seeded = PTHREAD_ONCE_INIT;
static atomic_uint_least64_t counter;

static void seed(void)
{
    uint64_t start;
    CHECK(getrandom(&start, sizeof(start), 0) == (ssize_t)sizeof(start));
    atomic_store(&counter, start);
}

// Never 0: an id of zeros is not valid.
static uint64_t fresh(void)
{
    pthread_once(&seeded, seed);
    uint64_t z = 0;
    while (z == 0) {
        z = atomic_fetch_add(&counter, UINT64_C(0x9e3779b97f4a7c15));
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        z ^= z >> 31;
    }
    return z;
}

static void put_hex(char *text, uint64_t value)
{
    for (int i = 15; i >= 0; i--, value >>= 4)
        text[i] = "0123456789abcdef"[value & 15];
    text[16] = '\0';
}

void rpc_trace_begin(struct rpc_trace *trace)
{
    *trace = (struct rpc_trace){0};
    put_hex(trace->trace_id, fresh());
    put_hex(trace->trace_id + 16, fresh());
    put_hex(trace->span_id, fresh());
}

static bool is_hex(const char *text, size_t length)
{
    return strspn(text, "0123456789abcdef") >= length;
}

static bool is_id(const char *text, size_t length)
{
    return is_hex(text, length) && strspn(text, "0") < length;
}

static int flags_of(const char *traceparent)
{
    char digit = traceparent[FLAGS_AT + 1];
    return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

static bool is_traceparent(const char *text)
{
    if (strnlen(text, LENGTH) < LENGTH)
        return false;
    bool shaped = is_hex(text, 2) && text[TRACE_AT - 1] == '-' && is_id(text + TRACE_AT, 32) &&
                  text[PARENT_AT - 1] == '-' && is_id(text + PARENT_AT, 16) && text[FLAGS_AT - 1] == '-' &&
                  is_hex(text + FLAGS_AT, 2);
    // What a later version has more stands behind a hyphen.
    bool first = strncmp(text, "00", 2) == 0;
    bool ends = text[LENGTH] == '\0' || (!first && text[LENGTH] == '-');
    return shaped && ends && strncmp(text, "ff", 2) != 0;
}

bool rpc_trace_continue(struct rpc_trace *trace, const char *traceparent)
{
    if (!is_traceparent(traceparent)) {
        rpc_trace_begin(trace);
        return false;
    }
    *trace = (struct rpc_trace){.sampled = flags_of(traceparent) & 1};
    memcpy(trace->trace_id, traceparent + TRACE_AT, 32);
    memcpy(trace->parent_id, traceparent + PARENT_AT, 16);
    put_hex(trace->span_id, fresh());
    return true;
}

void rpc_trace_format(const struct rpc_trace *trace, char text[RPC_TRACEPARENT_SIZE])
{
    snprintf(text, RPC_TRACEPARENT_SIZE, "00-%s-%s-0%d", trace->trace_id, trace->span_id, trace->sampled);
}

static bool is_state_key(const char *key, size_t length)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789_-*/@";
    return length >= 1 && length <= STATE_PART_MOST && strchr(first, *key) && strspn(key, more) >= length;
}

static bool is_state_value(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (value[i] < 0x20 || value[i] > 0x7e || value[i] == '=')
            return false;
    return length >= 1 && length <= STATE_PART_MOST;
}

// A member without the white space around it; an empty one is allowed.
static bool is_state_member(const char *member, size_t length)
{
    for (; length > 0 && (*member == ' ' || *member == '\t'); length--)
        member++;
    while (length > 0 && (member[length - 1] == ' ' || member[length - 1] == '\t'))
        length--;
    const char *equals = memchr(member, '=', length);
    if (!equals)
        return length == 0;
    size_t key_length = (size_t)(equals - member);
    return is_state_key(member, key_length) && is_state_value(equals + 1, length - key_length - 1);
}

bool rpc_tracestate_good(const char *tracestate)
{
    if (strnlen(tracestate, STATE_BYTES + 1) > STATE_BYTES)
        return false;
    size_t members = 0;
    for (const char *at = tracestate; *at;) {
        size_t length = strcspn(at, ",");
        if (!is_state_member(at, length) || ++members > STATE_MEMBERS)
            return false;
        at += length + (at[length] == ',');
    }
    return true;
}
