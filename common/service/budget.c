// SPDX-License-Identifier: Apache-2.0
#include "service/budget.h"

#include <pthread.h>
#include <stdlib.h>
#include <uthash.h>

#include "base/check.h"
#include "base/clock.h"

#define MINUTE (60 * CLOCK_SECOND)

struct reader {
    struct uuid id;
    double pulls;    // left
    double bytes;    // left; less than 0: owed
    int64_t at;      // clock_monotonic
    unsigned under_way;
    UT_hash_handle hh;
};

struct service_budget {
    pthread_mutex_t mutex;
    double pulls;
    double bytes;
    struct reader *readers;    // by their ids, in the order of their last pulls
};

struct service_budget *service_budget_new(int64_t pulls, int64_t bytes)
{
    struct service_budget *budget = calloc(1, sizeof(*budget));
    CHECK(budget);
    pthread_mutex_init(&budget->mutex, NULL);
    budget->pulls = (double)pulls;
    budget->bytes = (double)bytes;
    return budget;
}

static void forget(struct service_budget *budget, struct reader *reader)
{
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): uthash's macro
    HASH_DEL(budget->readers, reader);
    free(reader);
}

void service_budget_free(struct service_budget *budget)
{
    if (!budget)
        return;
    while (budget->readers)
        forget(budget, budget->readers);
    pthread_mutex_destroy(&budget->mutex);
    free(budget);
}

static double least(double left, double right)
{
    return left < right ? left : right;
}

static void refill(const struct service_budget *budget, struct reader *reader, int64_t now)
{
    double passed = (double)(now - reader->at) / (double)MINUTE;
    reader->pulls = least(budget->pulls, reader->pulls + passed * budget->pulls);
    reader->bytes = least(budget->bytes, reader->bytes + passed * budget->bytes);
    reader->at = now;
}

// The reader, filled up to now; NULL where there are too many. Who comes moves to the end, so that the first is the one
// who has been away the longest: where he owes nothing he is forgotten.
static struct reader *find(struct service_budget *budget, const struct uuid *id, int64_t now)
{
    struct reader *reader = NULL;
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): uthash's macro
    HASH_FIND(hh, budget->readers, id, sizeof(*id), reader);
    if (reader) {
        HASH_DEL(budget->readers, reader);
    } else {
        while (budget->readers && now - budget->readers->at >= 2 * MINUTE && budget->readers->under_way == 0)
            forget(budget, budget->readers);
        if (HASH_COUNT(budget->readers) >= BUDGET_READERS)
            return NULL;
        reader = calloc(1, sizeof(*reader));
        CHECK(reader);
        *reader = (struct reader){.id = *id, .pulls = budget->pulls, .bytes = budget->bytes, .at = now};
    }
    HASH_ADD(hh, budget->readers, id, sizeof(reader->id), reader);
    refill(budget, reader, now);
    return reader;
}

// Milliseconds until there is one pull, and no byte is owed; a second where others are under way.
static int wait_of(const struct service_budget *budget, const struct reader *reader)
{
    double pulls = reader->pulls < 1 ? (1 - reader->pulls) / budget->pulls : 0;
    double bytes = reader->bytes < 0 ? -reader->bytes / budget->bytes : 0;
    double most = pulls > bytes ? pulls : bytes;
    return most > 0 ? (int)(most * 60000) + 1 : 1000;
}

bool service_budget_take(struct service_budget *budget, const struct uuid *reader_id, int64_t now,
                         struct status *status)
{
    pthread_mutex_lock(&budget->mutex);
    struct reader *reader = find(budget, reader_id, now);
    bool taken = reader && reader->pulls >= 1 && reader->bytes >= 0 && reader->under_way < BUDGET_UNDER_WAY;
    if (taken) {
        reader->pulls -= 1;
        reader->under_way++;
    }
    int wait = taken ? 0 : reader ? wait_of(budget, reader) : 1000;
    pthread_mutex_unlock(&budget->mutex);
    if (taken)
        return true;
    status_set(status, REASON(BUDGET_SPENT), "%.0f pulls and %.0f bytes are good for a minute, %d pulls at a time",
               budget->pulls, budget->bytes, BUDGET_UNDER_WAY);
    status->retry_after_ms = wait;
    return false;
}

void service_budget_charge(struct service_budget *budget, const struct uuid *reader_id, int64_t now, size_t bytes)
{
    pthread_mutex_lock(&budget->mutex);
    struct reader *reader = find(budget, reader_id, now);
    if (reader) {
        reader->bytes -= (double)bytes;
        reader->under_way -= reader->under_way > 0;
    }
    pthread_mutex_unlock(&budget->mutex);
}
