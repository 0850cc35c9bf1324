// SPDX-License-Identifier: Apache-2.0
// Page tokens: opaque to clients, good for one method and filter only.
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "service/engine.h"
#include "service/values.h"

#define PAGE_CODE_MOST 64    // bytes

// Names the list: its method and everything that the request asks for, but for the page itself.
static bool name_list(const struct service_job *job, uint64_t *list)
{
    const ProtobufCMessageDescriptor *descriptor = job->request->descriptor;
    struct arena *arena = &job->call->arena;
    ProtobufCMessage *copy = arena_alloc(arena, descriptor->sizeof_message);
    if (!copy)
        return false;
    memcpy(copy, job->request, descriptor->sizeof_message);
    const ProtobufCFieldDescriptor *token = protobuf_c_message_descriptor_get_field_by_name(descriptor, "page_token");
    const ProtobufCFieldDescriptor *size = protobuf_c_message_descriptor_get_field_by_name(descriptor, "page_size");
    *(const char **)((char *)copy + token->offset) = "";
    *(uint32_t *)((char *)copy + size->offset) = 0;
    size_t length = protobuf_c_message_get_packed_size(copy);
    uint8_t *packed = arena_alloc(arena, length);
    if (!packed)
        return false;
    protobuf_c_message_pack(copy, packed);
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    const char *method = job->slot->policy->method;
    const struct bytes parts[] = {{(const uint8_t *)method, strlen(method) + 1}, {packed, length}};
    crypto_sha256(parts, 2, digest);
    memcpy(list, digest, sizeof(*list));
    return true;
}

static bool page_valid(const Anlan__Service__Page *page)
{
    struct uuid id;
    return page && (!*page->id || uuid_parse(page->id, &id)) && strlen(page->code) <= PAGE_CODE_MOST &&
           text_valid((const uint8_t *)page->code, strlen(page->code)) &&
           (!page->time ||
            (page->time->seconds >= CLOCK_FIRST / CLOCK_SECOND && page->time->seconds <= CLOCK_LAST / CLOCK_SECOND &&
             page->time->nanos >= 0 && page->time->nanos < 1000000000));
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
    if (!token || !name_list(job, &list) || token->list != list || !page_valid(token->page))
        return status_set(&job->status, REASON(CURSOR_INVALID), "the page token is not one of this list's");
    job->context.page = token->page;
    return true;
}

bool service_page_write(struct service_job *job, struct bytes page, struct bytes *token)
{
    struct arena *arena = &job->call->arena;
    Anlan__Service__PageToken message = ANLAN__SERVICE__PAGE_TOKEN__INIT;
    if (!name_list(job, &message.list))
        return false;
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
