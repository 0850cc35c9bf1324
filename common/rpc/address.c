// SPDX-License-Identifier: Apache-2.0
#include "rpc/address.h"

#include <string.h>
#include <sys/un.h>

#define IPC "ipc://"
#define INPROC "inproc://"

const char *rpc_address_path(const char *address)
{
    return strncmp(address, IPC, sizeof(IPC) - 1) == 0 ? address + sizeof(IPC) - 1 : NULL;
}

bool rpc_address_allowed(const char *address, struct status *status)
{
    const char *path = rpc_address_path(address);
    if (path && path[0] == '/' && strlen(path) < sizeof(((struct sockaddr_un *)0)->sun_path))
        return true;
    if (!path && strncmp(address, INPROC, sizeof(INPROC) - 1) == 0 && address[sizeof(INPROC) - 1] != '\0')
        return true;
    return status_set(status, REASON(UNREACHABLE), "%.150s: not ipc:// with an absolute path of at most 107 bytes",
                      address);
}
