// SPDX-License-Identifier: Apache-2.0
#include "client/anlan.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "client/anlan_parts.h"

static bool given(const char *text)
{
    return text && *text;
}

static bool open_tls(struct anlan *client, const char *ca, const char *certificate, const char *key)
{
    struct rpc_tls_options options;
    rpc_tls_options_init(&options);
    options.files.ca = ca;
    options.files.certificate = given(certificate) ? certificate : "";
    options.files.key = given(key) ? key : "";
    return rpc_tls_open(&client->tls, &options, &client->status);
}

anlan *anlan_open(const char *addresses, const char *ca, const char *certificate, const char *key, char *error,
                  size_t size)
{
    struct anlan *client = calloc(1, sizeof(*client));
    if (!client) {
        if (error && size > 0)
            snprintf(error, size, "no memory");
        return NULL;
    }
    arena_init(&client->arena, 4 * LIMIT_CALL_ARENA_BYTES);
    bool good = !given(ca) || open_tls(client, ca, certificate, key);
    struct rpc_client_options options;
    rpc_client_options_init(&options, addresses ? addresses : "");
    options.tls = client->tls;
    good = good && rpc_client_open(&client->calls, &options, &client->status);
    if (error && size > 0)
        snprintf(error, size, "%s", client->status.message);
    if (good)
        return client;
    anlan_close(client);
    return NULL;
}

void anlan_close(anlan *client)
{
    if (!client)
        return;
    rpc_client_close(client->calls);
    rpc_tls_close(client->tls);
    arena_fini(&client->arena);
    free(client);
}

int anlan_answer(struct anlan *client)
{
    return (int)client->status.code;
}

int anlan_token(anlan *client, const char *token)
{
    size_t length = 0;
    client->status = (struct status){0};
    if (!text_base64url_parse(token ? token : "", client->token, sizeof(client->token), &length))
        status_set(&client->status, REASON(FIELD_INVALID), "the token is no base64url text");
    client->token_length = length;
    return anlan_answer(client);
}

const char *anlan_error(const anlan *client)
{
    return client->status.message;
}

const char *anlan_reason(const anlan *client)
{
    return status_ok(&client->status) ? "" : status_reason_text(client->status.reason)->name;
}

static struct bytes credential_of(const struct anlan *client)
{
    return (struct bytes){client->token, client->token_length};
}

static void begin(struct anlan *client)
{
    arena_fini(&client->arena);
    client->status = (struct status){0};
}

ProtobufCMessage *anlan_ask(struct anlan *client, const char *method, const ProtobufCMessage *request,
                            const ProtobufCMessageDescriptor *reply, int timeout_ms)
{
    begin(client);
    return rpc_client_call(client->calls, method, request, reply, credential_of(client), timeout_ms, NULL,
                           &client->arena, &client->status);
}

// A call whose answer is awaited.
struct waiting {
    struct anlan *client;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool ended;
    struct bytes body;
};

static void done(void *user, const struct rpc_result *result)
{
    struct waiting *waiting = user;
    pthread_mutex_lock(&waiting->mutex);
    struct anlan *client = waiting->client;
    client->status = result->status;
    client->status.violation_count = 0;    // their texts do not outlive this
    uint8_t *body = arena_bytes(&client->arena, result->body.length);
    if (body && result->body.length > 0)
        memcpy(body, result->body.data, result->body.length);
    if (!body && status_ok(&client->status))
        status_set(&client->status, REASON(MESSAGE_TOO_LARGE), "no memory for the answer");
    waiting->body = (struct bytes){body, result->body.length};
    waiting->ended = true;
    pthread_cond_signal(&waiting->cond);
    pthread_mutex_unlock(&waiting->mutex);
}

int anlan_call(anlan *client, const char *method, const void *request, size_t length, int timeout_ms,
               const void **reply, size_t *reply_length)
{
    struct waiting waiting = {.client = client, .mutex = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
    begin(client);
    *reply = NULL;
    *reply_length = 0;
    if (timeout_ms < 1 || timeout_ms > LIMIT_CALL_TIMEOUT_MAX_MS) {
        status_set(&client->status, REASON(FIELD_INVALID), "a timeout is 1 to %d ms", (int)LIMIT_CALL_TIMEOUT_MAX_MS);
        return anlan_answer(client);
    }
    rpc_client_send(client->calls, &(struct rpc_client_call){.method = method,
                                                             .body = {request, length},
                                                             .credential = credential_of(client),
                                                             .timeout_ms = timeout_ms,
                                                             .done = done,
                                                             .user = &waiting});
    pthread_mutex_lock(&waiting.mutex);
    while (!waiting.ended)
        pthread_cond_wait(&waiting.cond, &waiting.mutex);
    pthread_mutex_unlock(&waiting.mutex);
    if (status_ok(&client->status)) {
        *reply = waiting.body.data;
        *reply_length = waiting.body.length;
    }
    return anlan_answer(client);
}
