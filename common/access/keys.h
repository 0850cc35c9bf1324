// SPDX-License-Identifier: Apache-2.0
// The keys of an instance: a directory of files <purpose>-<period>.pub and, where
// this process may sign, <purpose>-<period>.key. They change without a restart:
// whoever waits for it to happen calls access_keys_refresh, and a token that names
// an unknown period makes it happen.
//
// A public file may begin with lines in front of its PEM block (RFC 7468, 5.2 allows
// them), which say for which times of issue the key is good:
//   Valid-From: 2026-11-26T12:00:00Z
//   Valid-Until: 2027-02-26T12:01:00Z
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "anlan/rpc/v1/token.pb-c.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/crypto.h"

// What a key may sign.
typedef Anlan__Rpc__V1__KeyPurpose access_purpose;
#define ACCESS_PURPOSE(name) ANLAN__RPC__V1__KEY_PURPOSE__KEY_PURPOSE_##name

struct access_keys;

// Reads the keys of a directory. False with INTERNAL where there is no public key or one cannot be read.
bool access_keys_open(struct access_keys **keys, const char *directory, struct status *status);

// Frees them; accepts NULL.
void access_keys_close(struct access_keys *keys);

// Reads them again if the directory has changed since, and then answers true. Keys that cannot be read leave those that
// were; *status says so then. Cheap where nothing has changed: one stat. Thread-safe.
bool access_keys_refresh(struct access_keys *keys, struct status *status);

// True if the signature of the parts is that of the key that `name` names, whatever its times. An unknown period makes
// the directory be read again, at most once in a second over all threads. *from and *until are set to the times of
// issue for which the key is good. Thread-safe.
bool access_keys_verify(struct access_keys *keys, const Anlan__Rpc__V1__KeyName *name, const struct bytes *parts,
                        size_t count, struct bytes signature, clock_time *from, clock_time *until);

// How often the keys have changed since they were opened: what was verified by an earlier set may not be good any more.
unsigned access_keys_changes(struct access_keys *keys);

// Signs what is valid from `now` on: the key of that purpose with the highest period that is good then and whose
// private half is here. Fills in its name. False where there is none. Thread-safe.
bool access_keys_sign(struct access_keys *keys, access_purpose purpose, clock_time now, const struct bytes *parts,
                      size_t count, Anlan__Rpc__V1__KeyName *name, uint8_t signature[CRYPTO_SIGNATURE_SIZE]);

// The word of a purpose in file names: "token".
const char *access_purpose_word(access_purpose purpose);

// What the files of a directory say of the keys of one purpose: the highest period (0: none), and from when it is good.
// For the program that makes new ones.
bool access_keys_latest(const char *directory, access_purpose purpose, uint32_t *period, clock_time *from);

// Reads the lines in front of a public key; CLOCK_FIRST and CLOCK_LAST where it has none. False where one cannot be
// read.
bool access_keys_times(const char *path, clock_time *from, clock_time *until);
