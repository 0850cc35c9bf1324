// SPDX-License-Identifier: Apache-2.0
#include "delivery_outlet.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "config/config.h"
#include "crypto/seal.h"
#include "crypto/webhook.h"
#include "delivery_access.h"
#include "delivery_compose.h"
#include "endpoint_rules.h"
#include "log/log.h"
#include "metrics/metrics.h"
#include "notifications/facts.pb-c.h"
#include "notifications_sql_statements.h"
#include "send/sender.h"
#include "service/values.h"

#define CHANNEL(name) ANLAN__NOTIFICATIONS__V1__CHANNEL__CHANNEL_##name
#define STATE(name) ANLAN__NOTIFICATIONS__V1__DELIVERY_STATE__DELIVERY_STATE_##name
#define RESULT(name) ANLAN__NOTIFICATIONS__V1__ATTEMPT_RESULT__ATTEMPT_RESULT_##name
#define SERVICE "anlan.notifications.v1.DeliveryService/"
#define MARGIN_SECONDS 15    // behind the time-out of an attempt, until somebody else may send

#define CHANNELS 3
#define RESULTS 5

typedef Anlan__Notifications__V1__Delivery delivery;
typedef Anlan__Notifications__V1__Endpoint endpoint;
typedef Anlan__Notifications__V1__Message message;

const struct config_setting delivery_settings[DELIVERY_SETTINGS] = {
    {"webhook-allow", "NETWORKS", "",
     "Networks that are not public and may be called by webhooks all the same: 10.1.0.0/16,fd00:1::/64 (serve)."},
    {"webhook-http", "yes|no", "no", "Whether webhooks may be called without TLS, in those networks alone (serve)."},
    {"webhook-ca", "FILE", "", "Authorities of webhooks' certificates, in PEM; the system's otherwise (serve)."},
    {"mail-server", "URL", "",
     "Where mail goes: smtps://HOST[:PORT], or smtp://HOST[:PORT], which must offer STARTTLS; none: no mail is sent "
     "(serve)."},
    {"mail-ca", "FILE", "", "Authorities of its certificate, in PEM; the system's otherwise (serve)."},
    {"mail-from", "ADDRESS", "", "From whom mail is (serve)."},
    {"mail-user", "NAME", "", "The user of the mail server, where it wants one (serve)."},
    {"mail-secret", "FILE", "", "A file with the user's password (serve)."},
    {"send-timeout", "SECONDS", "20", "How long a call of a webhook or a mail may take, 1 to 300 (serve)."},
};

// An attempt on its way.
struct parcel {
    char tenant_id[UUID_TEXT_SIZE];
    char id[UUID_TEXT_SIZE];
    int64_t version;
    Anlan__Notifications__V1__Channel channel;
    bool last;
    struct sender_done done;
    Anlan__Notifications__V1__AttemptResult result;    // of what was not sent at all
    struct parcel *next;
};

struct outbox {
    struct sender *sender;
    struct crypto_seal_key *key;    // webhooks' secrets follow from it; NULL: there is none
    const char *from;
    long timeout_seconds;
    struct parcel *first;    // that were not sent at all
    _Atomic int64_t ended[CHANNELS][RESULTS];
    struct metrics_histogram seconds[CHANNELS];
    _Atomic int64_t waiting;
    _Atomic int64_t dead;
    _Atomic int64_t oldest_seconds;
    _Atomic int64_t under_way;
};

static void outbox_close(void *user)
{
    struct outbox *outbox = user;
    while (outbox->first) {
        struct parcel *next = outbox->first->next;
        free(outbox->first);
        outbox->first = next;
    }
    sender_close(outbox->sender);
    crypto_seal_key_free(outbox->key);
    free(outbox);
}

static bool read_key(struct outbox *outbox, const char *directory, struct status *status)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/webhook.key", directory);
    if (access(path, F_OK) != 0)
        return true;
    return crypto_seal_key_read(path, 1, &outbox->key) ||
           status_set(status, REASON(FIELD_INVALID), "%s: no key that can be read", path);
}

