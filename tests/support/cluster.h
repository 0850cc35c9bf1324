// SPDX-License-Identifier: Apache-2.0
// A private PostgreSQL cluster for tests: in a new directory, on a Unix socket
// only, run as a plain user, ended with the test however that ends. Finds
// PostgreSQL 17 or 15 in /usr/lib/postgresql. Faults of the set-up end the test
// program with a line on stderr.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

// Its superuser.
#define CLUSTER_SUPERUSER "postgres"

struct cluster {
    char directory[64];    // of the socket; the data is in data/ below it
    char binaries[64];     // PostgreSQL's programs
    bool shared;           // another program's, by the environment
    bool fast;             // fsync=off
    pid_t pid;             // of the server; 0 when it does not run
};

// Makes a cluster and starts it, about 1 s. `fast` turns fsync off; default is
// PostgreSQL's own durability. Where the environment has ANLAN_TEST_CLUSTER (the
// directory of a running cluster's socket), that one is used instead and left
// running: tests must then not rely on being alone. Call it on the main thread:
// the server ends with the thread that started it.
void cluster_start(struct cluster *cluster, bool fast);

// Ends the server and removes the directory. Does nothing to a shared cluster.
void cluster_stop(struct cluster *cluster);

// Ends the server at once, as a crash does (SIGQUIT); waits until it is gone.
// Never for a shared cluster.
void cluster_kill(struct cluster *cluster);

// Starts the server again after cluster_kill, and waits until it answers.
void cluster_restart(struct cluster *cluster);

// A conninfo for the database as the user. The text stays until the thread's next
// eight calls.
const char *cluster_conninfo(const struct cluster *cluster, const char *database, const char *user);

// Runs deploy/databases.sql: Anlan's roles and databases.
void cluster_setup_databases(const struct cluster *cluster);

// Runs SQL text as the superuser through psql and stops at the first error.
void cluster_sql(const struct cluster *cluster, const char *database, const char *text);
