// SPDX-License-Identifier: Apache-2.0
// A small authority for tests and small installations: its certificate, those that it issues, its revocation list. Keys
// are of the curve P-256, which every TLS library has. Files are PEM; keys have mode 0600; none is overwritten but the
// revocation list, which is replaced whole.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/status.h"
#include "crypto/certificate.h"

// Where an authority keeps its certificate and key.
struct crypto_authority {
    const char *certificate;
    const char *key;
};

// Makes an authority. False with INTERNAL, naming the file, where one exists or cannot be written. So do all below.
bool crypto_pki_authority(const struct crypto_authority *authority, const char *name, clock_time from, clock_time to,
                          struct status *status);

// What a certificate says.
struct crypto_certificate_request {
    const char *name;            // common name, for people
    const char *const *hosts;    // names and IP addresses at which it serves
    size_t host_count;           // 0: it serves nowhere
    struct crypto_peer peer;     // whom it is bound to as a client; CRYPTO_PEER_NONE: it is no client's
    clock_time from;
    clock_time to;    // ends with the authority's own end at the latest
};

// Makes a key and has the authority issue a certificate for it.
bool crypto_pki_issue(const struct crypto_authority *authority, const struct crypto_certificate_request *request,
                      const char *certificate, const char *key, struct status *status);

// Writes the revocation list anew, good until `to`: those on it now and, where not NULL, one more certificate.
bool crypto_pki_revoke(const struct crypto_authority *authority, const char *list, const char *certificate,
                       clock_time to, struct status *status);

// When what a file holds ends, certificate or revocation list. False with INTERNAL where it holds neither.
bool crypto_pki_ends(const char *path, clock_time *ends, struct status *status);

// Tells people what a file holds: certificates and revocation lists. False with INTERNAL where there is none.
bool crypto_pki_show(const char *path, FILE *out, struct status *status);