static bool check_settings(struct outbox *outbox, const struct config *config, struct status *status)
{
    const char *plain = config_text(config, "webhook-http");
    if (strcmp(plain, "yes") != 0 && strcmp(plain, "no") != 0)
        return status_set(status, REASON(FIELD_INVALID), "webhook-http: yes or no");
    if (!config_integer(config, "send-timeout", 1, 300, &outbox->timeout_seconds, stderr))
        return status_set(status, REASON(FIELD_INVALID), "send-timeout: 1 to 300");
    if (*config_text(config, "mail-server") && endpoint_rules_address_fault(CHANNEL(EMAIL), outbox->from))
        return status_set(status, REASON(FIELD_INVALID),
                          "mail-from: an address is needed where there is a mail-server");
    return true;
}

static bool outbox_open(const struct service_outlet_setup *setup, void **user, struct status *status)
{
    const struct config *config = setup->config;
    struct outbox *outbox = calloc(1, sizeof(*outbox));
    CHECK(outbox);
    outbox->from = config_text(config, "mail-from");
    bool good = check_settings(outbox, config, status) && read_key(outbox, config_text(config, "keys"), status);
    const struct sender_settings settings = {
        .allow = config_text(config, "webhook-allow"),
        .plain = strcmp(config_text(config, "webhook-http"), "yes") == 0,
        .ca = config_text(config, "webhook-ca"),
        .mail_server = config_text(config, "mail-server"),
        .mail_ca = config_text(config, "mail-ca"),
        .mail_user = config_text(config, "mail-user"),
        .mail_secret = config_text(config, "mail-secret"),
        .timeout_ms = outbox->timeout_seconds * 1000,
    };
    if (!good || !sender_open(&outbox->sender, &settings, status)) {
        outbox_close(outbox);
        return false;
    }
    *user = outbox;
    return true;
}

static bool outbox_begin(void *user, const ProtobufCMessage *due, struct arena *arena, struct service_command *command)
{
    static const status_reason settled[] = {REASON(VERSION_CONFLICT), REASON(STATE_CONFLICT), REASON(UNSPECIFIED)};
    struct outbox *outbox = user;
    const Anlan__Notifications__Facts__Parcel *parcel = (const void *)due;
    Anlan__Notifications__V1__BeginAttemptRequest *request = arena_alloc(arena, sizeof(*request));
    const delivery *d =
        anlan__notifications__v1__delivery__unpack(&arena->protobuf, parcel->delivery.len, parcel->delivery.data);
    if (!request || !d || sender_busy(outbox->sender) >= SENDER_MOST)
        return false;
    anlan__notifications__v1__begin_attempt_request__init(request);
    request->tenant_id = d->tenant_id;
    request->id = d->id;
    request->version = d->version;
    request->seconds = (int32_t)outbox->timeout_seconds + MARGIN_SECONDS;
    *command =
        (struct service_command){.method = SERVICE "BeginAttempt", .request = &request->base, .settled = settled};
    return true;
}

// It ends without having been sent.
static void put_back(struct outbox *outbox, struct parcel *parcel, Anlan__Notifications__V1__AttemptResult result,
                     const char *why)
{
    parcel->result = result;
    snprintf(parcel->done.outcome, sizeof(parcel->done.outcome), "%s", why);
    parcel->next = outbox->first;
    outbox->first = parcel;
}

static void post(struct outbox *outbox, struct parcel *parcel, const message *m, const endpoint *to,
                 const struct service_outlet_input *input)
{
    struct bytes event;
    struct uuid id;
    struct arena *arena = input->arena;
    int64_t seconds = input->now / CLOCK_SECOND;
    if (!outbox->key) {
        put_back(outbox, parcel, RESULT(FAILED), "this instance has no webhook.key");
        return;
    }
    bool composed = uuid_parse(to->id, &id) && delivery_compose_event(m, to, arena, &event);
    const char *signature =
        composed ? crypto_webhook_signature(outbox->key, &id, to->secret_number, m->id, seconds, event, arena) : NULL;
    if (signature && to->former_secret_until && service_time(to->former_secret_until) > input->now)
        signature = arena_printf(
            arena, "%s %s", signature,
            crypto_webhook_signature(outbox->key, &id, to->secret_number - 1, m->id, seconds, event, arena));
    if (!signature || arena->exhausted) {
        put_back(outbox, parcel, RESULT(FAILED), "it needs too much memory");
        return;
    }
    const char *const headers[] = {"Content-Type: application/cloudevents+json; charset=UTF-8",
                                   "Expect:",
                                   "User-Agent: anlan/" ANLAN_VERSION,
                                   arena_printf(arena, "webhook-id: %s", m->id),
                                   arena_printf(arena, "webhook-timestamp: %lld", (long long)seconds),
                                   arena_printf(arena, "webhook-signature: %s", signature),
                                   NULL};
    if (arena->exhausted)
        put_back(outbox, parcel, RESULT(FAILED), "it needs too much memory");
    else
        sender_post(outbox->sender, to->address, headers, event, parcel);
}

