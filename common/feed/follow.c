// SPDX-License-Identifier: Apache-2.0
#include "feed/follow.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "feed/entry.h"
#include "rpc/client.h"

// How much longer than the long poll a pull may take.
#define PULL_MARGIN_MS 2000
#define BACKOFF_FIRST_MS 20
#define BACKOFF_MOST_MS 1000

struct feed_follower {
    struct feed_follow_options options;
    struct rpc_client *client;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stopping;
    int64_t position;
    bool caught_up;    // the last pull left nothing behind: the next may wait
};

static bool stopping(struct feed_follower *follower)
{
    pthread_mutex_lock(&follower->mutex);
    bool answer = follower->stopping;
    pthread_mutex_unlock(&follower->mutex);
    return answer;
}

static void rest(struct feed_follower *follower, int milliseconds)
{
    struct timespec until = clock_after(milliseconds);
    pthread_mutex_lock(&follower->mutex);
    while (!follower->stopping && pthread_cond_timedwait(&follower->wake, &follower->mutex, &until) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&follower->mutex);
}

static Anlan__Rpc__V1__PullResponse *pull(struct feed_follower *follower, struct arena *arena, struct status *status)
{
    struct bytes credential = {0};
    if (!follower->options.credential(follower->options.user, arena, &credential)) {
        status_set(status, REASON(TOKEN_MISSING), "no credential to pull with");
        return NULL;
    }
    char tenant[UUID_TEXT_SIZE];
    uuid_format(&follower->options.tenant_id, tenant);
    Anlan__Rpc__V1__PullRequest request = ANLAN__RPC__V1__PULL_REQUEST__INIT;
    request.tenant_id = tenant;
    request.wait_ms = follower->caught_up ? (uint32_t)follower->options.wait_ms : 0;
    request.cursor = feed_cursor_write(&follower->options.tenant_id, follower->position, arena);
    if (!request.cursor || follower->position == 0)
        request.cursor = (char *)"";
    return (Anlan__Rpc__V1__PullResponse *)rpc_client_call(
        follower->client, "anlan.rpc.v1.FeedService/Pull", &request.base, &anlan__rpc__v1__pull_response__descriptor,
        credential, follower->options.wait_ms + PULL_MARGIN_MS, NULL, arena, status);
}

// Applies the entries of a page as far as they go.
static bool apply_page(struct feed_follower *follower, const Anlan__Rpc__V1__PullResponse *page, struct status *status)
{
    for (size_t i = 0; i < page->n_entries; i++) {
        struct arena arena;
        arena_init(&arena, LIMIT_CALL_ARENA_BYTES);
        const Anlan__Rpc__V1__Entry *entry = NULL;
        bool good = false;
        if (page->entries[i]->position != follower->position + 1)
            status_set(status, REASON(DATA_CORRUPT), "the log goes from position %lld to %lld",
                       (long long)follower->position, (long long)page->entries[i]->position);
        else if ((entry = feed_entry_open(page->entries[i], &arena, status)) != NULL) {
            good = follower->options.apply(follower->options.user, entry);
            if (!good)
                status_set(status, REASON(DATA_CORRUPT), "entry %lld cannot be applied", (long long)entry->position);
        }
        arena_fini(&arena);
        if (!good)
            return false;
        follower->position++;
    }
    return true;
}

static bool follow_once(struct feed_follower *follower, struct status *status)
{
    struct arena arena;
    arena_init(&arena, 2 * LIMIT_CALL_ARENA_BYTES);
    int64_t sent = clock_monotonic();
    const Anlan__Rpc__V1__PullResponse *page = pull(follower, &arena, status);
    bool good = page && apply_page(follower, page, status);
    follower->caught_up = good && follower->position >= page->head_position;
    if (follower->caught_up)
        follower->options.caught_up(follower->options.user, sent);
    arena_fini(&arena);
    return good;
}

static void *run(void *argument)
{
    struct feed_follower *follower = argument;
    int backoff = BACKOFF_FIRST_MS;
    while (!stopping(follower)) {
        struct status status = {0};
        if (follow_once(follower, &status)) {
            backoff = BACKOFF_FIRST_MS;
            continue;
        }
        if (stopping(follower))
            break;
        follower->options.failed(follower->options.user, &status);
        rest(follower, backoff);
        backoff = backoff * 2 < BACKOFF_MOST_MS ? backoff * 2 : BACKOFF_MOST_MS;
    }
    return NULL;
}

bool feed_follow_start(struct feed_follower **follower, const struct feed_follow_options *options,
                       struct status *status)
{
    struct rpc_client_options client_options;
    rpc_client_options_init(&client_options, options->addresses);
    client_options.attempts = 1;
    client_options.tls = options->tls;
    struct feed_follower *made = calloc(1, sizeof(*made));
    CHECK(made);
    made->options = *options;
    if (!rpc_client_open(&made->client, &client_options, status)) {
        free(made);
        return false;
    }
    clock_condition_init(&made->wake);
    pthread_mutex_init(&made->mutex, NULL);
    CHECK(pthread_create(&made->thread, NULL, run, made) == 0);
    *follower = made;
    return true;
}

void feed_follow_stop(struct feed_follower *follower)
{
    if (!follower)
        return;
    pthread_mutex_lock(&follower->mutex);
    follower->stopping = true;
    pthread_cond_broadcast(&follower->wake);
    pthread_mutex_unlock(&follower->mutex);
    rpc_client_cancel(follower->client);
    pthread_join(follower->thread, NULL);
    rpc_client_close(follower->client);
    pthread_cond_destroy(&follower->wake);
    pthread_mutex_destroy(&follower->mutex);
    free(follower);
}
