// SPDX-License-Identifier: Apache-2.0
// The engine that nng's TLS runs on when clients dial. nng calls it for each connection under a lock of that
// connection's; it moves bytes through nng_tls_engine_send and nng_tls_engine_recv.
//
// Errors are NNG_ECONNABORTED: nng goes on accepting at once after that one. NNG_ECLOSED would end its listener, others
// make it pause.
#include <nng/nng.h>
#include <nng/supplemental/tls/engine.h>
#include <nng/transport/tls/tls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/status.h"
#include "rpc/tls_parts.h"

#define ENGINE_NAME "anlan openssl"

struct nng_tls_engine_config {
    struct rpc_tls *tls;    // NULL: nng's own default, which no connection may use
    char host[256];
};

struct nng_tls_engine_conn {
    void *nng;    // NULL: not made; fini comes for that too
    struct crypto_tls *session;
    struct rpc_tls *tls;
    bool shaken;
    bool ended;    // refused, or closed
};

// nng makes a configuration on the thread that asks for one: that is how it learns whose it is.
static _Thread_local struct rpc_tls *configuring;

static enum crypto_tls_result moved(int result)
{
    return result == 0 ? CRYPTO_TLS_DONE : result == NNG_EAGAIN ? CRYPTO_TLS_AGAIN : CRYPTO_TLS_FAILED;
}

static enum crypto_tls_result wire_send(void *user, const uint8_t *data, size_t *length)
{
    return moved(nng_tls_engine_send(user, data, length));
}

static enum crypto_tls_result wire_receive(void *user, uint8_t *data, size_t *length)
{
    return moved(nng_tls_engine_recv(user, data, length));
}

static int conn_init(nng_tls_engine_conn *conn, void *nng, nng_tls_engine_config *config)
{
    const struct crypto_tls_wire wire = {.send = wire_send, .receive = wire_receive, .user = nng};
    if (!config->tls)
        return NNG_ECONNABORTED;
    conn->nng = nng;
    conn->tls = tls_hold(config->tls);
    struct crypto_tls_context *context = tls_context(conn->tls);
    conn->session = crypto_tls_new(context, config->host, &wire);
    crypto_tls_context_release(context);
    return conn->session ? 0 : NNG_ECONNABORTED;
}

static void conn_fini(nng_tls_engine_conn *conn)
{
    crypto_tls_free(conn->session);
    tls_release(conn->tls);
    *conn = (struct nng_tls_engine_conn){0};
}

// nng itself does not know that it has closed a connection: what it sends or receives after that must fail here, or it
// would wait for ever, and with it the thread that frees everything.
static void conn_close(nng_tls_engine_conn *conn)
{
    if (conn->session && !conn->ended)
        crypto_tls_goodbye(conn->session);
    conn->ended = true;
}

// Kept for who asks why nobody can be reached.
static int refuse(nng_tls_engine_conn *conn)
{
    struct crypto_tls_refusal refusal;
    crypto_tls_why(conn->session, &refusal);
    conn->ended = true;
    tls_note_refusal(conn->tls, &refusal);
    return NNG_ECONNABORTED;
}

static int result_of(nng_tls_engine_conn *conn, enum crypto_tls_result result)
{
    switch (result) {
    case CRYPTO_TLS_DONE:
        return 0;
    case CRYPTO_TLS_AGAIN:
        return NNG_EAGAIN;
    case CRYPTO_TLS_ENDED:
        return NNG_ECONNSHUT;
    case CRYPTO_TLS_FAILED:
        return refuse(conn);
    }
    return NNG_ECONNABORTED;
}

// nng asks for it only once bytes have moved, so the first send or receive begins it.
static int conn_handshake(nng_tls_engine_conn *conn)
{
    if (conn->ended)
        return NNG_ECONNABORTED;
    if (conn->shaken)
        return 0;
    int result = result_of(conn, crypto_tls_handshake(conn->session));
    conn->shaken = result == 0;
    return result;
}

static int conn_recv(nng_tls_engine_conn *conn, uint8_t *data, size_t *length)
{
    int result = conn_handshake(conn);
    return result ? result : result_of(conn, crypto_tls_read(conn->session, data, length));
}

static int conn_send(nng_tls_engine_conn *conn, const uint8_t *data, size_t *length)
{
    int result = conn_handshake(conn);
    return result ? result : result_of(conn, crypto_tls_write(conn->session, data, length));
}

static bool conn_verified(nng_tls_engine_conn *conn)
{
    return conn->shaken;
}

static int config_init(nng_tls_engine_config *config, nng_tls_mode mode)
{
    config->tls = configuring ? tls_hold(configuring) : NULL;
    return mode == NNG_TLS_MODE_CLIENT ? 0 : NNG_ENOTSUP;
}