static void mail(struct outbox *outbox, struct parcel *parcel, const message *m, const endpoint *to,
                 const struct service_outlet_input *input)
{
    struct bytes composed;
    if (!*outbox->from)
        put_back(outbox, parcel, RESULT(FAILED), "this instance has no mail-server");
    else if (delivery_compose_mail(m, to, outbox->from, input->arena, &composed))
        sender_mail(outbox->sender, outbox->from, to->address, composed, parcel);
    else
        put_back(outbox, parcel, RESULT(REFUSED), "no mail can be made of it");
}

static struct parcel *parcel_new(const delivery *d)
{
    struct parcel *parcel = calloc(1, sizeof(*parcel));
    CHECK(parcel);
    snprintf(parcel->tenant_id, sizeof(parcel->tenant_id), "%s", d->tenant_id);
    snprintf(parcel->id, sizeof(parcel->id), "%s", d->id);
    parcel->version = d->version;
    parcel->channel = d->channel;
    parcel->last = d->attempts >= d->attempts_most;
    return parcel;
}

// The last look before it leaves: who lost his access meanwhile is not sent it.
static void outbox_send(void *user, const struct service_outlet_input *input)
{
    struct outbox *outbox = user;
    const Anlan__Notifications__Facts__Parcel *said = (const void *)input->due;
    const delivery *d = (const delivery *)input->record;
    struct arena *arena = input->arena;
    struct status behind = {0};
    const struct access_freshness freshness = {.now = clock_monotonic()};
    if (d->state != STATE(SENDING))
        return;
    struct parcel *parcel = parcel_new(d);
    const message *m =
        anlan__notifications__v1__message__unpack(&arena->protobuf, said->message.len, said->message.data);
    const endpoint *to =
        anlan__notifications__v1__endpoint__unpack(&arena->protobuf, said->endpoint.len, said->endpoint.data);
    if (!m || !to)
        put_back(outbox, parcel, RESULT(FAILED), "it needs too much memory");
    else if (to->retired)
        put_back(outbox, parcel, RESULT(WITHDRAWN), "the endpoint is retired");
    else if (!access_fresh(input->access->directory, &freshness, &behind))
        put_back(outbox, parcel, RESULT(FAILED), "the copy of the directory is too old");
    else if (!delivery_access_stands(input->access, to, m, input->now, arena))
        put_back(outbox, parcel, RESULT(WITHDRAWN), "who would receive it has no access to it any more");
    else if (to->channel == CHANNEL(EMAIL))
        mail(outbox, parcel, m, to, input);
    else
        post(outbox, parcel, m, to, input);
    atomic_store(&outbox->under_way, (int64_t)sender_busy(outbox->sender));
}

// What ended next; NULL: nothing.
static struct parcel *take_ended(struct outbox *outbox, int wait_ms)
{
    static const Anlan__Notifications__V1__AttemptResult results[] = {
        [SENDER_TAKEN] = RESULT(TAKEN), [SENDER_FAILED] = RESULT(FAILED), [SENDER_REFUSED] = RESULT(REFUSED)};
    struct sender_done done;
    struct parcel *parcel = outbox->first;
    if (parcel) {
        outbox->first = parcel->next;
        return parcel;
    }
    if (!sender_next(outbox->sender, wait_ms, &done))
        return NULL;
    parcel = done.user;
    parcel->done = done;
    parcel->result = results[done.result];
    metrics_observe(&outbox->seconds[parcel->channel], &metrics_durations, done.took_ms * CLOCK_MILLISECOND);
    return parcel;
}

static void note(struct outbox *outbox, const struct parcel *parcel)
{
    bool dead = parcel->result == RESULT(REFUSED) || (parcel->result == RESULT(FAILED) && parcel->last);
    metrics_add(&outbox->ended[parcel->channel][parcel->result], 1);
    atomic_store(&outbox->under_way, (int64_t)sender_busy(outbox->sender));
    if (dead)
        LOG(LOG_WARNING, "delivery.dead", LOG_T("tenant", parcel->tenant_id), LOG_T("delivery", parcel->id),
            LOG_T("outcome", parcel->done.outcome));
}

