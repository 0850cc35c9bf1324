// SPDX-License-Identifier: Apache-2.0
// Accounts as an administrator keeps them, by their names; and clients with their keys.
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anlan/organisations/v1/accounts.pb-c.h"
#include "anlan/organisations/v1/clients.pb-c.h"
#include "base/check.h"
#include "commands.h"
#include "crypto/crypto.h"
#include "method_command.h"
#include "service/values.h"

#define ACCOUNTS "anlan.organisations.v1.AccountsService/"
#define CLIENTS "anlan.organisations.v1.ClientsService/"

typedef Anlan__Organisations__V1__Account account;

// A first password to be told: 20 of 32 digits that nobody mistakes for others, 100 bits.
static char *make_password(struct cli *cli)
{
    static const char digits[] = "abcdefghijkmnpqrstuvwxyz23456789";
    uint8_t random[20];
    char text[24];
    size_t used = 0;
    crypto_random(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++) {
        if (i > 0 && i % 5 == 0)
            text[used++] = '-';
        text[used++] = digits[random[i] % 32];
    }
    return arena_text(&cli->arena, text, used);
}

static void print_account(struct cli *cli, const account *shown)
{
    if (cli->json) {
        cli_print_json(&shown->base, false);
        return;
    }
    bool active = shown->state == ANLAN__ORGANISATIONS__V1__ACCOUNT_STATE__ACCOUNT_STATE_ACTIVE;
    printf("%s  %s  %s  %s\n", shown->id, shown->name, shown->person_name,
           cli_say(cli, active ? (struct cli_text){"active", "有效"} : (struct cli_text){"disabled", "已停用"}));
}

static void print_password(struct cli *cli, const char *password)
{
    if (cli->json)
        printf("{\"password\":\"%s\"}\n", password);
    else
        printf(cli_say(cli, (struct cli_text){"First password, to be changed when he signs in: %s\n",
                                              "初始密码（首次登录须修改）：%s\n"}),
               password);
}

// The account that --name names. NULL, told.
static const account *named_account(struct cli *cli, int *exit_status)
{
    Anlan__Organisations__V1__GetAccountRequest request = ANLAN__ORGANISATIONS__V1__GET_ACCOUNT_REQUEST__INIT;
    const char *name = cli_required(cli, "name");
    *exit_status = CLI_USAGE;
    if (!name)
        return NULL;
    request.by_case = ANLAN__ORGANISATIONS__V1__GET_ACCOUNT_REQUEST__BY_NAME;
    request.name = (char *)name;
    const Anlan__Organisations__V1__GetAccountResponse *reply =
        (const void *)cli_call(cli, CLI_ORGANISATIONS, ACCOUNTS "GetAccount", &request.base, exit_status);
    return reply ? reply->account : NULL;
}

static int show(struct cli *cli, const ProtobufCMessage *reply, int exit_status)
{
    const account *changed = reply ? (const account *)service_message_field(reply, "account") : NULL;
    if (!changed)
        return exit_status;
    print_account(cli, changed);
    return CLI_OK;
}

int accounts_command_create(struct cli *cli)
{
    int exit_status = CLI_OK;
    Anlan__Organisations__V1__CreateAccountRequest request = ANLAN__ORGANISATIONS__V1__CREATE_ACCOUNT_REQUEST__INIT;
    request.person_id = (char *)cli_required(cli, "person");
    request.name = request.person_id ? (char *)cli_required(cli, "name") : NULL;
    if (!request.name)
        return CLI_USAGE;
    request.request_id = cli_request_id(cli);
    request.password = make_password(cli);
    request.needs_second_factor = cli_option(cli, "second-factor") != NULL;
    exit_status =
        show(cli, cli_call(cli, CLI_ORGANISATIONS, ACCOUNTS "CreateAccount", &request.base, &exit_status), exit_status);
    if (exit_status == CLI_OK)
        print_password(cli, request.password);
    return exit_status;
}

