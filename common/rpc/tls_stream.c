// SPDX-License-Identifier: Apache-2.0
#include "rpc/tls_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"

#define IN_LEAST 4096
#define OUT_SIZE (64 * 1024)    // records that go with one call of the system

const uint8_t tls_greeting_req[GREETING_BYTES] = {0, 'S', 'P', 0, 0, 48, 0, 0};
const uint8_t tls_greeting_rep[GREETING_BYTES] = {0, 'S', 'P', 0, 0, 49, 0, 0};

static enum crypto_tls_result moved(ssize_t count, size_t *length)
{
    if (count > 0) {
        *length = (size_t)count;
        return CRYPTO_TLS_DONE;
    }
    bool again = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    return again ? CRYPTO_TLS_AGAIN : CRYPTO_TLS_FAILED;
}

static void lend(struct tls_stream *stream)
{
    bool spared = !stream->held && *stream->spare;
    stream->out = spared ? *stream->spare : malloc(OUT_SIZE);
    CHECK(stream->out);
    if (spared)
        *stream->spare = NULL;
}

static void give_back(struct tls_stream *stream)
{
    if (*stream->spare)
        free(stream->out);
    else
        *stream->spare = stream->out;
    stream->out = NULL;
}

enum crypto_tls_result tls_stream_flush(struct tls_stream *stream)
{
    while (stream->out_sent < stream->out_used) {
        size_t length = stream->out_used - stream->out_sent;
        enum crypto_tls_result result =
            moved(send(stream->descriptor, stream->out + stream->out_sent, length, MSG_NOSIGNAL), &length);
        if (result == CRYPTO_TLS_AGAIN && stream->blocked_at == 0)
            stream->blocked_at = clock_monotonic();
        if (result != CRYPTO_TLS_DONE)
            return result;
        stream->out_sent += length;
    }
    // Not before: who takes a little now and then would hold what he is sent for ever.
    stream->blocked_at = 0;
    stream->out_sent = stream->out_used = 0;
    if (stream->out)
        give_back(stream);
    return CRYPTO_TLS_DONE;
}

// Gathers records: a message of many goes at once.
static enum crypto_tls_result wire_send(void *user, const uint8_t *data, size_t *length)
{
    struct tls_stream *stream = user;
    if (stream->out_used == OUT_SIZE) {
        enum crypto_tls_result result = stream->held ? CRYPTO_TLS_AGAIN : tls_stream_flush(stream);
        if (result != CRYPTO_TLS_DONE)
            return result;
    }
    if (!stream->out)
        lend(stream);
    if (*length > OUT_SIZE - stream->out_used)
        *length = OUT_SIZE - stream->out_used;
    memcpy(stream->out + stream->out_used, data, *length);
    stream->out_used += *length;
    return CRYPTO_TLS_DONE;
}

static enum crypto_tls_result wire_receive(void *user, uint8_t *data, size_t *length)
{
    const struct tls_stream *stream = user;
    return moved(recv(stream->descriptor, data, *length, 0), length);
}

bool tls_stream_open(struct tls_stream *stream, struct crypto_tls_context *context, const char *host, int descriptor,
                     uint8_t **spare)
{
    const struct crypto_tls_wire wire = {.send = wire_send, .receive = wire_receive, .user = stream};
    *stream = (struct tls_stream){.descriptor = descriptor, .spare = spare};
    stream->session = crypto_tls_new(context, host, &wire);
    return stream->session != NULL;
}

void tls_stream_close(struct tls_stream *stream)
{
    crypto_tls_goodbye(stream->session);
    tls_stream_flush(stream);
    stream->blocked_at = 0;
    close(stream->descriptor);
    stream->descriptor = -1;
}

void tls_stream_fini(struct tls_stream *stream)
{
    crypto_tls_free(stream->session);
    free(stream->out);
    free(stream->in);
}

enum crypto_tls_result tls_stream_write(struct tls_stream *stream, const uint8_t *data, size_t length, size_t *done,
                                        size_t *most)
{
    while (*most > 0 && length > *done) {
        size_t count = length - *done;
        enum crypto_tls_result result = crypto_tls_write(stream->session, data + *done, &count);
        if (result != CRYPTO_TLS_DONE)
            return result;
        *done += count;
        *most -= count < *most ? count : *most;
    }
    return CRYPTO_TLS_DONE;
}

// Room for more: twice what there is, so that memory follows what has come and not what is announced.
static void make_room(struct tls_stream *stream)
{
    if (stream->in_used < stream->in_size)
        return;
    stream->in_size = stream->in_size ? 2 * stream->in_size : IN_LEAST;
    stream->in = realloc(stream->in, stream->in_size);
    CHECK(stream->in);
}

enum crypto_tls_result tls_stream_read(struct tls_stream *stream, size_t *most)
{
    make_room(stream);
    size_t count = stream->in_size - stream->in_used;
    enum crypto_tls_result result = crypto_tls_read(stream->session, stream->in + stream->in_used, &count);
    if (result != CRYPTO_TLS_DONE)
        return result;
    stream->in_used += count;
    if (stream->begun_at == 0)
        stream->begun_at = clock_monotonic();
    *most -= count < *most ? count : *most;
    return CRYPTO_TLS_DONE;
}

bool tls_stream_length(const struct tls_stream *stream, size_t *length)
{
    uint64_t announced = 0;
    if (stream->in_used < LENGTH_BYTES)
        return false;
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        announced = announced << 8 | stream->in[i];
    *length = announced > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)announced;
    return true;
}

void tls_stream_shift(struct tls_stream *stream, size_t length)
{
    stream->in_used -= length;
    stream->begun_at = stream->in_used > 0 ? clock_monotonic() : 0;
    memmove(stream->in, stream->in + length, stream->in_used);
}

void tls_stream_spare_room(struct tls_stream *stream)
{
    if (stream->in_used > 0 || stream->in_size <= ROOM_KEPT)
        return;
    free(stream->in);
    stream->in = NULL;
    stream->in_size = 0;
}