static void config_fini(nng_tls_engine_config *config)
{
    tls_release(config->tls);
    config->tls = NULL;
}

static int config_server(nng_tls_engine_config *config, const char *host)
{
    if (strlen(host) >= sizeof(config->host))
        return NNG_EINVAL;
    snprintf(config->host, sizeof(config->host), "%s", host);
    return 0;
}

// Both sides are always verified, and files come from rpc_tls_options: what nng would set besides is not ours.
static int config_auth(nng_tls_engine_config *config, nng_tls_auth_mode mode)
{
    (void)config;
    (void)mode;
    return 0;
}

static int config_ca_chain(nng_tls_engine_config *config, const char *certificates, const char *crl)
{
    (void)config;
    (void)certificates;
    (void)crl;
    return NNG_ENOTSUP;
}

static int config_own_cert(nng_tls_engine_config *config, const char *certificate, const char *key, const char *pass)
{
    (void)config;
    (void)certificate;
    (void)key;
    (void)pass;
    return NNG_ENOTSUP;
}

static int config_version(nng_tls_engine_config *config, nng_tls_version least, nng_tls_version most)
{
    (void)config;
    (void)least;
    (void)most;
    return NNG_ENOTSUP;
}

#ifdef ANLAN_NNG_PEER_NAMES
// nng 1.6 asks for names in options that we never read.
static char *conn_peer_cn(nng_tls_engine_conn *conn)
{
    (void)conn;
    return NULL;
}

static char **conn_peer_alt_names(nng_tls_engine_conn *conn)
{
    (void)conn;
    return NULL;
}
#endif

#ifdef ANLAN_NNG_PSK
static int config_psk(nng_tls_engine_config *config, const char *identity, const uint8_t *key, size_t length)
{
    (void)config;
    (void)identity;
    (void)key;
    (void)length;
    return NNG_ENOTSUP;
}
#endif

static nng_tls_engine_conn_ops conn_ops = {
    .size = sizeof(nng_tls_engine_conn),
    .init = conn_init,
    .fini = conn_fini,
    .close = conn_close,
    .handshake = conn_handshake,
    .recv = conn_recv,
    .send = conn_send,
    .verified = conn_verified,
#ifdef ANLAN_NNG_PEER_NAMES
    .peer_cn = conn_peer_cn,
    .peer_alt_names = conn_peer_alt_names,
#endif
};

static nng_tls_engine_config_ops config_ops = {
    .size = sizeof(nng_tls_engine_config),
    .init = config_init,
    .fini = config_fini,
    .server = config_server,
    .auth = config_auth,
    .ca_chain = config_ca_chain,
    .own_cert = config_own_cert,
#ifdef ANLAN_NNG_PSK
    .psk = config_psk,
#endif
    .version = config_version,
};

static const nng_tls_engine engine = {
    .version = NNG_TLS_ENGINE_VERSION,
    .config_ops = &config_ops,
    .conn_ops = &conn_ops,
    .name = ENGINE_NAME,
    .description = "OpenSSL, TLS 1.3",
};

// The engine's table grew between versions of nng under one number: with another nng than the headers were of, it would
// be read wrongly.
static bool same_nng(void)
{
    unsigned major = 0;
    unsigned minor = 0;
    return sscanf(nng_version(), "%u.%u", &major, &minor) == 2 && major == NNG_MAJOR_VERSION &&
           minor == NNG_MINOR_VERSION;
}

bool tls_engine_register(struct status *status)
{
    static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
    int result = 0;
    if (!same_nng())
        return status_set(status, REASON(INTERNAL), "nng %s runs, but this was built for %d.%d", nng_version(),
                          NNG_MAJOR_VERSION, NNG_MINOR_VERSION);
    pthread_mutex_lock(&once);
    // nng's own engine comes first, or ours would be lost when that is set up.
    if (strcmp(nng_tls_engine_name(), ENGINE_NAME) != 0 && (result = nng_tls_register()) == 0)
        result = nng_tls_engine_register(&engine);
    bool ours = result == 0 && strcmp(nng_tls_engine_name(), ENGINE_NAME) == 0;
    pthread_mutex_unlock(&once);
    return ours || status_set(status, REASON(INTERNAL), "nng does not take the TLS engine: %s", nng_strerror(result));
}

int tls_config_new(nng_tls_config **config, struct rpc_tls *tls, const char *host)
{
    configuring = tls;
    int result = tls ? nng_tls_config_alloc(config, NNG_TLS_MODE_CLIENT) : NNG_ENOTSUP;
    configuring = NULL;
    if (result == 0 && (result = nng_tls_config_server_name(*config, host)) != 0)
        nng_tls_config_free(*config);
    return result;
}