static int reset(struct cli *cli, const account *was, bool drop_second_factor)
{
    int exit_status = CLI_OK;
    Anlan__Organisations__V1__ResetAccountRequest request = ANLAN__ORGANISATIONS__V1__RESET_ACCOUNT_REQUEST__INIT;
    request.request_id = cli_request_id(cli);
    request.id = was->id;
    request.version = was->version;
    request.password = make_password(cli);
    request.drop_second_factor = drop_second_factor;
    exit_status =
        show(cli, cli_call(cli, CLI_ORGANISATIONS, ACCOUNTS "ResetAccount", &request.base, &exit_status), exit_status);
    if (exit_status == CLI_OK)
        print_password(cli, request.password);
    return exit_status;
}

int accounts_command_reset(struct cli *cli)
{
    int exit_status = CLI_OK;
    const account *was = named_account(cli, &exit_status);
    return was ? reset(cli, was, cli_option(cli, "drop-second-factor") != NULL) : exit_status;
}

static const account *enable(struct cli *cli, const account *was, int *exit_status)
{
    Anlan__Organisations__V1__EnableAccountRequest request = ANLAN__ORGANISATIONS__V1__ENABLE_ACCOUNT_REQUEST__INIT;
    request.request_id = cli_request_id(cli);
    request.id = was->id;
    request.version = was->version;
    const Anlan__Organisations__V1__EnableAccountResponse *reply =
        (const void *)cli_call(cli, CLI_ORGANISATIONS, ACCOUNTS "EnableAccount", &request.base, exit_status);
    return reply ? reply->account : NULL;
}

// Nobody is left who could: who holds the keys does, on the instance's machine, and the log says so under his login.
int accounts_command_recover(struct cli *cli)
{
    int exit_status = CLI_OK;
    const struct passwd *login = getpwuid(getuid());
    const char *keys = cli_required(cli, "keys");
    const char *name =
        arena_printf(&cli->arena, cli_say(cli, (struct cli_text){"holder of the keys (%s)", "密钥持有人（%s）"}),
                     login ? login->pw_name : "?");
    if (!keys)
        return CLI_USAGE;
    if (!name || !keys_act_as_holder(cli, keys, name))
        return CLI_FAILED;
    const account *was = named_account(cli, &exit_status);
    if (was && was->state != ANLAN__ORGANISATIONS__V1__ACCOUNT_STATE__ACCOUNT_STATE_ACTIVE)
        was = enable(cli, was, &exit_status);
    return was ? reset(cli, was, true) : exit_status;
}

int accounts_command_disable(struct cli *cli)
{
    int exit_status = CLI_OK;
    const char *reason = cli_required(cli, "reason");
    const account *was = reason ? named_account(cli, &exit_status) : NULL;
    Anlan__Organisations__V1__DisableAccountRequest request = ANLAN__ORGANISATIONS__V1__DISABLE_ACCOUNT_REQUEST__INIT;
    if (!was)
        return reason ? exit_status : CLI_USAGE;
    request.request_id = cli_request_id(cli);
    request.id = was->id;
    request.version = was->version;
    request.reason = (char *)reason;
    const ProtobufCMessage *reply =
        cli_call(cli, CLI_ORGANISATIONS, ACCOUNTS "DisableAccount", &request.base, &exit_status);
    return show(cli, reply, exit_status);
}

int accounts_command_enable(struct cli *cli)
{
    int exit_status = CLI_OK;
    const account *was = named_account(cli, &exit_status);
    Anlan__Organisations__V1__EnableAccountRequest request = ANLAN__ORGANISATIONS__V1__ENABLE_ACCOUNT_REQUEST__INIT;
    if (!was)
        return exit_status;
    request.request_id = cli_request_id(cli);
    request.id = was->id;
    request.version = was->version;
    const ProtobufCMessage *reply =
        cli_call(cli, CLI_ORGANISATIONS, ACCOUNTS "EnableAccount", &request.base, &exit_status);
    return show(cli, reply, exit_status);
}

