// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "service/engine.h"

bool service_lane_connect(struct service_lane *lane, struct status *status)
{
    if (lane->connection && pg_usable(lane->connection))
        return true;
    pg_close(lane->connection);
    lane->connection = NULL;
    struct service *service = lane->service;
    bool open = pg_open(&lane->connection, service->conninfo, service->definition->name, &service->catalogue, status);
    atomic_store(&lane->connected, open);
    return open;
}

bool service_lane_start(struct service_lane *lane, struct service *service, void *(*run)(void *))
{
    lane->service = service;
    service_queue_init(&lane->queue);
    lane->started = pthread_create(&lane->thread, NULL, run, lane) == 0;
    return lane->started;
}

void service_lane_stop(struct service_lane *lane)
{
    if (!lane->started)
        return;
    service_queue_close(&lane->queue);
    pthread_join(lane->thread, NULL);
    pg_close(lane->connection);
    service_queue_fini(&lane->queue);
    lane->started = false;
}
