// SPDX-License-Identifier: Apache-2.0
// Keys and tokens of an instance: what its administrator does on its own machine.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "access/token.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"
#include "commands.h"
#include "crypto/seal.h"
#include "service/values.h"

static char *path_in(struct cli *cli, const char *directory, const char *name)
{
    char *path = arena_printf(&cli->arena, "%s/%s", directory, name);
    CHECK(path);
    return path;
}

static int complain(const struct cli *cli, const char *path, const char *what)
{
    (void)cli;
    fprintf(stderr, "anlan: %s: %s\n", path, what);
    return CLI_FAILED;
}

int keys_command_init(struct cli *cli)
{
    static const char *const names[] = {"token-1", "service-1", "session-1"};
    const char *directory = cli->arguments[0];
    const char *id_path = path_in(cli, directory, "instance.id");
    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return complain(cli, directory, strerror(errno));
    FILE *file = fopen(id_path, "wx");
    if (!file)
        return complain(cli, id_path, strerror(errno));
    char id[UUID_TEXT_SIZE];
    struct uuid instance = uuid_make(clock_now());
    uuid_format(&instance, id);
    fprintf(file, "%s\n", id);
    if (fclose(file) != 0)
        return complain(cli, id_path, strerror(errno));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char *base = path_in(cli, directory, names[i]);
        if (!crypto_key_create(arena_printf(&cli->arena, "%s.key", base), arena_printf(&cli->arena, "%s.pub", base)))
            return complain(cli, base, strerror(errno));
    }
    static const char *const secrets[] = {"seal-1.key", "webhook.key"};
    for (size_t i = 0; i < COUNT_OF(secrets); i++) {
        const char *path = path_in(cli, directory, secrets[i]);
        if (!crypto_seal_key_create(path))
            return complain(cli, path, strerror(errno));
    }
    printf("%s\n", id);
    return CLI_OK;
}

static char *read_instance(struct cli *cli, const char *directory)
{
    char text[64] = "";
    struct uuid id;
    const char *path = path_in(cli, directory, "instance.id");
    FILE *file = fopen(path, "r");
    bool read = file && fgets(text, sizeof(text), file);
    if (file)
        fclose(file);
    text[strcspn(text, "\n")] = '\0';
    if (!read || !uuid_parse(text, &id)) {
        complain(cli, path, "not the id of an instance");
        return NULL;
    }
    return arena_text(&cli->arena, text, strlen(text));
}

// The id of a person by name: the same name is the same person on this instance.
static char *subject_of(struct cli *cli, const char *instance, const char *name)
{
    const char *given = cli_option(cli, "subject");
    struct uuid id;
    if (given && !uuid_parse(given, &id)) {
        complain(cli, "--subject", "not a UUID");
        return NULL;
    }
    if (given)
        return arena_text(&cli->arena, given, strlen(given));
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    const struct bytes parts[] = {{(const uint8_t *)instance, strlen(instance)}, {(const uint8_t *)name, strlen(name)}};
    crypto_sha256(parts, COUNT_OF(parts), digest);
    memcpy(id.bytes, digest, sizeof(id.bytes));
    id.bytes[6] = (uint8_t)(0x80 | (id.bytes[6] & 0x0f));
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
    return service_uuid(&id, &cli->arena);
}

// The unit of the post: --unit, or the instance itself.
static const char *unit_of(struct cli *cli, const char *instance, int *exit_status)
{
    const char *unit = cli_option(cli, "unit");
    if (cli_option(cli, "instance"))
        return instance;
    if (!unit) {
        fputs(cli_say(cli, (struct cli_text){"anlan: --unit or --instance is missing\n",
                                             "anlan：缺少选项 --unit 或 --instance\n"}),
              stderr);
        *exit_status = CLI_USAGE;
        return NULL;
    }
    struct uuid id;
    if (uuid_parse(unit, &id))
        return unit;
    complain(cli, unit, "not a UUID: anlan units get --code CODE answers a unit's id");
    *exit_status = CLI_USAGE;
    return NULL;
}

// The values of an option that may be given several times.
static char **values_of(struct cli *cli, const char *option, size_t *count)
{
    char **values = arena_array(&cli->arena, cli->given_count + 1, sizeof(char *));
    CHECK(values);
    *count = 0;
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].name, option) == 0)
            values[(*count)++] = (char *)cli->given[i].value;
    return values;
}

// Signs a token; false, told.
static bool sign_claims(struct cli *cli, const char *directory, const Anlan__Rpc__V1__Claims *claims,
                        struct bytes *token)
{
    bool service = claims->post && strcmp(claims->post->role, "service") == 0;
    access_purpose purpose = service ? ACCESS_PURPOSE(SERVICE) : ACCESS_PURPOSE(TOKEN);
    struct status status = {0};
    struct access_keys *keys = NULL;
    if (!access_keys_open(&keys, directory, &status)) {
        complain(cli, directory, status.message);
        return false;
    }
    bool good = access_token_issue(keys, purpose, ACCESS_TOKEN_PREFIX, &claims->base, clock_now(), &cli->arena, token);
    access_keys_close(keys);
    if (!good)
        complain(cli, directory, "no private key that is good now, or not yours to read");
    return good;
}

