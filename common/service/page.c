// SPDX-License-Identifier: Apache-2.0
// Page tokens: opaque to clients, good for one method and filter only.
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "service/engine.h"
#include "service/values.h"

static void *field_of(ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    CHECK(field);
    return (char *)message + field->offset;
}

// Names the list: its method, and all that the request says but which page. False where the arena is full.
static bool list_of(const struct service_job *job, uint64_t *list)
{
    struct arena *arena = &job->call->arena;
    size_t size = job->request->descriptor->sizeof_message;
    ProtobufCMessage *filter = arena_alloc(arena, size);
    if (!filter)
        return false;
    memcpy(filter, job->request, size);
    *(uint32_t *)field_of(filter, "page_size") = 0;
    *(const char **)field_of(filter, "page_token") = "";
    size_t length = protobuf_c_message_get_packed_size(filter);
    uint8_t *packed = arena_alloc(arena, length);
    if (!packed)
        return false;
    protobuf_c_message_pack(filter, packed);
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    const struct bytes parts[] = {
        {(const uint8_t *)job->slot->policy->method, strlen(job->slot->policy->method) + 1},
        {packed, length},
    };
    crypto_sha256(parts, 2, digest);
    memcpy(list, digest, sizeof(*list));
    return true;
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
    uint64_t list = 0;
    if (!list_of(job, &list))
        return status_set(&job->status, REASON(MESSAGE_TOO_LARGE), "the call needs more memory than a call may have");
    if (!token || token->list != list || !page_valid(token->page) ||
        !text_valid((const uint8_t *)token->page->code, strlen(token->page->code)))
        return status_set(&job->status, REASON(CURSOR_INVALID), "the page token is not one of this list's");
    job->context.page = token->page;
    return true;
}

bool service_page_write(struct service_job *job, struct bytes page, struct bytes *token)
{
    struct arena *arena = &job->call->arena;
    Anlan__Service__PageToken message = ANLAN__SERVICE__PAGE_TOKEN__INIT;
    message.page = anlan__service__page__unpack(&arena->protobuf, page.length, page.data);
    if (!message.page || !list_of(job, &message.list))
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
