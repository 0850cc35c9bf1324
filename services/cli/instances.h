// SPDX-License-Identifier: Apache-2.0
// Two instances come to know each other: what the commands share.
#pragma once

#include "anlan/organisations/v1/instances.pb-c.h"
#include "anlan/organisations/v1/organisations.pb-c.h"

#include "cli.h"

typedef Anlan__Organisations__V1__InstanceOffer instance_offer;
typedef Anlan__Organisations__V1__InstanceAnswer instance_answer;
typedef Anlan__Organisations__V1__Unit instance_unit;

// instances_files.c.
// What this instance says of itself, by --name, --ca, --keys, --host and --address. False, told.
bool instances_offer(struct cli *cli, instance_offer *offer, int *exit_status);
// Writes what is carried to the other instance to stdout, and to stderr the fingerprint by which both sides compare it.
void instances_write(struct cli *cli, const ProtobufCMessage *message);
// Reads a file that was written so, and tells its fingerprint likewise. NULL, told.
ProtobufCMessage *instances_read(struct cli *cli, const char *path, const ProtobufCMessageDescriptor *descriptor);

// All units of the directory, and how many. NULL, told.
instance_unit **instances_units(struct cli *cli, size_t *count, int *exit_status);
// One of them; NULL if there is none.
instance_unit *instances_unit(instance_unit *const *units, size_t count, const char *id);
