// SPDX-License-Identifier: Apache-2.0
#include "send/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define V4_BITS 96    // of ::ffff:0:0/96

// What is not public of IPv4 (IANA's special-purpose registry), and multicast.
static const char closed[] = "0.0.0.0/8,10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,192.0.0.0/24,"
                             "192.0.2.0/24,192.88.99.0/24,192.168.0.0/16,198.18.0.0/15,198.51.100.0/24,203.0.113.0/24,"
                             "224.0.0.0/4,240.0.0.0/4,"
                             // … and of what IPv6 has of public addresses: special ones, 6to4, documentation.
                             "2001::/23,2001:db8::/32,2002::/16,3fff::/20";
static const char public_v6[] = "2000::/3";

static bool covers(const struct send_network *network, const struct in6_addr *address)
{
    size_t bytes = network->bits / 8;
    unsigned rest = network->bits % 8;
    if (memcmp(network->address.s6_addr, address->s6_addr, bytes) != 0)
        return false;
    uint8_t mask = (uint8_t)(0xff00U >> rest);
    return rest == 0 || ((network->address.s6_addr[bytes] ^ address->s6_addr[bytes]) & mask) == 0;
}

static void map_v4(const struct in_addr *from, struct in6_addr *to)
{
    memset(to, 0, sizeof(*to));
    to->s6_addr[10] = to->s6_addr[11] = 0xff;
    memcpy(to->s6_addr + 12, from, 4);
}

static bool none_behind(const struct send_network *network)
{
    for (unsigned bit = network->bits; bit < 128; bit++)
        if (network->address.s6_addr[bit / 8] & (0x80U >> (bit % 8)))
            return false;
    return true;
}

static bool read_network(const char *text, size_t length, struct send_network *network)
{
    char address[INET6_ADDRSTRLEN + 1];
    struct in_addr v4;
    size_t name = 0;
    while (name < length && text[name] != '/')
        name++;
    if (name == 0 || name >= sizeof(address))
        return false;
    memcpy(address, text, name);
    address[name] = '\0';
    unsigned first = 0;
    if (inet_pton(AF_INET, address, &v4) == 1) {
        map_v4(&v4, &network->address);
        first = V4_BITS;
    } else if (inet_pton(AF_INET6, address, &network->address) != 1)
        return false;
    network->bits = 128;
    if (name < length) {
        const char *digits = text + name + 1;
        size_t count = strspn(digits, "0123456789");
        if (count == 0 || count > 3 || name + 1 + count != length)
            return false;
        network->bits = first + (unsigned)strtoul(digits, NULL, 10);
    }
    return network->bits <= 128 && none_behind(network);
}

bool send_networks_read(const char *text, struct send_networks *networks)
{
    networks->count = 0;
    while (*text) {
        size_t length = strcspn(text, ",");
        if (networks->count == SEND_NETWORKS_MOST || !read_network(text, length, &networks->list[networks->count]))
            return false;
        networks->count++;
        text += length;
        if (*text == ',' && !*++text)
            return false;
    }
    return true;
}

static bool read_address(const struct sockaddr *address, struct in6_addr *read)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof(v4));
        map_v4(&v4.sin_addr, read);
        return true;
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(&v6, address, sizeof(v6));
    *read = v6.sin6_addr;
    return true;
}

static bool among(const struct send_networks *networks, const struct in6_addr *address)
{
    for (size_t i = 0; i < networks->count; i++)
        if (covers(&networks->list[i], address))
            return true;
    return false;
}

bool send_networks_have(const struct send_networks *networks, const struct sockaddr *address)
{
    struct in6_addr read;
    return read_address(address, &read) && among(networks, &read);
}

bool send_address_open(const struct send_networks *allowed, const struct sockaddr *address)
{
    struct send_networks never;
    struct send_networks all;
    struct in6_addr read;
    CHECK(send_networks_read(closed, &never) && send_networks_read(public_v6, &all));
    if (!read_address(address, &read))
        return false;
    if (among(allowed, &read))
        return true;
    return (IN6_IS_ADDR_V4MAPPED(&read) || among(&all, &read)) && !among(&never, &read);
}
