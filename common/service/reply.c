// SPDX-License-Identifier: Apache-2.0
#include "service/reply.h"

#include <string.h>

#define WIRE_LENGTH_DELIMITED 2
#define VARINT_MOST 10

static size_t put_varint(uint8_t *at, uint64_t value)
{
    size_t length = 0;
    for (; value >= 0x80; value >>= 7)
        at[length++] = (uint8_t)(value | 0x80);
    at[length++] = (uint8_t)value;
    return length;
}

static size_t put_header(uint8_t *at, uint32_t number, size_t length)
{
    size_t used = put_varint(at, (uint64_t)number << 3 | WIRE_LENGTH_DELIMITED);
    return used + put_varint(at + used, length);
}

bool service_reply_record(uint32_t number, struct bytes record, struct arena *arena, struct bytes *reply)
{
    uint8_t *data = arena_bytes(arena, record.length + 2 * VARINT_MOST);
    if (!data)
        return false;
    size_t used = put_header(data, number, record.length);
    memcpy(data + used, record.data, record.length);
    *reply = (struct bytes){data, used + record.length};
    return true;
}

static bool reply_one(struct service_job *job, const struct pg_rows *rows, size_t first, size_t count)
{
    if (count == 0)
        return status_set(&job->status, REASON(RECORD_NOT_FOUND), "no such record within your scope");
    struct bytes record = {0};
    if (!pg_rows_message(rows, first, 0, &job->call->arena, &record, &job->status))
        return false;
    return service_reply_record(job->slot->record_field, record, &job->call->arena, &job->reply) ||
           status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the record is too large");
}

// The token of the page that begins behind `row`.
static bool next_page(struct service_job *job, const struct pg_rows *rows, size_t row, struct bytes *token)
{
    struct bytes page = {0};
    if (!pg_rows_message(rows, row, 1, &job->call->arena, &page, &job->status))
        return false;
    return service_page_write(job, page, token) ||
           status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the page is too large");
}

// Packs the rows' records up to the first row without one. That is the page's bound: it says where the next begins.
static bool pack_records(struct service_job *job, const struct pg_rows *rows, size_t most, struct bytes *records,
                         size_t *count)
{
    for (*count = 0; *count < rows->count && *count < most; (*count)++) {
        if (!pg_rows_message(rows, *count, 0, &job->call->arena, &records[*count], &job->status))
            return false;
        if (records[*count].length == 0)
            break;
    }
    return true;
}

// How many of the records a page takes: those that its bytes allow, at least one. *total: with their headers.
static size_t fit_records(const struct bytes *records, size_t count, size_t *total)
{
    *total = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = records[i].length + 2 * VARINT_MOST;
        if (i > 0 && *total + length > LIMIT_PAGE_BYTES)
            return i;
        *total += length;
    }
    return count;
}

static bool reply_page(struct service_job *job, const struct pg_rows *rows)
{
    struct arena *arena = &job->call->arena;
    size_t most = (size_t)job->context.row_limit - 1;
    struct bytes *records = arena_array(arena, most, sizeof(*records));
    struct bytes token = {0};
    size_t found = 0;
    size_t total = 0;
    if (!records || !pack_records(job, rows, most, records, &found))
        return status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the page is too large");
    size_t count = fit_records(records, found, &total);
    size_t last = count == found && found < most ? found : count - 1;    // the bound, or the last record
    if (rows->count > count && !next_page(job, rows, last, &token))
        return false;
    total += token.length + 2 * VARINT_MOST;
    uint8_t *data = arena_bytes(arena, total);
    if (!data)
        return status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the page is too large");
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        used += put_header(data + used, job->slot->record_field, records[i].length);
        memcpy(data + used, records[i].data, records[i].length);
        used += records[i].length;
    }
    if (token.length > 0) {
        used += put_header(data + used, job->slot->token_field, token.length);
        memcpy(data + used, token.data, token.length);
        used += token.length;
    }
    job->reply = (struct bytes){data, used};
    return true;
}

bool service_reply_rows(struct service_job *job, const struct pg_rows *rows, size_t first, size_t count)
{
    return job->slot->method->lists ? reply_page(job, rows) : reply_one(job, rows, first, count);
}
