// SPDX-License-Identifier: Apache-2.0
// What a token costs: its signature, verified the first time and remembered after; a bad one; a flood of bad ones
// beside good ones; and a password. usage: bench_tokens
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access/token.h"
#include "base/check.h"
#include "base/clock.h"
#include "crypto/passwords.h"
#include "service/values.h"

#define TOKENS 4096
#define REMEMBERED 4096
#define ROUNDS 20

static struct arena arena;
static struct bytes tokens[TOKENS];
static struct bytes bad[TOKENS];

// Microseconds of the processor's time: what else the machine does is not measured.
static int64_t spent(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000;
}

static struct bytes make_token(struct access_keys *keys, const char *instance, clock_time now)
{
    struct bytes token = {0};
    struct uuid id = uuid_make(now);
    Anlan__Rpc__V1__ActingPost post = ANLAN__RPC__V1__ACTING_POST__INIT;
    post.unit_id = (char *)instance;
    post.role = (char *)"county_officer";
    Anlan__Rpc__V1__Claims claims = ANLAN__RPC__V1__CLAIMS__INIT;
    claims.instance_id = (char *)instance;
    claims.token_id = claims.subject_id = claims.session_id = service_uuid(&id, &arena);
    claims.subject_name = (char *)"王建国";
    claims.post = &post;
    claims.issued_at = service_timestamp(now, &arena);
    claims.expires_at = service_timestamp(now + 900 * CLOCK_SECOND, &arena);
    CHECK(access_token_issue(keys, ACCESS_PURPOSE(TOKEN), ACCESS_TOKEN_PREFIX, &claims.base, now, &arena, &token));
    return token;
}

static struct bytes spoil(struct bytes token)
{
    uint8_t *copy = arena_alloc(&arena, token.length);
    memcpy(copy, token.data, token.length);
    copy[token.length - 1] ^= 1;
    return (struct bytes){copy, token.length};
}

// Microseconds for each of `list`; how many were good is added to *good.
static double verify(struct access_verifier *verifier, const struct bytes *list, size_t count, size_t *good)
{
    clock_time now = clock_now();
    int64_t start = spent();
    for (size_t i = 0; i < count; i++) {
        struct status status = {0};
        struct access_caller caller;
        *good += access_verify(verifier, list[i], now, &caller, &status);
    }
    return (double)(spent() - start) / (double)count;
}

static void measure_tokens(struct access_keys *keys, const struct uuid *instance)
{
    size_t good = 0;
    clock_time now = clock_now();
    struct access_verifier *verifier = access_verifier_new(keys, instance, REMEMBERED);
    int64_t start = spent();
    for (size_t i = 0; i < TOKENS; i++)
        tokens[i] = make_token(keys, service_uuid(instance, &arena), now);
    printf("signing a token             %8.2f us\n", (double)(spent() - start) / TOKENS);
    for (size_t i = 0; i < TOKENS; i++)
        bad[i] = spoil(tokens[i]);
    printf("a token, the first time     %8.2f us\n", verify(verifier, tokens, TOKENS / 4, &good));
    double again = 0;
    for (int i = 0; i < ROUNDS; i++)
        again += verify(verifier, tokens, TOKENS / 4, &good) / ROUNDS;
    printf("the same, remembered        %8.2f us\n", again);
    CHECK(good == (ROUNDS + 1) * (TOKENS / 4));
    good = 0;
    printf("a bad token                 %8.2f us\n", verify(verifier, bad, TOKENS, &good));
    CHECK(good == 0);
    printf("the good, behind the bad    %8.2f us\n", verify(verifier, tokens, TOKENS / 4, &good));
    access_verifier_free(verifier);
}

static void measure_passwords(void)
{
    uint8_t hash[CRYPTO_PASSWORD_HASH_SIZE];
    static const struct crypto_scrypt parameters[] = {{14, 8, 1}, {15, 8, 1}, {16, 8, 1}};
    const struct bytes password = {(const uint8_t *)"a password", 10};
    for (size_t i = 0; i < COUNT_OF(parameters); i++) {
        int64_t start = spent();
        for (int round = 0; round < 5; round++)
            CHECK(crypto_scrypt(password, password, &parameters[i], hash));
        printf("scrypt N=2^%u r=8 p=1       %8.2f ms\n", parameters[i].cost_log2, (double)(spent() - start) / 5000);
    }
}

int main(void)
{
    char folder[] = "/tmp/anlan-bench-XXXXXX";
    char path[2][64];
    struct status status = {0};
    struct access_keys *keys = NULL;
    struct uuid instance = uuid_make(clock_now());
    arena_init(&arena, (size_t)256 << 20);
    CHECK(mkdtemp(folder));
    snprintf(path[0], sizeof(path[0]), "%s/token-1.key", folder);
    snprintf(path[1], sizeof(path[1]), "%s/token-1.pub", folder);
    CHECK(crypto_key_create(path[0], path[1]) && access_keys_open(&keys, folder, &status));
    measure_tokens(keys, &instance);
    measure_passwords();
    unlink(path[0]);
    unlink(path[1]);
    rmdir(folder);
    arena_fini(&arena);
    return EXIT_SUCCESS;
}
