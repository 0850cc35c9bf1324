// SPDX-License-Identifier: Apache-2.0
// The files that two instances exchange.
#include <string.h>

#include "base/check.h"
#include "base/uuid.h"
#include "crypto/certificate.h"
#include "crypto/crypto.h"
#include "instances.h"
#include "json.h"
#include "service/values.h"

#define LIST_UNITS "anlan.organisations.v1.OrganisationsService/ListUnits"
#define AUTHORITY_BYTES 16384
#define UNITS_MOST 100000
#define ADDRESSES_SIZE 1000

// The services with the ports that deploy/services gives them: calls, and behind that the feed.
static const struct {
    const char *name;
    unsigned port;
} services[] = {{"organisations", 7410}, {"hazards", 7420}, {"tasks", 7430}, {"notifications", 7440}};

static bool complain(const char *what, const char *why)
{
    fprintf(stderr, "anlan: %s: %s\n", what, why);
    return false;
}

static char *read_text(struct cli *cli, const char *path, size_t most)
{
    char *text = arena_alloc(&cli->arena, most + 1);
    FILE *file = fopen(path, "r");
    CHECK(text);
    size_t length = file ? fread(text, 1, most, file) : 0;
    bool whole = file && !ferror(file) && fgetc(file) == EOF;
    if (file)
        fclose(file);
    text[length] = '\0';
    return whole && length > 0 && strlen(text) == length ? text : NULL;
}

static void append(char *list, const char *host, unsigned port)
{
    size_t used = strlen(list);
    bool bare = strchr(host, ':') && *host != '[';
    snprintf(list + used, ADDRESSES_SIZE - used, bare ? "%stls+tcp://[%s]:%u" : "%stls+tcp://%s:%u", used ? "," : "",
             host, port);
}

// The four services at the hosts that --host names.
static void take_hosts(struct cli *cli, Anlan__Organisations__V1__InstanceAddresses *addresses)
{
    for (size_t s = 0; s < COUNT_OF(services); s++) {
        Anlan__Organisations__V1__ServiceAddresses *at = arena_alloc(&cli->arena, sizeof(*at));
        char *calls = arena_alloc(&cli->arena, ADDRESSES_SIZE);
        char *feed = arena_alloc(&cli->arena, ADDRESSES_SIZE);
        CHECK(at && calls && feed);
        anlan__organisations__v1__service_addresses__init(at);
        for (size_t i = 0; i < cli->given_count; i++)
            if (strcmp(cli->given[i].name, "host") == 0) {
                append(calls, cli->given[i].value, services[s].port);
                append(feed, cli->given[i].value, services[s].port + 1);
            }
        at->service = (char *)services[s].name;
        at->calls = calls;
        at->feed = feed;
        addresses->services[addresses->n_services++] = at;
    }
}

// SERVICE=CALLS,FEED.
static bool take_address(struct cli *cli, const char *text, Anlan__Organisations__V1__InstanceAddresses *addresses)
{
    const char *equals = strchr(text, '=');
    const char *comma = equals ? strchr(equals, ',') : NULL;
    if (!comma || equals == text)
        return complain("--address", text);
    Anlan__Organisations__V1__ServiceAddresses *at = arena_alloc(&cli->arena, sizeof(*at));
    CHECK(at);
    anlan__organisations__v1__service_addresses__init(at);
    at->service = arena_text(&cli->arena, text, (size_t)(equals - text));
    at->calls = arena_text(&cli->arena, equals + 1, (size_t)(comma - equals - 1));
    at->feed = arena_text(&cli->arena, comma + 1, strlen(comma + 1));
    for (size_t i = 0; i < addresses->n_services; i++)
        if (strcmp(addresses->services[i]->service, at->service) == 0) {
            addresses->services[i] = at;
            return true;
        }
    addresses->services[addresses->n_services++] = at;
    return true;
}

static bool take_addresses(struct cli *cli, Anlan__Organisations__V1__InstanceAddresses *addresses)
{
    anlan__organisations__v1__instance_addresses__init(addresses);
    addresses->services = arena_array(&cli->arena, COUNT_OF(services) + CLI_OPTIONS_MOST, sizeof(*addresses->services));
    CHECK(addresses->services);
    if (cli_option(cli, "host"))
        take_hosts(cli, addresses);
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].name, "address") == 0 && !take_address(cli, cli->given[i].value, addresses))
            return false;
    if (addresses->n_services == 0)
        fputs(cli_say(cli, (struct cli_text){"anlan: --host or --address is missing\n",
                                             "anlan：缺少选项 --host 或 --address\n"}),
              stderr);
    return addresses->n_services > 0;
}

