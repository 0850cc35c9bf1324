// SPDX-License-Identifier: Apache-2.0
#include "endpoint_rules.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "notifications/facts.pb-c.h"
#include "service/values.h"

#define CHANNEL(name) ANLAN__NOTIFICATIONS__V1__CHANNEL__CHANNEL_##name
#define ATTEMPTS_DEFAULT 12
#define WAIT_DEFAULT 30
#define FORMER_SECRET (24 * 3600 * CLOCK_SECOND)
#define MAIL_MOST 254    // bytes of an address (RFC 5321, 4.5.3.1.3)

typedef Anlan__Notifications__V1__Endpoint endpoint;

// Letters, digits and what else may stand in a URL or an address as it is: nothing that ends a line, quotes or hides.
static bool is_plain(const char *text, const char *others)
{
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr(others, *text))
            return false;
    return true;
}

// The end of "[::1]:8443" or "example.org:8443"; 0 where it is neither.
static size_t authority_length(const char *at)
{
    size_t length = strcspn(at, "/?");
    size_t host = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":/?");
    size_t digits = host < length && at[host] == ':' ? strspn(at + host + 1, "0123456789") : 0;
    bool good = host > 0 && host <= length && (host == length || (digits > 0 && digits < 6)) &&
                length == host + (host < length ? digits + 1 : 0);
    return good ? length : 0;
}

static const char *url_fault(const char *url)
{
    const char *at = strstr(url, "://");
    bool known = strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
    if (!known || !at)
        return "begins with https://, or, where the instance allows it, http://";
    if (!is_plain(url, "-._~:/?[]!$&'()*+,;=%"))
        return "has a character that no URL has, a user or a fragment";
    return authority_length(at + 3) > 0 ? NULL : "names no host";
}

static const char *mail_fault(const char *address)
{
    const char *at = strchr(address, '@');
    const char *domain = at ? at + 1 : "";
    size_t local = at ? (size_t)(at - address) : 0;
    if (!is_plain(address, "-._+@") || local == 0 || local > 64 || strlen(address) > MAIL_MOST || strchr(domain, '@') ||
        !strchr(domain, '.') || *domain == '.' || strstr(address, "..") || *address == '.' || *address == '-')
        return "is no address such as duty@example.org";
    return NULL;
}

const char *endpoint_rules_address_fault(Anlan__Notifications__V1__Channel channel, const char *address)
{
    switch (channel) {
    case CHANNEL(WEBHOOK):
        return url_fault(address);
    case CHANNEL(EMAIL):
        return mail_fault(address);
    case CHANNEL(UNSPECIFIED):
    case _ANLAN__NOTIFICATIONS__V1__CHANNEL_IS_INT_SIZE:
        break;
    }
    return "has no channel";
}

