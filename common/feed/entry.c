// SPDX-License-Identifier: Apache-2.0
#include "feed/entry.h"

#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"

static void digest_of(struct bytes salt, struct bytes entry, uint8_t digest[CRYPTO_DIGEST_SIZE])
{
    crypto_sha256((const struct bytes[]){salt, entry}, 2, digest);
}

bool feed_entry_seal(const Anlan__Rpc__V1__Entry *entry, struct arena *arena, Anlan__Rpc__V1__LogEntry *sealed)
{
    size_t length = anlan__rpc__v1__entry__get_packed_size(entry);
    uint8_t *packed = arena_alloc(arena, length);
    uint8_t *salt = arena_alloc(arena, CRYPTO_SALT_SIZE);
    uint8_t *digest = arena_alloc(arena, CRYPTO_DIGEST_SIZE);
    if (!packed || !salt || !digest)
        return false;
    anlan__rpc__v1__entry__pack(entry, packed);
    crypto_random(salt, CRYPTO_SALT_SIZE);
    digest_of((struct bytes){salt, CRYPTO_SALT_SIZE}, (struct bytes){packed, length}, digest);
    anlan__rpc__v1__log_entry__init(sealed);
    sealed->position = entry->position;
    sealed->entry = (ProtobufCBinaryData){.data = packed, .len = length};
    sealed->salt = (ProtobufCBinaryData){.data = salt, .len = CRYPTO_SALT_SIZE};
    sealed->digest = (ProtobufCBinaryData){.data = digest, .len = CRYPTO_DIGEST_SIZE};
    sealed->algorithm = ANLAN__RPC__V1__HASH_ALGORITHM__HASH_ALGORITHM_SHA256;
    return true;
}

static bool digest_fits(const Anlan__Rpc__V1__LogEntry *sealed)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    if (sealed->algorithm != ANLAN__RPC__V1__HASH_ALGORITHM__HASH_ALGORITHM_SHA256 ||
        sealed->digest.len != CRYPTO_DIGEST_SIZE)
        return false;
    digest_of((struct bytes){sealed->salt.data, sealed->salt.len},
              (struct bytes){sealed->entry.data, sealed->entry.len}, digest);
    return crypto_equal(digest, sealed->digest.data, CRYPTO_DIGEST_SIZE);
}

Anlan__Rpc__V1__Entry *feed_entry_open(const Anlan__Rpc__V1__LogEntry *sealed, struct arena *arena,
                                       struct status *status)
{
    if (!digest_fits(sealed)) {
        status_set(status, REASON(DATA_CORRUPT), "entry %lld: its digest does not fit", (long long)sealed->position);
        return NULL;
    }
    Anlan__Rpc__V1__Entry *entry =
        anlan__rpc__v1__entry__unpack(&arena->protobuf, sealed->entry.len, sealed->entry.data);
    if (!entry || entry->position != sealed->position) {
        status_set(status, REASON(DATA_CORRUPT), "entry %lld cannot be read, or says another position",
                   (long long)sealed->position);
        return NULL;
    }
    return entry;
}

char *feed_cursor_write(const struct uuid *tenant_id, int64_t position, struct arena *arena)
{
    Anlan__Rpc__V1__Cursor cursor = ANLAN__RPC__V1__CURSOR__INIT;
    cursor.tenant_id = (ProtobufCBinaryData){.data = (uint8_t *)tenant_id->bytes, .len = sizeof(tenant_id->bytes)};
    cursor.position = position;
    uint8_t packed[64];
    size_t length = anlan__rpc__v1__cursor__get_packed_size(&cursor);
    if (length > sizeof(packed))
        return NULL;
    anlan__rpc__v1__cursor__pack(&cursor, packed);
    char *text = arena_alloc(arena, TEXT_BASE64URL_SIZE(length));
    if (text)
        text_base64url(packed, length, text);
    return text;
}

bool feed_cursor_read(const char *text, const struct uuid *tenant_id, int64_t *position, struct status *status)
{
    if (*text == '\0') {
        *position = 0;
        return true;
    }
    uint8_t packed[64];
    size_t length = 0;
    Anlan__Rpc__V1__Cursor *cursor = NULL;
    if (text_base64url_parse(text, packed, sizeof(packed), &length))
        cursor = anlan__rpc__v1__cursor__unpack(NULL, length, packed);
    bool good = cursor && cursor->position >= 0 && cursor->tenant_id.len == sizeof(tenant_id->bytes) &&
                memcmp(cursor->tenant_id.data, tenant_id->bytes, sizeof(tenant_id->bytes)) == 0;
    if (good)
        *position = cursor->position;
    if (cursor)
        anlan__rpc__v1__cursor__free_unpacked(cursor, NULL);
    return good || status_set(status, REASON(CURSOR_INVALID), "the cursor is not one of this tenant's log");
}

struct uuid feed_command_id(const char *service, const struct uuid *tenant_id, int64_t position, clock_time entered_at)
{
    uint8_t number[8];
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    // Not uuid_make: it orders what one process makes, and moves times that are close to one another.
    uint64_t millisecond = entered_at > 0 ? (uint64_t)(entered_at / CLOCK_MILLISECOND) : 0;
    struct uuid id;
    for (size_t i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)(millisecond >> (40 - 8 * i));
    for (size_t i = 0; i < sizeof(number); i++)
        number[i] = (uint8_t)((uint64_t)position >> (8 * (7 - i)));
    const struct bytes parts[] = {{(const uint8_t *)service, strlen(service) + 1},
                                  {tenant_id->bytes, sizeof(tenant_id->bytes)},
                                  {number, sizeof(number)}};
    crypto_sha256(parts, 3, digest);
    id.bytes[6] = (uint8_t)(0x70 | (digest[0] & 0x0f));
    id.bytes[7] = digest[1];
    id.bytes[8] = (uint8_t)(0x80 | (digest[2] & 0x3f));
    memcpy(&id.bytes[9], &digest[3], 7);
    return id;
}

struct uuid feed_access_log_id(const struct uuid *tenant_id)
{
    static const char name[] = "anlan access log";
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    struct uuid id;
    const struct bytes parts[] = {{(const uint8_t *)name, sizeof(name) - 1},
                                  {tenant_id->bytes, sizeof(tenant_id->bytes)}};
    crypto_sha256(parts, 2, digest);
    memcpy(id.bytes, digest, sizeof(id.bytes));
    id.bytes[6] = (uint8_t)(0x80 | (digest[6] & 0x0f));
    id.bytes[8] = (uint8_t)(0x80 | (digest[8] & 0x3f));
    return id;
}