static char *read_id(struct cli *cli, const char *directory)
{
    struct uuid id;
    char *text = read_text(cli, arena_printf(&cli->arena, "%s/instance.id", directory), 64);
    if (text)
        text[strcspn(text, "\n")] = '\0';
    if (text && uuid_parse(text, &id))
        return text;
    complain(directory, "no instance.id in it");
    return NULL;
}

bool instances_offer(struct cli *cli, instance_offer *offer, int *exit_status)
{
    Anlan__Organisations__V1__InstanceAddresses *addresses = arena_alloc(&cli->arena, sizeof(*addresses));
    CHECK(addresses);
    anlan__organisations__v1__instance_offer__init(offer);
    *exit_status = CLI_USAGE;
    const char *keys = cli_required(cli, "keys");
    const char *authority = keys ? cli_required(cli, "ca") : NULL;
    offer->display_name = authority ? (char *)cli_required(cli, "name") : NULL;
    if (!offer->display_name || !take_addresses(cli, addresses))
        return false;
    *exit_status = CLI_FAILED;
    offer->addresses = addresses;
    offer->id = read_id(cli, keys);
    offer->certificate_authority = read_text(cli, authority, AUTHORITY_BYTES);
    offer->written_at = service_timestamp(clock_now(), &cli->arena);
    if (!offer->id)
        return false;
    return (offer->certificate_authority && crypto_authority_good(offer->certificate_authority)) ||
           complain(authority, cli_say(cli, (struct cli_text){"must be certificates of an authority, and nothing else",
                                                              "应为证书机构的证书，且不得含其他内容"}));
}

// The same whatever a program has done to the file's spaces and lines.
static void tell_fingerprint(struct cli *cli, const ProtobufCMessage *message)
{
    size_t length = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = arena_alloc(&cli->arena, length + 1);
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    CHECK(packed);
    protobuf_c_message_pack(message, packed);
    crypto_sha256(&(const struct bytes){packed, length}, 1, digest);
    fputs(cli_say(cli, (struct cli_text){"fingerprint, to be compared by telephone:", "文件指纹，请电话核对："}),
          stderr);
    for (size_t i = 0; i < 10; i++)
        fprintf(stderr, i % 2 ? "%02x" : " %02x", digest[i]);
    fputc('\n', stderr);
}

void instances_write(struct cli *cli, const ProtobufCMessage *message)
{
    cli_print_json(message, true);
    tell_fingerprint(cli, message);
}

ProtobufCMessage *instances_read(struct cli *cli, const char *path, const ProtobufCMessageDescriptor *descriptor)
{
    json_error_t fault;
    struct status status = {0};
    json_t *json = json_load_file(path, 0, &fault);
    if (!json) {
        complain(path, fault.text);
        return NULL;
    }
    ProtobufCMessage *message = json_to_message(json, descriptor, &cli->arena, &status);
    json_decref(json);
    if (!message)
        cli_tell(cli, &status);
    else
        tell_fingerprint(cli, message);
    return message;
}

instance_unit **instances_units(struct cli *cli, size_t *count, int *exit_status)
{
    Anlan__Organisations__V1__ListUnitsRequest request = ANLAN__ORGANISATIONS__V1__LIST_UNITS_REQUEST__INIT;
    instance_unit **units = arena_array(&cli->arena, UNITS_MOST, sizeof(*units));
    CHECK(units);
    request.page_size = 1000;
    request.include_retired = true;    // they keep their ids and codes
    *count = 0;
    do {
        const Anlan__Organisations__V1__ListUnitsResponse *page =
            (const void *)cli_call(cli, CLI_ORGANISATIONS, LIST_UNITS, &request.base, exit_status);
        if (!page)
            return NULL;
        for (size_t i = 0; i < page->n_units && *count < UNITS_MOST; i++)
            units[(*count)++] = page->units[i];
        request.page_token = page->next_page_token;
    } while (*request.page_token);
    return units;
}

instance_unit *instances_unit(instance_unit *const *units, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(units[i]->id, id) == 0)
            return units[i];
    return NULL;
}