static bool outbox_next(void *user, int wait_ms, struct arena *arena, struct service_command *command)
{
    static const status_reason settled[] = {REASON(VERSION_CONFLICT), REASON(STATE_CONFLICT), REASON(UNSPECIFIED)};
    struct outbox *outbox = user;
    struct parcel *parcel = take_ended(outbox, wait_ms);
    if (!parcel)
        return false;
    Anlan__Notifications__V1__EndAttemptRequest *request = arena_alloc(arena, sizeof(*request));
    CHECK(request);
    anlan__notifications__v1__end_attempt_request__init(request);
    request->tenant_id = arena_text(arena, parcel->tenant_id, strlen(parcel->tenant_id));
    request->id = arena_text(arena, parcel->id, strlen(parcel->id));
    request->outcome = arena_text(arena, parcel->done.outcome, strlen(parcel->done.outcome));
    CHECK(request->tenant_id && request->id && request->outcome);
    request->version = parcel->version;
    request->result = parcel->result;
    request->took_ms = parcel->done.took_ms;
    request->retry_after_seconds = parcel->done.retry_after_seconds;
    *command = (struct service_command){.method = SERVICE "EndAttempt", .request = &request->base, .settled = settled};
    note(outbox, parcel);
    free(parcel);
    return true;
}

static void outbox_know(void *user, const ProtobufCMessage *row)
{
    struct outbox *outbox = user;
    const Anlan__Notifications__Facts__Figures *figures = (const void *)row;
    atomic_store(&outbox->waiting, figures->waiting);
    atomic_store(&outbox->dead, figures->dead);
    atomic_store(&outbox->oldest_seconds, figures->oldest_seconds);
}

static void tell_one(FILE *out, const char *name, const char *help, _Atomic int64_t *value)
{
    metrics_family(out, name, "gauge", help);
    metrics_sample(out, name, "", (double)atomic_load(value));
}

static void outbox_tell(void *user, FILE *out)
{
    static const char *const channels[CHANNELS] = {"", "webhook", "email"};
    static const char *const results[RESULTS] = {"", "taken", "failed", "refused", "withdrawn"};
    struct outbox *outbox = user;
    char labels[64];
    metrics_family(out, "anlan_delivery_attempts_total", "counter", "Attempts to send a message, by how they ended.");
    for (size_t channel = 1; channel < CHANNELS; channel++)
        for (size_t result = 1; result < RESULTS; result++) {
            snprintf(labels, sizeof(labels), "channel=\"%s\",result=\"%s\"", channels[channel], results[result]);
            metrics_sample(out, "anlan_delivery_attempts_total", labels,
                           (double)atomic_load(&outbox->ended[channel][result]));
        }
    metrics_family(out, "anlan_delivery_seconds", "histogram", "How long an attempt to send took.");
    for (size_t channel = 1; channel < CHANNELS; channel++) {
        snprintf(labels, sizeof(labels), "channel=\"%s\"", channels[channel]);
        metrics_histogram(out, "anlan_delivery_seconds", labels, &outbox->seconds[channel], &metrics_durations);
    }
    tell_one(out, "anlan_deliveries_under_way", "Attempts of this process that are under way.", &outbox->under_way);
    tell_one(out, "anlan_deliveries_waiting", "Messages that wait to be sent, up to 100,000.", &outbox->waiting);
    tell_one(out, "anlan_deliveries_dead", "Dead letters, up to 100,000.", &outbox->dead);
    tell_one(out, "anlan_delivery_queue_age_seconds", "Since the oldest of those that wait was to be tried.",
             &outbox->oldest_seconds);
}

static int64_t outbox_attention(void *user)
{
    struct outbox *outbox = user;
    return atomic_load(&outbox->dead);
}

const struct service_outlet delivery_outlet = {
    .name = "deliveries",
    .due = &notifications_sql_delivery_due,
    .asked = &anlan__notifications__facts__parcel__descriptor,
    .figures = &notifications_sql_delivery_figures,
    .figured = &anlan__notifications__facts__figures__descriptor,
    .open = outbox_open,
    .close = outbox_close,
    .begin = outbox_begin,
    .send = outbox_send,
    .next = outbox_next,
    .know = outbox_know,
    .tell = outbox_tell,
    .attention = outbox_attention,
};
