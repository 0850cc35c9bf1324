// SPDX-License-Identifier: Apache-2.0
// How the client's addresses are dialled, and dialled anew.
#include <nng/nng.h>

#include "base/clock.h"
#include "rpc/address.h"
#include "rpc/client_parts.h"
#include "rpc/tls_parts.h"

int client_dial(struct client_endpoint *endpoint)
{
    char host[256];
    nng_tls_config *config = NULL;
    if (!rpc_address_host(endpoint->address, host, sizeof(host)))
        return nng_dial(endpoint->socket, endpoint->address, &endpoint->dialer, NNG_FLAG_NONBLOCK);
    int result = tls_config_new(&config, endpoint->client->options.tls, host);
    if (result != 0)
        return result;
    if ((result = nng_dialer_create(&endpoint->dialer, endpoint->socket, endpoint->address)) == 0 &&
        (result = nng_dialer_set_ptr(endpoint->dialer, NNG_OPT_TLS_CONFIG, config)) == 0)
        result = nng_dialer_start(endpoint->dialer, NNG_FLAG_NONBLOCK);
    nng_tls_config_free(config);
    return result;
}

int64_t client_redial_at(const struct client_endpoint *endpoint)
{
    int64_t after = rpc_address_is_tls(endpoint->address) ? REDIAL_TLS_MS : REDIAL_MS;
    return endpoint->away_since + after * CLOCK_MILLISECOND;
}

void client_redial(struct rpc_client *client)
{
    for (size_t i = 0; i < client->endpoint_count; i++) {
        struct client_endpoint *endpoint = &client->endpoints[i];
        pthread_mutex_lock(&client->mutex);
        int64_t now = clock_monotonic();
        bool away = endpoint->pipes == 0 && now >= client_redial_at(endpoint);
        if (away)
            endpoint->away_since = now;
        pthread_mutex_unlock(&client->mutex);
        if (!away)
            continue;
        nng_dialer_close(endpoint->dialer);
        client_dial(endpoint);    // where it fails now, it is tried again
    }
}
