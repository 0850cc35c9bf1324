// SPDX-License-Identifier: Apache-2.0
// Signing in and out as a person.
#include <stdlib.h>
#include <string.h>

#include "anlan/organisations/v1/sign_in.pb-c.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "commands.h"
#include "crypto/crypto.h"
#include "prompt.h"
#include "service/values.h"
#include "session_file.h"

#define SIGN_IN "anlan.organisations.v1.SignInService/"
#define FACTOR_KEY 20
#define ROUNDS 8

typedef Anlan__Organisations__V1__SignInRequest sign_in_request;

// A sign-in on its way.
struct signing_in {
    struct cli *cli;
    const char *addresses;
    sign_in_request request;
    const Anlan__Organisations__V1__SignInResponse *reply;
    int exit_status;
};

static char *ask_password(struct cli *cli)
{
    return prompt_line(cli, (struct cli_text){"Password: ", "密码："}, true);
}

// A new password, twice where somebody types it.
static char *ask_new_password(struct cli *cli)
{
    char *first =
        prompt_line(cli, (struct cli_text){"New password, at least 10 characters: ", "新密码（至少 10 位）："}, true);
    char *again = first ? prompt_line(cli, (struct cli_text){"Once more: ", "再次输入："}, true) : NULL;
    if (!again)
        return NULL;
    if (strcmp(first, again) == 0)
        return first;
    fputs(cli_say(cli, (struct cli_text){"anlan: they differ\n", "anlan：两次输入不一致\n"}), stderr);
    return NULL;
}

// Calls without a token; the status is the caller's to tell.
static const ProtobufCMessage *try_call(struct cli *cli, const char *method, const ProtobufCMessage *request,
                                        struct status *status)
{
    const struct rpc_policy *policy = cli_policy(method);
    struct rpc_client *client = cli_client(cli, CLI_ORGANISATIONS);
    if (!client)
        return status_set(status, REASON(UNREACHABLE), "no address of organisations"), NULL;
    return rpc_client_call(client, method, request, policy->response, (struct bytes){0}, cli->timeout_ms,
                           &cli->directory_position, &cli->arena, status);
}

static bool change_password(struct signing_in *signing)
{
    struct cli *cli = signing->cli;
    struct status status = {0};
    Anlan__Organisations__V1__ChangePasswordRequest request = ANLAN__ORGANISATIONS__V1__CHANGE_PASSWORD_REQUEST__INIT;
    char *wanted = ask_new_password(cli);
    if (!wanted)
        return false;
    request.request_id = cli_request_id(cli);
    request.name = signing->request.name;
    request.password = signing->request.password;
    request.code = signing->request.code;
    request.device = signing->request.device;
    request.new_password = wanted;
    if (!try_call(cli, SIGN_IN "ChangePassword", &request.base, &status)) {
        signing->exit_status = cli_tell(cli, &status);
        return false;
    }
    fputs(cli_say(cli, (struct cli_text){"The password is changed.\n", "密码已修改。\n"}), stderr);
    signing->request.password = wanted;
    // Its code is used up, where there was one.
    signing->request.code = (char *)"";
    return true;
}

// Base32 (RFC 4648, 6) of a key, as authenticators take it: 20 bytes are 32 digits.
static void base32(const uint8_t *key, char text[33])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (size_t i = 0; i < 32; i++) {
        size_t bit = 5 * i;
        unsigned pair = (unsigned)key[bit / 8] << 8 | (bit / 8 + 1 < FACTOR_KEY ? key[bit / 8 + 1] : 0U);
        text[i] = digits[pair >> (11 - bit % 8) & 31];
    }
    text[32] = '\0';
}

static char *ask_code(struct cli *cli)
{
    return prompt_line(cli, (struct cli_text){"Code of your second factor: ", "动态验证码："}, false);
}

static bool enrol(struct signing_in *signing)
{
    struct cli *cli = signing->cli;
    struct status status = {0};
    uint8_t key[FACTOR_KEY];
    char text[33];
    crypto_random(key, sizeof(key));
    base32(key, text);
    fprintf(stderr,
            cli_say(cli,
                    (struct cli_text){"The account needs a second factor. Put this key into your authenticator:\n  %s\n"
                                      "  otpauth://totp/Anlan:%s?secret=%s&issuer=Anlan\n",
                                      "该账号须设置动态验证码。请将密钥录入身份验证器：\n  %s\n"
                                      "  otpauth://totp/Anlan:%s?secret=%s&issuer=Anlan\n"}),
            text, signing->request.name, text);
    Anlan__Organisations__V1__EnrolSecondFactorRequest request =
        ANLAN__ORGANISATIONS__V1__ENROL_SECOND_FACTOR_REQUEST__INIT;
    request.code = ask_code(cli);
    if (!request.code)
        return false;
    request.request_id = cli_request_id(cli);
    request.name = signing->request.name;
    request.password = signing->request.password;
    request.device = signing->request.device;
    request.key = (ProtobufCBinaryData){.data = key, .len = sizeof(key)};
    if (!try_call(cli, SIGN_IN "EnrolSecondFactor", &request.base, &status)) {
        signing->exit_status = cli_tell(cli, &status);
        return false;
    }
    fputs(cli_say(cli,
                  (struct cli_text){"It is set up. Sign in with its next code.\n", "已设置。请用下一个验证码登录。\n"}),
          stderr);
    return true;
}