static int sign_token(struct cli *cli, const char *directory, const Anlan__Rpc__V1__Claims *claims)
{
    struct bytes token = {0};
    if (!sign_claims(cli, directory, claims, &token))
        return CLI_FAILED;
    char *text = arena_alloc(&cli->arena, TEXT_BASE64URL_SIZE(token.length));
    CHECK(text);
    text_base64url(token.data, token.length, text);
    printf("%s\n", text);
    return CLI_OK;
}

static bool lifetime_of(struct cli *cli, clock_time *lifetime)
{
    const char *hours = cli_option(cli, "hours");
    char *end = NULL;
    long number = hours ? strtol(hours, &end, 10) : 1;
    *lifetime = number * 3600 * CLOCK_SECOND;
    if (number >= 1 && *lifetime <= ACCESS_TOKEN_LIFETIME && (!end || *end == '\0'))
        return true;
    fputs(cli_say(cli, (struct cli_text){"anlan: --hours must be from 1 to 12\n", "anlan：--hours 须为 1 至 12\n"}),
          stderr);
    return false;
}

// The acting post: one of the directory, or what the key's holder vouches for. False, told, where it is missing.
static bool acting_post(struct cli *cli, const char *instance, Anlan__Rpc__V1__ActingPost *post, int *exit_status)
{
    struct uuid id;
    const char *post_id = cli_option(cli, "post");
    if (post_id && !uuid_parse(post_id, &id)) {
        *exit_status = CLI_USAGE;
        return complain(cli, post_id, "not a UUID"), false;
    }
    if (post_id) {
        post->post_id = (char *)post_id;
        post->unit_id = (char *)instance;    // the directory says where it is
        return true;
    }
    const char *role = cli_required(cli, "role");
    const char *unit = role ? unit_of(cli, instance, exit_status) : NULL;
    if (!role)
        *exit_status = CLI_USAGE;
    post->role = (char *)role;
    post->unit_id = (char *)unit;
    post->sectors = values_of(cli, "sector", &post->n_sectors);
    return unit != NULL;
}

static const char *name_of(const struct cli *cli)
{
    const char *name = cli_option(cli, "name");
    if (!name)
        name = cli_option(cli, "role");
    return name ? name : "anlan";
}

// Fills in who somebody is on this instance, from now on for so long.
static void identify(struct cli *cli, Anlan__Rpc__V1__Claims *claims, const char *instance, const char *subject,
                     const char *name, clock_time lifetime)
{
    clock_time now = clock_now();
    struct uuid token_id = uuid_make(now);
    claims->instance_id = (char *)instance;
    claims->token_id = service_uuid(&token_id, &cli->arena);
    claims->subject_id = (char *)subject;
    claims->subject_name = (char *)name;
    claims->issued_at = service_timestamp(now, &cli->arena);
    claims->expires_at = service_timestamp(now + lifetime, &cli->arena);
}

bool keys_act_as_holder(struct cli *cli, const char *directory, const char *name)
{
    const char *instance = read_instance(cli, directory);
    const char *subject = instance ? subject_of(cli, instance, name) : NULL;
    Anlan__Rpc__V1__ActingPost post = ANLAN__RPC__V1__ACTING_POST__INIT;
    Anlan__Rpc__V1__Claims claims = ANLAN__RPC__V1__CLAIMS__INIT;
    if (!subject)
        return false;
    post.role = (char *)"administrator";
    post.unit_id = (char *)instance;
    claims.post = &post;
    claims.subject_kind = ANLAN__RPC__V1__SUBJECT_KIND__SUBJECT_KIND_PERSON;
    identify(cli, &claims, instance, subject, name, 60 * CLOCK_SECOND);
    return sign_claims(cli, directory, &claims, &cli->credential);
}

int keys_command_token(struct cli *cli)
{
    int exit_status = CLI_FAILED;
    clock_time lifetime = 0;
    const char *directory = cli_required(cli, "keys");
    const char *name = name_of(cli);
    bool client = cli_option(cli, "client") != NULL;
    if (!directory || !lifetime_of(cli, &lifetime))
        return CLI_USAGE;
    const char *instance = read_instance(cli, directory);
    Anlan__Rpc__V1__ActingPost post = ANLAN__RPC__V1__ACTING_POST__INIT;
    if (!instance || (!client && !acting_post(cli, instance, &post, &exit_status)))
        return exit_status;
    char *subject = subject_of(cli, instance, name);
    if (!subject)
        return exit_status;
    Anlan__Rpc__V1__Claims claims = ANLAN__RPC__V1__CLAIMS__INIT;
    identify(cli, &claims, instance, subject, name, lifetime);
    claims.post = client ? NULL : &post;
    claims.subject_kind =
        client ? ANLAN__RPC__V1__SUBJECT_KIND__SUBJECT_KIND_CLIENT : ANLAN__RPC__V1__SUBJECT_KIND__SUBJECT_KIND_PERSON;
    claims.grant_ids = values_of(cli, "grant", &claims.n_grant_ids);
    return sign_token(cli, directory, &claims);
}
