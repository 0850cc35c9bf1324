// SPDX-License-Identifier: Apache-2.0
#include "support/tls.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/check.h"
#include "crypto/crypto.h"
#include "crypto/pki.h"

static clock_time in_days(int days)
{
    return clock_now() + days * CLOCK_DAY;
}

const char *tls_path(const struct tls_desk *desk, const char *name, const char *suffix)
{
    static char paths[8][160];
    static unsigned next;
    char *path = paths[next++ % COUNT_OF(paths)];
    snprintf(path, sizeof(paths[0]), "%s/%s.%s", desk->dir, name, suffix);
    return path;
}

static struct crypto_authority authority_of(const struct tls_desk *desk, const char *name)
{
    return (struct crypto_authority){.certificate = tls_path(desk, name, "crt"), .key = tls_path(desk, name, "key")};
}

static void make_authority(const struct tls_desk *desk, const char *name)
{
    struct status status = {0};
    struct crypto_authority authority = authority_of(desk, name);
    CHECK(crypto_pki_authority(&authority, name, in_days(-30), in_days(365), &status));
    CHECK(crypto_pki_revoke(&authority, tls_path(desk, name, "crl"), NULL, in_days(30), &status));
}

void tls_desk_open(struct tls_desk *desk)
{
    snprintf(desk->dir, sizeof(desk->dir), "/tmp/anlan-tls-XXXXXX");
    CHECK(mkdtemp(desk->dir));
    make_authority(desk, "ca");
    make_authority(desk, "other");
}

void tls_desk_close(struct tls_desk *desk)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", desk->dir);
    CHECK(system(command) == 0);
}

void tls_issue(const struct tls_desk *desk, const char *authority, const char *name, const char *host,
               struct crypto_peer peer, struct tls_days days)
{
    struct status status = {0};
    struct crypto_authority by = authority_of(desk, authority);
    const struct crypto_certificate_request request = {
        .name = name,
        .hosts = &host,
        .host_count = host != NULL,
        .peer = peer,
        .from = in_days(days.from),
        .to = in_days(days.to),
    };
    CHECK(crypto_pki_issue(&by, &request, tls_path(desk, name, "crt"), tls_path(desk, name, "key"), &status));
}

void tls_vouch(const struct tls_desk *desk, const char *name)
{
    struct status status = {0};
    struct crypto_authority self = authority_of(desk, name);
    CHECK(crypto_pki_authority(&self, name, in_days(-1), in_days(30), &status));
}

void tls_revoke(const struct tls_desk *desk, const char *name)
{
    struct status status = {0};
    struct crypto_authority authority = authority_of(desk, "ca");
    CHECK(
        crypto_pki_revoke(&authority, tls_path(desk, "ca", "crl"), tls_path(desk, name, "crt"), in_days(30), &status));
}

struct crypto_tls_files tls_files(const struct tls_desk *desk, const char *name)
{
    return (struct crypto_tls_files){
        .ca = tls_path(desk, "ca", "crt"),
        .crl = tls_path(desk, "ca", "crl"),
        .certificate = name ? tls_path(desk, name, "crt") : NULL,
        .key = name ? tls_path(desk, name, "key") : NULL,
    };
}

struct crypto_peer tls_peer(enum crypto_peer_kind kind)
{
    return (struct crypto_peer){.kind = kind, .id = uuid_make(clock_now())};
}

unsigned tls_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(probe >= 0 && bind(probe, (struct sockaddr *)&address, sizeof(address)) == 0 &&
          getsockname(probe, (struct sockaddr *)&address, &length) == 0);
    close(probe);
    return ntohs(address.sin_port);
}

int tls_stranger(unsigned port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int stranger = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (stranger >= 0 && connect(stranger, (struct sockaddr *)&address, sizeof(address)) == 0)
        return stranger;
    if (stranger >= 0)
        close(stranger);
    return -1;
}

static enum crypto_tls_result moved(ssize_t count, size_t *length)
{
    if (count <= 0)
        return CRYPTO_TLS_FAILED;
    *length = (size_t)count;
    return CRYPTO_TLS_DONE;
}

static enum crypto_tls_result rude_send(void *user, const uint8_t *data, size_t *length)
{
    const struct tls_rude *rude = user;
    if (rude->pauses && rude->answered)
        return CRYPTO_TLS_AGAIN;
    return moved(send(rude->descriptor, data, *length, MSG_NOSIGNAL), length);
}

static enum crypto_tls_result rude_receive(void *user, uint8_t *data, size_t *length)
{
    struct tls_rude *rude = user;
    if (rude->deaf)
        return CRYPTO_TLS_AGAIN;
    rude->answered = true;
    return moved(recv(rude->descriptor, data, *length, 0), length);
}