// Does what stands in the way; false where it is told and over.
static bool clear_the_way(struct signing_in *signing, const struct status *status)
{
    struct cli *cli = signing->cli;
    if (status->reason == REASON(PASSWORD_CHANGE_NEEDED))
        return change_password(signing);
    if (status->reason == REASON(SECOND_FACTOR_MISSING))
        return enrol(signing);
    if (status->reason == REASON(SECOND_FACTOR_NEEDED)) {
        char *code = ask_code(cli);
        signing->request.code = code ? code : (char *)"";
        return code != NULL;
    }
    signing->exit_status = cli_tell(cli, status);
    if (status->reason == REASON(SIGN_IN_LIMITED))
        fprintf(stderr, cli_say(cli, (struct cli_text){"  in %u s\n", "  %u 秒后可重试\n"}),
                (status->retry_after_ms + 999) / 1000);
    return false;
}

static void print_posts(struct cli *cli, const Anlan__Organisations__V1__Session *session)
{
    for (size_t i = 0; i < session->n_posts; i++) {
        const Anlan__Organisations__V1__HeldPost *post = session->posts[i];
        bool acting = strcmp(post->id, session->post_id) == 0;
        printf("%s %s  %s  %s\n", acting ? "*" : " ", post->id, post->role, post->unit_name);
    }
    if (session->n_posts > 1)
        fputs(cli_say(cli, (struct cli_text){"* acts; another: anlan sign-in --post UUID\n",
                                             "* 为当前岗位；换岗：anlan sign-in --post 编号\n"}),
              stderr);
}

static void print_session(struct cli *cli, const Anlan__Organisations__V1__Session *session)
{
    char ends[CLOCK_TEXT_SIZE] = "";
    if (session->ends_at)
        clock_format(service_time(session->ends_at), ends);
    if (cli->json) {
        Anlan__Organisations__V1__Session shown = *session;
        shown.token = shown.refresh_token = (ProtobufCBinaryData){0};
        cli_print_json(&shown.base, false);
        return;
    }
    printf(cli_say(cli, (struct cli_text){"%s, signed in until %s\n", "%s，登录有效至 %s\n"}), session->subject_name,
           ends);
    print_posts(cli, session);
}

static char **grants_of(struct cli *cli, size_t *count)
{
    char **grants = arena_array(&cli->arena, cli->given_count + 1, sizeof(char *));
    CHECK(grants);
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].name, "grant") == 0)
            grants[(*count)++] = (char *)cli->given[i].value;
    return grants;
}

static bool begin(struct cli *cli, struct signing_in *signing)
{
    *signing = (struct signing_in){.cli = cli, .exit_status = CLI_USAGE};
    signing->addresses = cli_required(cli, "organisations");
    if (!signing->addresses)
        return false;
    anlan__organisations__v1__sign_in_request__init(&signing->request);
    char *name = cli->argument_count > 0 ? arena_text(&cli->arena, cli->arguments[0], strlen(cli->arguments[0]))
                                         : prompt_line(cli, (struct cli_text){"Name: ", "用户名："}, false);
    signing->request.name = name;
    signing->request.password = name ? ask_password(cli) : NULL;
    if (!signing->request.password)
        return false;
    signing->request.device = session_file_device(cli, signing->addresses, name);
    if (cli_option(cli, "post"))
        signing->request.post_id = (char *)cli_option(cli, "post");
    signing->request.grant_ids = grants_of(cli, &signing->request.n_grant_ids);
    return true;
}

int sign_in_command_sign_in(struct cli *cli)
{
    struct signing_in signing;
    if (!begin(cli, &signing))
        return signing.exit_status;
    for (int round = 0; round < ROUNDS && !signing.reply; round++) {
        struct status status = {0};
        signing.reply = (const void *)try_call(cli, SIGN_IN "SignIn", &signing.request.base, &status);
        if (!signing.reply && !clear_the_way(&signing, &status))
            return signing.exit_status == CLI_OK ? CLI_FAILED : signing.exit_status;
    }
    if (!signing.reply || !signing.reply->session)
        return CLI_FAILED;
    if (!session_file_write(cli, signing.addresses, signing.reply->session) ||
        !session_file_keep_device(cli, signing.addresses, signing.request.name, signing.reply->device))
        return CLI_FAILED;
    print_session(cli, signing.reply->session);
    return CLI_OK;
}

int sign_in_command_sign_out(struct cli *cli)
{
    int exit_status = CLI_OK;
    const char *addresses = cli_required(cli, "organisations");
    Anlan__Organisations__V1__SignOutRequest request = ANLAN__ORGANISATIONS__V1__SIGN_OUT_REQUEST__INIT;
    if (!addresses)
        return CLI_USAGE;
    request.request_id = cli_request_id(cli);
    request.everywhere = cli_option(cli, "everywhere") != NULL;
    const ProtobufCMessage *reply = cli_call(cli, CLI_ORGANISATIONS, SIGN_IN "SignOut", &request.base, &exit_status);
    // What the service refuses any more is over here as well.
    if (exit_status != CLI_UNREACHABLE && !session_file_write(cli, addresses, NULL))
        return CLI_FAILED;
    if (reply && !cli->json)
        fputs(cli_say(cli, (struct cli_text){"Signed out.\n", "已退出登录。\n"}), stdout);
    return exit_status;
}

int sign_in_command_whoami(struct cli *cli)
{
    struct bytes token;
    const char *addresses = cli_required(cli, "organisations");
    if (!addresses)
        return CLI_USAGE;
    bool good = session_file_token(cli, addresses, &token);
    const Anlan__Organisations__V1__Session *session = good ? session_file_read(cli, addresses) : NULL;
    if (session) {
        print_session(cli, session);
        return CLI_OK;
    }
    fputs(cli_say(cli, (struct cli_text){"Not signed in: anlan sign-in\n", "尚未登录：anlan sign-in\n"}), stderr);
    return CLI_FAILED;
}
