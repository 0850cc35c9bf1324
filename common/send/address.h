// SPDX-License-Identifier: Apache-2.0
// To which addresses something may be sent: all of the public network, and of the others those that are named.
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define SEND_NETWORKS_MOST 32

// A network: the first `bits` of an address of 16 bytes; one of IPv4 stands behind ::ffff:0:0/96.
struct send_network {
    struct in6_addr address;
    unsigned bits;
};

// Networks that are named.
struct send_networks {
    struct send_network list[SEND_NETWORKS_MOST];
    size_t count;
};

// Reads "10.1.0.0/16,fd00:1::/64,192.168.1.7"; "" is none. False where an item is no network, has bits behind its
// length, or there are too many.
bool send_networks_read(const char *text, struct send_networks *networks);

// True if the address is in one of the networks.
bool send_networks_have(const struct send_networks *networks, const struct sockaddr *address);

// True if something may be sent there: it is public (neither loopback, private, link-local, unique local, shared,
// multicast, reserved, for documentation, nor a way to IPv4 in disguise), or one of `allowed`.
bool send_address_open(const struct send_networks *allowed, const struct sockaddr *address);
