// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "storm.h"

#define LOOK_MS 20

struct relay {
    char to[108];
    int listener;
    atomic_bool cut;
    atomic_bool stopping;
    atomic_int pairs;
    pthread_t thread;
};

struct pair {
    struct relay *relay;
    int ends[2];
};

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    CHECK(strlen(path) < sizeof(address.sun_path));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    return address;
}

static bool pass_on(int from, int to)
{
    char bytes[65536];
    ssize_t got = read(from, bytes, sizeof(bytes));
    for (ssize_t at = 0; at < got;) {
        ssize_t put = send(to, bytes + at, (size_t)(got - at), MSG_NOSIGNAL);
        if (put <= 0)
            return false;
        at += put;
    }
    return got > 0;
}

static void *run_pair(void *argument)
{
    struct pair *pair = argument;
    struct relay *relay = pair->relay;
    bool open = true;
    while (open && !atomic_load(&relay->cut) && !atomic_load(&relay->stopping)) {
        struct pollfd ends[2] = {{.fd = pair->ends[0], .events = POLLIN}, {.fd = pair->ends[1], .events = POLLIN}};
        if (poll(ends, 2, LOOK_MS) <= 0)
            continue;
        for (int i = 0; i < 2; i++)
            if (ends[i].revents)
                open = open && pass_on(pair->ends[i], pair->ends[1 - i]);
    }
    close(pair->ends[0]);
    close(pair->ends[1]);
    free(pair);
    atomic_fetch_sub(&relay->pairs, 1);
    return NULL;
}

static void begin_pair(struct relay *relay, int incoming)
{
    struct sockaddr_un address = address_of(relay->to);
    struct pair *pair = malloc(sizeof(*pair));
    int outgoing = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_t thread;
    CHECK(pair && outgoing >= 0);
    *pair = (struct pair){.relay = relay, .ends = {incoming, outgoing}};
    if (atomic_load(&relay->cut) || connect(outgoing, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(incoming);
        close(outgoing);
        free(pair);
        return;
    }
    atomic_fetch_add(&relay->pairs, 1);
    CHECK(pthread_create(&thread, NULL, run_pair, pair) == 0);
    pthread_detach(thread);
}

static void *run(void *argument)
{
    struct relay *relay = argument;
    while (!atomic_load(&relay->stopping)) {
        struct pollfd listener = {.fd = relay->listener, .events = POLLIN};
        if (poll(&listener, 1, LOOK_MS) <= 0)
            continue;
        int incoming = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);
        if (incoming >= 0)
            begin_pair(relay, incoming);
    }
    return NULL;
}

struct relay *relay_start(const char *listen_path, const char *to_path)
{
    struct relay *relay = calloc(1, sizeof(*relay));
    struct sockaddr_un address = address_of(listen_path);
    CHECK(relay && strlen(to_path) < sizeof(relay->to));
    snprintf(relay->to, sizeof(relay->to), "%s", to_path);
    relay->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(relay->listener >= 0 && bind(relay->listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
          listen(relay->listener, 64) == 0);
    CHECK(pthread_create(&relay->thread, NULL, run, relay) == 0);
    return relay;
}

void relay_cut(struct relay *relay)
{
    atomic_store(&relay->cut, true);
}

void relay_mend(struct relay *relay)
{
    atomic_store(&relay->cut, false);
}

void relay_stop(struct relay *relay)
{
    atomic_store(&relay->stopping, true);
    pthread_join(relay->thread, NULL);
    while (atomic_load(&relay->pairs) > 0)
        usleep(1000);
    close(relay->listener);
    free(relay);
}
