// SPDX-License-Identifier: Apache-2.0
// A county's instance under a region's, for tests: each with its own PostgreSQL, keys and authority, over mutual TLS.
#pragma once

#include <stddef.h>

#include "support/instance.h"

#define JOINED_OUTPUT 4096

struct joined {
    struct instance *region;    // with the tree of support/instance.h
    struct instance *county;    // of 林西县; two processes of hazards, the first listens over TLS
};

// Both instances, that do not know each other yet.
void joined_begin(struct joined *joined);
void joined_end(struct joined *joined);

// A command of the program as the holder of an instance's keys; answers its exit status. `does` fails the test unless
// it ends well.
int joined_holder(struct instance *instance, char output[JOINED_OUTPUT], const char *command);
void joined_holder_does(struct instance *instance, const char *command);

// The three steps: the county's file, the commands of the region (for a unit's code) and of the county.
void joined_request(struct joined *joined);
const char *joined_enrolment(struct joined *joined, const char *code);
const char *joined_acceptance(struct joined *joined);

// All of them: the county has the units of the region by the same ids then.
void joined_join(struct joined *joined);

// How far the county's own log of a service is, in an instance.
long long joined_head(struct joined *joined, struct instance *instance, const char *service);

// Waits until the region's copy is as long as the county's log; false, with the logs' last lines on stderr, if not
// within 30 s.
bool joined_caught_up(struct joined *joined, const char *service);

// The first entries of the county's log in an instance, byte by byte, as a digest of 64 characters.
void joined_digest(struct joined *joined, struct instance *instance, const char *service, long long last,
                   char digest[80]);

// Holds the copies against their sources by fault/invariants.py, which shares no code with the services; answers its
// exit status.
int joined_invariants(struct joined *joined, const char *service, char output[JOINED_OUTPUT]);

// The region's copy is an equal beginning of the county's log; its tables and counters are what its logs say.
void joined_assert_equal(struct joined *joined, const char *service);
