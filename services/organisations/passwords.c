// SPDX-License-Identifier: Apache-2.0
#include "passwords.h"

#include <ctype.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "crypto/crypto.h"

// The commonest among those that are long enough to be chosen otherwise.
static const char *const commonest[] = {
    "1234567890",  "12345678910",   "0123456789",   "0987654321",   "1111111111",   "0000000000",    "1122334455",
    "1234512345",  "123456789a",    "a123456789",   "1234567890a",  "qwertyuiop",   "qwerty12345",   "qwerty123456",
    "1q2w3e4r5t",  "1qaz2wsx3edc",  "1qaz@wsx3edc", "qazwsxedcrfv", "zaq12wsxcde3", "asdfghjkl1",    "password12",
    "password123", "password1234",  "password!23",  "passw0rd123",  "p@ssw0rd123",  "p@ssword123",   "admin12345",
    "admin123456", "administrator", "admin@12345",  "adminadmin",   "root123456",   "welcome123",    "welcome1234",
    "letmein123",  "iloveyou12",    "iloveyou123",  "woaini1314",   "woaini520",    "woaini5201314", "5201314520",
    "520131452",   "abc1234567",    "abcd123456",   "abc123456789", "aa12345678",   "qq123456789",   "wang123456",
    "zhang123456", "abcdefghij",    "1234abcd12",   "changeme123",  "anlan12345",   "anquan12345",   "yingji12345",
    "1314520131",  "1357924680",    "2580258025",   "1212121212",   "1231231231",   "123123123123",  "111222333444",
    "asdf123456",  "zxcvbnm123",    "q1w2e3r4t5",   "test123456",   "huawei12345",  "china123456",   "beijing2008",
};

#define NAME_LEAST 4

struct crypto_scrypt password_parameters(const Anlan__Organisations__Facts__SignInAsked *asked)
{
    return (struct crypto_scrypt){.cost_log2 = (uint32_t)asked->cost_log2,
                                  .block_size = (uint32_t)asked->block_size,
                                  .lanes = (uint32_t)asked->lanes};
}

bool password_check(const char *password, const char *name, int32_t min_chars, const char *field, struct arena *arena,
                    struct status *status)
{
    if (text_characters(password) < (size_t)min_chars)
        return status_violate(status, arena, field, "must have at least %d characters", (int)min_chars);
    // A short name is a part of many words.
    if (strcasecmp(password, name) == 0 || (strlen(name) >= NAME_LEAST && strcasestr(password, name)))
        return status_violate(status, arena, field, "must not hold the account's name");
    for (size_t i = 0; i < COUNT_OF(commonest); i++)
        if (strcasecmp(commonest[i], password) == 0)
            return status_violate(status, arena, field, "is one of the commonest passwords");
    return true;
}

Anlan__Organisations__V1__PasswordHash *password_hash(const char *password, const struct crypto_scrypt *parameters,
                                                      struct arena *arena)
{
    Anlan__Organisations__V1__PasswordHash *made = arena_alloc(arena, sizeof(*made));
    uint8_t *salt = arena_alloc(arena, CRYPTO_SALT_SIZE);
    uint8_t *hash = arena_alloc(arena, CRYPTO_PASSWORD_HASH_SIZE);
    if (!made || !salt || !hash)
        return NULL;
    crypto_random(salt, CRYPTO_SALT_SIZE);
    if (!crypto_scrypt((struct bytes){(const uint8_t *)password, strlen(password)},
                       (struct bytes){salt, CRYPTO_SALT_SIZE}, parameters, hash))
        return NULL;
    anlan__organisations__v1__password_hash__init(made);
    made->salt = (ProtobufCBinaryData){.data = salt, .len = CRYPTO_SALT_SIZE};
    made->hash = (ProtobufCBinaryData){.data = hash, .len = CRYPTO_PASSWORD_HASH_SIZE};
    made->cost_log2 = (int32_t)parameters->cost_log2;
    made->block_size = (int32_t)parameters->block_size;
    made->lanes = (int32_t)parameters->lanes;
    return made;
}

bool password_right(const Anlan__Organisations__Facts__SignInAsked *asked, const char *password)
{
    static const uint8_t nobodys_salt[CRYPTO_SALT_SIZE];
    uint8_t hash[CRYPTO_PASSWORD_HASH_SIZE];
    struct crypto_scrypt parameters = password_parameters(asked);
    struct bytes salt = {nobodys_salt, sizeof(nobodys_salt)};
    bool known = asked->password_hash.len == CRYPTO_PASSWORD_HASH_SIZE;
    if (known) {
        salt = (struct bytes){asked->password_salt.data, asked->password_salt.len};
        parameters = (struct crypto_scrypt){.cost_log2 = (uint32_t)asked->password_cost_log2,
                                            .block_size = (uint32_t)asked->password_block_size,
                                            .lanes = (uint32_t)asked->password_lanes};
    }
    bool hashed = crypto_scrypt((struct bytes){(const uint8_t *)password, strlen(password)}, salt, &parameters, hash);
    return crypto_equal(hash, known ? asked->password_hash.data : hash, sizeof(hash)) && hashed && known;
}

char *password_account_name(const char *name, struct arena *arena)
{
    char *folded = arena_text(arena, name, strlen(name));
    for (char *at = folded; at && *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)tolower(*at);
    return folded;
}
