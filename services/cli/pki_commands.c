// SPDX-License-Identifier: Apache-2.0
// A small authority for tests and small installations: certificates of servers and clients, and the revocation list.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/clock.h"
#include "commands.h"
#include "crypto/pki.h"

#define AUTHORITY_DAYS 3650
#define LIST_DAYS 365
#define DAYS_DEFAULT 365
#define DAYS_MOST 825
#define HOSTS_MOST 16
// Clocks of peers may be a little behind.
#define BACKDATED (5 * 60 * CLOCK_SECOND)

static const char *path_of(struct cli *cli, const char *name, const char *suffix)
{
    char *path = arena_printf(&cli->arena, "%s/%s.%s", cli->arguments[0], name, suffix);
    CHECK(path);
    return path;
}

static struct crypto_authority authority_of(struct cli *cli)
{
    return (struct crypto_authority){.certificate = path_of(cli, "ca", "crt"), .key = path_of(cli, "ca", "key")};
}

static int fail(const struct status *status)
{
    fprintf(stderr, "anlan: %s\n", status->message);
    return CLI_FAILED;
}

static int usage(const struct cli *cli, struct cli_text text)
{
    fprintf(stderr, "anlan: %s\n", cli_say(cli, text));
    return CLI_USAGE;
}

static int write_list(struct cli *cli, const char *revoked)
{
    struct status status = {0};
    struct crypto_authority authority = authority_of(cli);
    const char *list = path_of(cli, "ca", "crl");
    if (!crypto_pki_revoke(&authority, list, revoked, clock_now() + LIST_DAYS * CLOCK_DAY, &status))
        return fail(&status);
    printf("%s\n", list);
    return CLI_OK;
}

int pki_command_init(struct cli *cli)
{
    struct status status = {0};
    const char *name = cli_option(cli, "name");
    struct crypto_authority authority = authority_of(cli);
    clock_time now = clock_now();
    if (mkdir(cli->arguments[0], 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "anlan: %s: %s\n", cli->arguments[0], strerror(errno));
        return CLI_FAILED;
    }
    if (!crypto_pki_authority(&authority, name ? name : "Anlan", now - BACKDATED, now + AUTHORITY_DAYS * CLOCK_DAY,
                              &status))
        return fail(&status);
    printf("%s\n", authority.certificate);
    return write_list(cli, NULL);
}

// A name that is a file's: letters, digits and - _ . within.
static bool name_good(const char *name)
{
    static const char most[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return *name && *name != '.' && strlen(name) <= 64 && strspn(name, most) == strlen(name) && strcmp(name, "ca") != 0;
}

static bool read_peer(struct cli *cli, struct crypto_peer *peer)
{
    const char *unit = cli_option(cli, "unit");
    const char *client = cli_option(cli, "client");
    peer->kind = unit ? CRYPTO_PEER_UNIT : client ? CRYPTO_PEER_CLIENT : CRYPTO_PEER_NONE;
    if (unit && client)
        return false;
    return peer->kind == CRYPTO_PEER_NONE || uuid_parse(unit ? unit : client, &peer->id);
}

static bool read_days(const struct cli *cli, long *days)
{
    const char *text = cli_option(cli, "days");
    char *end = NULL;
    *days = text ? strtol(text, &end, 10) : DAYS_DEFAULT;
    return *days >= 1 && *days <= DAYS_MOST && (!text || *end == '\0');
}

static int issue(struct cli *cli, struct crypto_certificate_request *request)
{
    struct status status = {0};
    long days = 0;
    struct crypto_authority authority = authority_of(cli);
    if (cli->argument_count != 2 || !name_good(cli->arguments[1]))
        return usage(cli, (struct cli_text){"DIR NAME: a name has 1 to 64 letters, digits, - _ . and is not ca",
                                            "参数为 目录 名称：名称为 1 至 64 个字母、数字、- _ .，且不是 ca"});
    if (!read_peer(cli, &request->peer))
        return usage(
            cli, (struct cli_text){"--unit or --client: one of them, a UUID", "--unit 或 --client：二者之一，为 UUID"});
    if (!read_days(cli, &days))
        return usage(cli, (struct cli_text){"--days: 1 to 825", "--days：1 至 825"});
    request->name = cli->arguments[1];
    request->from = clock_now() - BACKDATED;
    request->to = clock_now() + days * CLOCK_DAY;
    const char *certificate = path_of(cli, request->name, "crt");
    const char *key = path_of(cli, request->name, "key");
    if (!crypto_pki_issue(&authority, request, certificate, key, &status))
        return fail(&status);
    printf("%s\n%s\n", certificate, key);
    return CLI_OK;
}

int pki_command_server(struct cli *cli)
{
    const char *hosts[HOSTS_MOST];
    struct crypto_certificate_request request = {.hosts = hosts};
    for (size_t i = 0; i < cli->given_count && request.host_count < HOSTS_MOST; i++)
        if (strcmp(cli->given[i].name, "host") == 0)
            hosts[request.host_count++] = cli->given[i].value;
    if (request.host_count == 0)
        return usage(cli, (struct cli_text){"--host is missing", "缺少选项 --host"});
    return issue(cli, &request);
}

int pki_command_client(struct cli *cli)
{
    struct crypto_certificate_request request = {0};
    if (!cli_option(cli, "unit") && !cli_option(cli, "client"))
        return usage(cli, (struct cli_text){"--unit or --client is missing", "缺少选项 --unit 或 --client"});
    return issue(cli, &request);
}

int pki_command_revoke(struct cli *cli)
{
    if (cli->argument_count != 2 || !name_good(cli->arguments[1]))
        return usage(cli, (struct cli_text){"DIR NAME", "参数为 目录 名称"});
    return write_list(cli, path_of(cli, cli->arguments[1], "crt"));
}

int pki_command_renew(struct cli *cli)
{
    return write_list(cli, NULL);
}

int pki_command_show(struct cli *cli)
{
    for (size_t i = 0; i < cli->argument_count; i++) {
        struct status status = {0};
        if (!crypto_pki_show(cli->arguments[i], stdout, &status))
            return fail(&status);
    }
    return CLI_OK;
}
