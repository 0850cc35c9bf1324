// SPDX-License-Identifier: Apache-2.0
#include "metrics/listener.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define CONNECTIONS 16
#define IDLE_SECONDS 10
#define CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics_listener {
    struct MHD_Daemon *daemon;
    metrics_write *write;
    void *user;
};

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool read_port(const char *text, in_port_t *port)
{
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);
    *port = htons((uint16_t)number);
    return *text >= '0' && *text <= '9' && *end == '\0' && number >= 1 && number <= 65535;
}

// HOST:PORT with a numeric host, or PORT.
static bool read_address(const char *text, union address *address)
{
    char host[INET6_ADDRSTRLEN + 2] = "127.0.0.1";
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    memset(address, 0, sizeof(*address));
    if (length >= sizeof(host))
        return false;
    if (colon) {
        memcpy(host, text, length);
        host[length] = '\0';
    }
    if (host[0] == '[' && length > 1 && host[length - 1] == ']') {
        host[length - 1] = '\0';
        address->v6.sin6_family = AF_INET6;
        return inet_pton(AF_INET6, host + 1, &address->v6.sin6_addr) == 1 &&
               read_port(colon + 1, &address->v6.sin6_port);
    }
    address->v4.sin_family = AF_INET;
    return inet_pton(AF_INET, host, &address->v4.sin_addr) == 1 &&
           read_port(colon ? colon + 1 : text, &address->v4.sin_port);
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status, const char *text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result answer_metrics(const struct metrics_listener *listener, struct MHD_Connection *connection)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return MHD_NO;
    listener->write(listener->user, out);
    if (fclose(out) != 0) {
        free(text);
        return MHD_NO;
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(text);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, CONTENT_TYPE);
    enum MHD_Result queued = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result answer(void *user, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *data, size_t *size, void **state)
{
    static int begun;
    (void)version;
    (void)data;
    // The first call is for the headers alone; what a request brings along is read and forgotten.
    if (!*state) {
        *state = &begun;
        return MHD_YES;
    }
    if (*size > 0) {
        *size = 0;
        return MHD_YES;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET /metrics\n");
    if (strcmp(path, "/metrics") != 0)
        return answer_text(connection, MHD_HTTP_NOT_FOUND, "GET /metrics\n");
    return answer_metrics(user, connection);
}

bool metrics_listen(struct metrics_listener **listener, const char *address, metrics_write *write, void *user,
                    struct status *status)
{
    union address bound;
    if (!read_address(address, &bound))
        return status_set(status, REASON(UNREACHABLE), "%.100s: not IP:PORT, [IP]:PORT or PORT", address);
    struct metrics_listener *made = calloc(1, sizeof(*made));
    CHECK(made);
    *made = (struct metrics_listener){.write = write, .user = user};
    // By poll: select knows the first 1,024 descriptors only.
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | (bound.any.sa_family == AF_INET6 ? MHD_USE_IPv6 : 0);
    made->daemon = MHD_start_daemon(flags, 0, NULL, NULL, answer, made, MHD_OPTION_SOCK_ADDR, &bound.any,
                                    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
                                    (unsigned)IDLE_SECONDS, MHD_OPTION_END);
    if (!made->daemon) {
        free(made);
        return status_set(status, REASON(UNREACHABLE), "%.100s: cannot listen there", address);
    }
    *listener = made;
    return true;
}

void metrics_listener_close(struct metrics_listener *listener)
{
    if (!listener)
        return;
    MHD_stop_daemon(listener->daemon);
    free(listener);
}