// The descriptor is there, or is -1. `host` as for crypto_tls_new.
static enum crypto_tls_result shake(struct tls_rude *rude, const struct tls_desk *desk, const char *name,
                                    const char *host)
{
    struct status status = {0};
    struct crypto_tls_files files = tls_files(desk, name);
    const struct timeval patience = {.tv_sec = 3};
    const struct crypto_tls_wire wire = {.send = rude_send, .receive = rude_receive, .user = rude};
    files.crl = NULL;
    CHECK(crypto_tls_context_open(&rude->context, &files, &status));
    if (rude->descriptor < 0)
        return CRYPTO_TLS_FAILED;
    setsockopt(rude->descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(rude->descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    rude->session = crypto_tls_new(rude->context, host, &wire);
    CHECK(rude->session);
    return crypto_tls_handshake(rude->session);
}

static enum crypto_tls_result call_on(struct tls_rude *rude, const struct tls_desk *desk, const char *name,
                                      unsigned port, struct tls_rude manners)
{
    *rude = manners;
    rude->descriptor = tls_stranger(port);
    return shake(rude, desk, name, "127.0.0.1");
}

bool tls_rude_open(struct tls_rude *rude, const struct tls_desk *desk, const char *name, unsigned port)
{
    return call_on(rude, desk, name, port, (struct tls_rude){0}) == CRYPTO_TLS_DONE;
}

bool tls_rude_begin(struct tls_rude *rude, const struct tls_desk *desk, const char *name, unsigned port)
{
    return call_on(rude, desk, name, port, (struct tls_rude){.pauses = true}) == CRYPTO_TLS_AGAIN;
}

bool tls_rude_go_on(struct tls_rude *rude)
{
    rude->pauses = false;
    return crypto_tls_handshake(rude->session) == CRYPTO_TLS_DONE;
}

void tls_rude_ring(const struct tls_desk *desk, const char *name, unsigned port, unsigned after)
{
    struct tls_rude rude;
    const struct linger at_once = {.l_onoff = 1};
    CHECK(call_on(&rude, desk, name, port, (struct tls_rude){.deaf = true}) == CRYPTO_TLS_AGAIN);
    setsockopt(rude.descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    usleep(after);
    tls_rude_close(&rude);
}

void tls_rude_close(struct tls_rude *rude)
{
    crypto_tls_free(rude->session);
    crypto_tls_context_release(rude->context);
    if (rude->descriptor >= 0)
        close(rude->descriptor);
    *rude = (struct tls_rude){.descriptor = -1};
}

int tls_rude_listen(unsigned port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(listening >= 0 && setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) == 0 &&
          bind(listening, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(listening, 16) == 0);
    return listening;
}

bool tls_readable(int descriptor, int timeout_ms)
{
    struct pollfd look = {.fd = descriptor, .events = POLLIN};
    return poll(&look, 1, timeout_ms) == 1;
}

bool tls_rude_accept(struct tls_rude *rude, const struct tls_desk *desk, const char *name, int listening,
                     int timeout_ms)
{
    *rude = (struct tls_rude){.descriptor = -1};
    if (tls_readable(listening, timeout_ms))
        rude->descriptor = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    return shake(rude, desk, name, NULL) == CRYPTO_TLS_DONE;
}

bool tls_shows(const struct tls_desk *desk, const char *client, unsigned port, const char *server)
{
    struct tls_rude look;
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    CHECK(crypto_certificate_digest(tls_path(desk, server, "crt"), digest));
    CHECK(tls_rude_open(&look, desk, client, port));
    struct crypto_certificate *shown = crypto_tls_peer(look.session);
    CHECK(shown);
    const struct crypto_peer peer = crypto_certificate_peer(shown);
    crypto_certificate_release(shown);
    tls_rude_close(&look);
    return memcmp(peer.certificate, digest, sizeof(digest)) == 0;
}

bool tls_rude_send(struct tls_rude *rude, const void *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        size_t count = length - done;
        if (crypto_tls_write(rude->session, (const uint8_t *)bytes + done, &count) != CRYPTO_TLS_DONE)
            return false;
        done += count;
    }
    return true;
}

bool tls_rude_read(struct tls_rude *rude, void *bytes, size_t length)
{
    for (size_t done = 0, count; done < length; done += count) {
        count = length - done;
        if (crypto_tls_read(rude->session, (uint8_t *)bytes + done, &count) != CRYPTO_TLS_DONE)
            return false;
    }
    return true;
}

bool tls_gone(int stranger, int timeout_ms)
{
    int64_t until = clock_monotonic() + timeout_ms * CLOCK_MILLISECOND;
    for (;;) {
        char bytes[4096];
        int left = (int)((until - clock_monotonic()) / CLOCK_MILLISECOND);
        struct pollfd look = {.fd = stranger, .events = POLLIN};
        if (left < 0 || poll(&look, 1, left) == 0)
            return false;
        if (recv(stranger, bytes, sizeof(bytes), MSG_DONTWAIT) <= 0)
            return true;
    }
}

size_t tls_descriptors(int pid)
{
    char path[64];
    size_t count = 0;
    snprintf(path, sizeof(path), "/proc/%d/fd", pid ? pid : getpid());
    DIR *folder = opendir(path);
    CHECK(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

size_t tls_resident(int pid)
{
    char path[64];
    long pages = 0;
    snprintf(path, sizeof(path), "/proc/%d/statm", pid ? pid : getpid());
    FILE *file = fopen(path, "r");
    CHECK(file && fscanf(file, "%*d %ld", &pages) == 1);
    fclose(file);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}