char *endpoint_rules_receiver(const endpoint *to, struct arena *arena)
{
    if (endpoint_rules_address_fault(to->channel, to->address))
        return NULL;
    if (to->channel == CHANNEL(EMAIL))
        return arena_text(arena, "mail", 4);
    size_t length = (size_t)(strstr(to->address, "://") - to->address) + 3;
    char *receiver = arena_text(arena, to->address, length + authority_length(to->address + length));
    for (char *at = receiver; at && *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return receiver;
}

// Who has something sent elsewhere must reach it himself: an endpoint gives nobody more than its maker has.
static bool maker_reaches(const struct service_rule_input *input, const char *unit_id, struct status *status)
{
    struct uuid unit;
    struct access_decision reached;
    const struct access_question question = {
        .caller = input->caller,
        .permission = "inbox.read",
        .use = ACCESS_READ,
        .within = &unit,
        .now = input->now,
    };
    return uuid_parse(unit_id, &unit) && access_decide(input->access, &question, input->arena, &reached, status);
}

static bool check(const struct service_rule_input *input, const endpoint *made, struct status *status)
{
    const char *fault = endpoint_rules_address_fault(made->channel, made->address);
    if (fault)
        status_violate(status, input->arena, "address", "%s", fault);
    if (made->below && *made->person_id)
        status_violate(status, input->arena, "below", "is for endpoints of a role");
    return status_ok(status) && maker_reaches(input, made->unit_id, status);
}

// What is not given.
static void set_defaults(endpoint *made)
{
    if (made->least_urgency == ANLAN__NOTIFICATIONS__V1__URGENCY__URGENCY_UNSPECIFIED)
        made->least_urgency = ANLAN__NOTIFICATIONS__V1__URGENCY__URGENCY_NORMAL;
    if (made->language == ANLAN__NOTIFICATIONS__V1__LANGUAGE__LANGUAGE_UNSPECIFIED)
        made->language = ANLAN__NOTIFICATIONS__V1__LANGUAGE__LANGUAGE_CHINESE;
    if (made->attempts_most == 0)
        made->attempts_most = ATTEMPTS_DEFAULT;
    if (made->first_wait_seconds == 0)
        made->first_wait_seconds = WAIT_DEFAULT;
}

static bool set_note(endpoint *made, char *note, struct arena *arena)
{
    made->detail = arena_alloc(arena, sizeof(*made->detail));
    if (!made->detail)
        return false;
    anlan__notifications__v1__endpoint_detail__init(made->detail);
    made->detail->note = note;
    return true;
}

bool endpoint_rules_create(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__CreateEndpointRequest *request = (const void *)input->request;
    const Anlan__Notifications__Facts__EndpointFacts *facts = (const void *)input->facts;
    endpoint *made = (endpoint *)after;
    (void)before;
    if (input->unit->retired)
        return status_violate(status, input->arena, "unit_id", "is retired");
    if (facts->code_taken)
        return status_set(status, REASON(RECORD_EXISTS), "the unit has an endpoint %s", request->code);
    if (!*request->role == !*request->person_id)
        return status_violate(status, input->arena, "role", "or person_id says whose messages go there");
    if (!set_note(made, request->note, input->arena))
        return false;
    made->tenant_id = service_uuid(&input->tenant_id, input->arena);
    made->id = service_uuid(&input->new_id, input->arena);
    made->version = 1;
    made->place = service_place(&input->unit->place, input->arena);
    made->unit_id = request->unit_id;
    made->role = request->role;
    made->person_id = request->person_id;
    made->code = request->code;
    made->channel = request->channel;
    made->address = request->address;
    made->least_urgency = request->least_urgency;
    made->language = request->language;
    made->attempts_most = request->attempts_most;
    made->first_wait_seconds = request->first_wait_seconds;
    made->below = request->below;
    made->secret_number = request->channel == CHANNEL(WEBHOOK) ? 1 : 0;
    made->occurred_at = service_timestamp(input->occurred_at, input->arena);
    made->entered_at = service_timestamp(input->now, input->arena);
    set_defaults(made);
    return check(input, made, status);
}

bool endpoint_rules_update(const struct service_rule_input *input, const ProtobufCMessage *before,
                           ProtobufCMessage *after, struct status *status)
{
    const Anlan__Notifications__V1__UpdateEndpointRequest *request = (const void *)input->request;
    const endpoint *was = (const endpoint *)before;
    endpoint *now = (endpoint *)after;
    if (was->version != request->version)
        return status_set(status, REASON(VERSION_CONFLICT), "its version is %lld, not %lld", (long long)was->version,
                          (long long)request->version);
    if (was->retired)
        return status_set(status, REASON(STATE_CONFLICT), "it is retired: make a new one");
    if (!set_note(now, request->note, input->arena))
        return false;
    now->version = was->version + 1;
    now->address = request->address;
    now->least_urgency = request->least_urgency;
    now->language = request->language;
    now->attempts_most = request->attempts_most;
    now->first_wait_seconds = request->first_wait_seconds;
    now->below = request->below;
    now->retired = request->retired;
    if (request->new_secret && was->channel != CHANNEL(WEBHOOK))
        return status_violate(status, input->arena, "new_secret", "is for webhooks");
    if (request->new_secret) {
        now->secret_number = was->secret_number + 1;
        now->former_secret_until = service_timestamp(input->now + FORMER_SECRET, input->arena);
    }
    set_defaults(now);
    return check(input, now, status);
}