int accounts_command_second_factor(struct cli *cli)
{
    int exit_status = CLI_OK;
    const account *was = named_account(cli, &exit_status);
    Anlan__Organisations__V1__RequireSecondFactorRequest request =
        ANLAN__ORGANISATIONS__V1__REQUIRE_SECOND_FACTOR_REQUEST__INIT;
    if (!was)
        return exit_status;
    request.request_id = cli_request_id(cli);
    request.id = was->id;
    request.version = was->version;
    request.needed = cli_option(cli, "not-needed") == NULL;
    const ProtobufCMessage *reply =
        cli_call(cli, CLI_ORGANISATIONS, ACCOUNTS "RequireSecondFactor", &request.base, &exit_status);
    return show(cli, reply, exit_status);
}

int clients_command_key(struct cli *cli)
{
    const char *path = cli->arguments[0];
    const char *public_path = arena_printf(&cli->arena, "%s.pub", path);
    if (crypto_key_create(path, public_path)) {
        printf("%s\n", public_path);
        return CLI_OK;
    }
    fprintf(stderr, "anlan: %s: %s\n", path, strerror(errno));
    return CLI_FAILED;
}

// The client's proof from files: its public key, or its certificate. False, told, where neither can be read.
static bool read_proof(struct cli *cli, Anlan__Organisations__V1__RegisterClientRequest *request)
{
    const char *key_path = cli_option(cli, "public-key");
    const char *certificate = cli_option(cli, "certificate");
    struct crypto_key *key = NULL;
    uint8_t *bytes = arena_alloc(&cli->arena, CRYPTO_PUBLIC_SIZE + CRYPTO_DIGEST_SIZE);
    CHECK(bytes);
    if (!key_path && !certificate) {
        fputs(cli_say(cli, (struct cli_text){"anlan: --public-key or --certificate is missing\n",
                                             "anlan：缺少 --public-key 或 --certificate\n"}),
              stderr);
        return false;
    }
    if (key_path && !crypto_key_read(key_path, false, 1, &key))
        return fprintf(stderr, "anlan: %s: not an Ed25519 public key\n", key_path), false;
    if (key) {
        crypto_key_public(key, bytes);
        crypto_key_free(key);
        request->public_key = (ProtobufCBinaryData){.data = bytes, .len = CRYPTO_PUBLIC_SIZE};
    }
    if (certificate && !crypto_certificate_digest(certificate, bytes + CRYPTO_PUBLIC_SIZE))
        return fprintf(stderr, "anlan: %s: not a certificate\n", certificate), false;
    if (certificate)
        request->certificate_digest =
            (ProtobufCBinaryData){.data = bytes + CRYPTO_PUBLIC_SIZE, .len = CRYPTO_DIGEST_SIZE};
    return true;
}

int clients_command_register(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    clock_time until = 0;
    Anlan__Organisations__V1__RegisterClientRequest request = ANLAN__ORGANISATIONS__V1__REGISTER_CLIENT_REQUEST__INIT;
    const char *unit = cli_required(cli, "unit");
    const char *to = unit ? cli_required(cli, "to") : NULL;
    request.document = to ? (char *)cli_required(cli, "document") : NULL;
    request.name = request.document ? (char *)cli_required(cli, "name") : NULL;
    if (!request.name || !read_proof(cli, &request))
        return CLI_USAGE;
    if (!method_command_time(to, &until))
        return fprintf(stderr, "anlan: --to: %s\n", to), CLI_USAGE;
    request.unit_id = (char *)cli_unit(cli, unit, &exit_status);
    if (!request.unit_id)
        return exit_status;
    request.request_id = cli_request_id(cli);
    request.ends_at = service_timestamp(until, &cli->arena);
    const Anlan__Organisations__V1__RegisterClientResponse *reply =
        (const void *)cli_call(cli, CLI_ORGANISATIONS, CLIENTS "RegisterClient", &request.base, &exit_status);
    if (!reply || !reply->client)
        return exit_status;
    if (cli->json)
        cli_print_json(&reply->client->base, false);
    else
        printf("%s  %s\n", reply->client->id, reply->client->name);
    return CLI_OK;
}
