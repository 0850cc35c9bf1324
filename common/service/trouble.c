// SPDX-License-Identifier: Apache-2.0
// Who is in trouble: callers whose calls raise, tenants whose log another session holds. For a while their calls go by
// a lane apart, so that nobody else waits behind them.
#include <string.h>

#include "base/clock.h"
#include "service/engine.h"

#define TROUBLE_FOR (10 * CLOCK_SECOND)

void service_trouble_init(struct service_trouble *trouble)
{
    memset(trouble, 0, sizeof(*trouble));
    pthread_mutex_init(&trouble->mutex, NULL);
}

void service_trouble_fini(struct service_trouble *trouble)
{
    pthread_mutex_destroy(&trouble->mutex);
}

// Where it stands, or where it may: the one whose time ends first goes. Under the mutex.
static size_t place_for(const struct service_trouble *trouble, const struct uuid *who)
{
    size_t oldest = 0;
    for (size_t i = 0; i < SERVICE_TROUBLED_MOST; i++) {
        if (trouble->until[i] && uuid_compare(&trouble->who[i], who) == 0)
            return i;
        if (trouble->until[i] < trouble->until[oldest])
            oldest = i;
    }
    return oldest;
}

void service_trouble_note(struct service_trouble *trouble, const struct uuid *who)
{
    pthread_mutex_lock(&trouble->mutex);
    size_t at = place_for(trouble, who);
    trouble->who[at] = *who;
    trouble->until[at] = clock_monotonic() + TROUBLE_FOR;
    atomic_store(&trouble->last, trouble->until[at]);
    pthread_mutex_unlock(&trouble->mutex);
}

bool service_troubled(struct service_trouble *trouble, const struct uuid *who)
{
    int64_t now = clock_monotonic();
    if (atomic_load(&trouble->last) <= now)    // as a rule nobody is
        return false;
    pthread_mutex_lock(&trouble->mutex);
    size_t at = place_for(trouble, who);
    bool troubled = trouble->until[at] > now && uuid_compare(&trouble->who[at], who) == 0;
    pthread_mutex_unlock(&trouble->mutex);
    return troubled;
}
