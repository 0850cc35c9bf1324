// SPDX-License-Identifier: Apache-2.0
// Certificates for tests, and strangers that speak TCP without TLS.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "crypto/certificate.h"
#include "crypto/tls.h"

// A directory of certificates: an authority is NAME.crt, NAME.key, NAME.crl; what it issued likewise.
struct tls_desk {
    char dir[64];
};

// Makes the directory and two authorities: "ca" and "other".
void tls_desk_open(struct tls_desk *desk);
void tls_desk_close(struct tls_desk *desk);

// Days from now.
struct tls_days {
    int from;
    int to;
};

// Issues a certificate: of an authority, for a host (NULL: a client's), bound to a peer (kind NONE: to nobody).
void tls_issue(const struct tls_desk *desk, const char *authority, const char *name, const char *host,
               struct crypto_peer peer, struct tls_days days);

// Makes a certificate that vouches for itself.
void tls_vouch(const struct tls_desk *desk, const char *name);

// Puts a certificate on the revocation list of "ca".
void tls_revoke(const struct tls_desk *desk, const char *name);

// A file of the desk; good until the eighth call after.
const char *tls_path(const struct tls_desk *desk, const char *name, const char *suffix);

// The files of who trusts "ca" and its list, and shows a certificate (NULL: none).
struct crypto_tls_files tls_files(const struct tls_desk *desk, const char *name);

// A fresh id of a kind of peer.
struct crypto_peer tls_peer(enum crypto_peer_kind kind);

// A port of 127.0.0.1 that nobody uses.
unsigned tls_free_port(void);

// Connects to a port of 127.0.0.1; answers the descriptor, or -1.
int tls_stranger(unsigned port);

// A stranger, or a service, with a certificate of his own, who does with TLS what he likes.
struct tls_rude {
    int descriptor;
    struct crypto_tls_context *context;
    struct crypto_tls *session;
    bool deaf;      // takes no answer
    bool pauses;    // says nothing more once he has been answered
    bool answered;
};

// Connects and greets as TLS does. False where he is not let in, or not within 3 s.
bool tls_rude_open(struct tls_rude *rude, const struct tls_desk *desk, const char *name, unsigned port);
// The same in two halves: connects, and says no more once the other end has shown who it is; then the rest.
bool tls_rude_begin(struct tls_rude *rude, const struct tls_desk *desk, const char *name, unsigned port);
bool tls_rude_go_on(struct tls_rude *rude);
// Connects, says hello, and goes after so many microseconds (RST).
void tls_rude_ring(const struct tls_desk *desk, const char *name, unsigned port, unsigned after);
void tls_rude_close(struct tls_rude *rude);
// The other side: a descriptor that listens at a port of 127.0.0.1.
int tls_rude_listen(unsigned port);
// Whether somebody comes there, or something to read at another descriptor, within so many milliseconds.
bool tls_readable(int descriptor, int timeout_ms);
// Takes who comes there within so many milliseconds, and makes the handshake as the server whose certificate is called
// so. False where nobody comes, or it fails.
bool tls_rude_accept(struct tls_rude *rude, const struct tls_desk *desk, const char *name, int listening,
                     int timeout_ms);

// Whether the server at the port shows this certificate to a client with that one.
bool tls_shows(const struct tls_desk *desk, const char *client, unsigned port, const char *server);

// Sends bytes; false where they did not go within 3 s.
bool tls_rude_send(struct tls_rude *rude, const void *bytes, size_t length);

// Reads just as many; false where they did not come.
bool tls_rude_read(struct tls_rude *rude, void *bytes, size_t length);

// Whether the other end has gone within so many milliseconds.
bool tls_gone(int stranger, int timeout_ms);

// How much more memory (kB) than before a process may have: the address sanitizer keeps 256 MiB of what was freed, the
// thread sanitizer four bytes and more about each.
#if defined(__SANITIZE_ADDRESS__)
#define TLS_RESIDENT_MORE(kb) (512 * 1024)
#elif defined(__SANITIZE_THREAD__)
#define TLS_RESIDENT_MORE(kb) (5 * (kb))
#else
#define TLS_RESIDENT_MORE(kb) (kb)
#endif

// Open descriptors and resident memory (kB) of a process; 0: this one.
size_t tls_descriptors(int pid);
size_t tls_resident(int pid);
