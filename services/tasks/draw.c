// SPDX-License-Identifier: Apache-2.0
#include "draw.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

struct ticket {
    uint8_t key[CRYPTO_DIGEST_SIZE];
    char *id;
};

static int compare(const void *left, const void *right)
{
    const struct ticket *l = left;
    const struct ticket *r = right;
    int order = memcmp(l->key, r->key, sizeof(l->key));
    return order ? order : strcmp(l->id, r->id);
}

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

// How many of n others are drawn.
static size_t share_of(const struct draw_pool *pool, size_t n)
{
    size_t share = (n * (size_t)pool->share_permille + 999) / 1000;
    if (share < (size_t)pool->at_least)
        share = (size_t)pool->at_least;
    return share < n ? share : n;
}

char **draw_from(const struct draw_pool *pool, struct arena *arena, size_t *count)
{
    struct ticket *tickets = arena_array(arena, pool->count, sizeof(*tickets));
    char **drawn = arena_array(arena, pool->count, sizeof(char *));
    size_t others = 0;
    *count = 0;
    if (!tickets || !drawn)
        return NULL;
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->major[i] && pool->all_major) {
            drawn[(*count)++] = pool->ids[i];
            continue;
        }
        const struct bytes parts[] = {bytes_of(pool->seed), bytes_of("/"), bytes_of(pool->ids[i])};
        crypto_sha256(parts, 3, tickets[others].key);
        tickets[others++].id = pool->ids[i];
    }
    qsort(tickets, others, sizeof(*tickets), compare);
    size_t share = share_of(pool, others);
    for (size_t i = 0; i < share; i++)
        drawn[(*count)++] = tickets[i].id;
    return drawn;
}
