// SPDX-License-Identifier: Apache-2.0
#include "message_ladder.h"

#include "service/values.h"

#define MINUTE (60 * CLOCK_SECOND)
#define BASE(name) ANLAN__NOTIFICATIONS__V1__RUNG_BASE__RUNG_BASE_##name

typedef Anlan__Notifications__V1__Message message;
typedef Anlan__Notifications__V1__Rung message_rung;

// When a rung is due; 0: never.
static clock_time time_of(const message *m, const message_rung *rung)
{
    const Google__Protobuf__Timestamp *base = NULL;
    if (m->settled_at)
        return 0;
    if (rung->counts_from == BASE(DELIVERY) && !m->acknowledged)
        base = m->entered_at;
    else if (rung->counts_from == BASE(DEADLINE))
        base = m->deadline;
    return base ? service_time(base) + rung->minutes * MINUTE : 0;
}

void message_ladder_wind(message *m, struct arena *arena)
{
    clock_time first = 0;
    for (size_t i = (size_t)m->rung; m->detail && i < m->detail->n_ladder; i++) {
        clock_time at = time_of(m, m->detail->ladder[i]);
        if (at && (!first || at < first))
            first = at;
    }
    m->due_at = first ? service_timestamp(first, arena) : NULL;
}

int message_ladder_due(const message *m, clock_time now)
{
    int due = -1;
    for (size_t i = (size_t)m->rung; m->detail && i < m->detail->n_ladder; i++) {
        clock_time at = time_of(m, m->detail->ladder[i]);
        if (at && at <= now)
            due = (int)i;
    }
    return due;
}
