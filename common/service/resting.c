// SPDX-License-Identifier: Apache-2.0
#include "service/resting.h"

#include "base/clock.h"

#define REST (60 * CLOCK_SECOND)

void resting_add(struct resting *resting, const struct uuid *id)
{
    size_t at = resting->next++ % RESTING_MOST;
    resting->list[at].id = *id;
    resting->list[at].until = clock_monotonic() + REST;
}

bool resting_has(const struct resting *resting, const struct uuid *id)
{
    int64_t now = clock_monotonic();
    for (size_t i = 0; i < RESTING_MOST; i++)
        if (resting->list[i].until > now && uuid_compare(&resting->list[i].id, id) == 0)
            return true;
    return false;
}

size_t resting_count(const struct resting *resting)
{
    int64_t now = clock_monotonic();
    size_t count = 0;
    for (size_t i = 0; i < RESTING_MOST; i++)
        count += resting->list[i].until > now;
    return count;
}
