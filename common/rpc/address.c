// SPDX-License-Identifier: Apache-2.0
#include "rpc/address.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define IPC "ipc://"
#define INPROC "inproc://"
#define TLS "tls+tcp://"

const char *rpc_address_path(const char *address)
{
    return strncmp(address, IPC, sizeof(IPC) - 1) == 0 ? address + sizeof(IPC) - 1 : NULL;
}

bool rpc_address_is_tls(const char *address)
{
    return strncmp(address, TLS, sizeof(TLS) - 1) == 0;
}

// The host stands between the scheme and the last colon; in brackets if it has colons itself.
bool rpc_address_host(const char *address, char *host, size_t size)
{
    const char *start = address + sizeof(TLS) - 1;
    const char *colon = rpc_address_is_tls(address) ? strrchr(start, ':') : NULL;
    if (!colon || colon == start)
        return false;
    char *end = NULL;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || port < 1 || port > 65535)
        return false;
    const char *last = colon;
    bool bracketed = *start == '[' && colon[-1] == ']';
    start += bracketed;
    last -= bracketed;
    size_t length = (size_t)(last - start);
    if (length == 0 || length >= size || strcspn(start, bracketed ? "/@" : "/@:[]") < length)
        return false;
    memcpy(host, start, length);
    host[length] = '\0';
    return true;
}

bool rpc_address_allowed(const char *address, struct status *status)
{
    char host[256];
    const char *path = rpc_address_path(address);
    if (path && path[0] == '/' && strlen(path) < sizeof(((struct sockaddr_un *)0)->sun_path))
        return true;
    if (strncmp(address, INPROC, sizeof(INPROC) - 1) == 0 && address[sizeof(INPROC) - 1] != '\0')
        return true;
    if (rpc_address_is_tls(address))
        return rpc_address_host(address, host, sizeof(host)) ||
               status_set(status, REASON(UNREACHABLE), "%.150s: not tls+tcp://HOST:PORT", address);
    if (strncmp(address, "tcp", 3) == 0)
        return status_set(status, REASON(UNREACHABLE),
                          "%.150s: there is no plain TCP here; ipc:// on one host, tls+tcp:// between hosts", address);
    return status_set(status, REASON(UNREACHABLE),
                      "%.150s: not ipc:// with an absolute path of at most 107 bytes, nor tls+tcp://HOST:PORT",
                      address);
}
