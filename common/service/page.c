// SPDX-License-Identifier: Apache-2.0
// Page tokens: opaque to clients, good for one method and filter only.
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "service/engine.h"
#include "service/values.h"

// Names the list: its method and the unit that confines it.
static uint64_t list_of(const struct service_job *job)
{
    const char *unit = service_text(job->request, "unit_id");
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    const struct bytes parts[] = {
        {(const uint8_t *)job->slot->policy->method, strlen(job->slot->policy->method) + 1},
        {(const uint8_t *)unit, strlen(unit)},
    };
    crypto_sha256(parts, 2, digest);
    uint64_t list = 0;
    memcpy(&list, digest, sizeof(list));
    return list;
}

static bool page_valid(const Anlan__Service__Page *page)
{
    struct uuid id;
    return page && uuid_parse(page->id, &id) && strlen(page->code) <= 12 &&
           (!page->entered_at || (page->entered_at->seconds >= CLOCK_FIRST / CLOCK_SECOND &&
                                  page->entered_at->seconds <= CLOCK_LAST / CLOCK_SECOND &&
                                  page->entered_at->nanos >= 0 && page->entered_at->nanos < 1000000000));
}

bool service_page_read(struct service_job *job)
{
    const char *text = service_text(job->request, "page_token");
    if (!*text)
        return true;
    struct arena *arena = &job->call->arena;
    uint8_t packed[512];
    size_t length = 0;
    Anlan__Service__PageToken *token = NULL;
    if (text_base64url_parse(text, packed, sizeof(packed), &length))
        token = anlan__service__page_token__unpack(&arena->protobuf, length, packed);
    if (!token || token->list != list_of(job) || !page_valid(token->page) ||
        !text_valid((const uint8_t *)token->page->code, strlen(token->page->code)))
        return status_set(&job->status, REASON(CURSOR_INVALID), "the page token is not one of this list's");
    job->context.page = token->page;
    return true;
}

bool service_page_write(struct service_job *job, struct bytes page, struct bytes *token)
{
    struct arena *arena = &job->call->arena;
    Anlan__Service__PageToken message = ANLAN__SERVICE__PAGE_TOKEN__INIT;
    message.list = list_of(job);
    message.page = anlan__service__page__unpack(&arena->protobuf, page.length, page.data);
    if (!message.page)
        return false;
    size_t length = anlan__service__page_token__get_packed_size(&message);
    uint8_t *packed = arena_alloc(arena, length);
    char *text = arena_alloc(arena, TEXT_BASE64URL_SIZE(length));
    if (!packed || !text)
        return false;
    anlan__service__page_token__pack(&message, packed);
    text_base64url(packed, length, text);
    *token = (struct bytes){(const uint8_t *)text, strlen(text)};
    return true;
}
