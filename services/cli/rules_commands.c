// SPDX-License-Identifier: Apache-2.0
// The rules of signing in: shown, and changed one by one; what is not given stays as it is.
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "anlan/organisations/v1/sign_in_rules.pb-c.h"
#include "base/check.h"
#include "commands.h"
#include "service/values.h"

#define SERVICE "anlan.organisations.v1.SignInRulesService/"

typedef Anlan__Organisations__V1__SignInRules rules;
typedef Anlan__Organisations__V1__UpdateSignInRulesRequest update_request;

// The rules by their options: where they stand in the record and in the request.
static const struct {
    const char *option;
    size_t shown;
    size_t asked;
    struct cli_text text;
} fields[] = {
#define FIELD(option, field, en, zh)                                                                                   \
    {                                                                                                                  \
        (option), offsetof(rules, field), offsetof(update_request, field),                                             \
        {                                                                                                              \
            (en), (zh)                                                                                                 \
        }                                                                                                              \
    }
    FIELD("password-min-chars", password_min_chars, "fewest characters of a password", "密码最少字符数"),
    FIELD("attempts-most", attempts_most, "most failed attempts", "最多失败次数"),
    FIELD("attempts-window", attempts_window_s, "within so many seconds", "计数时段（秒）"),
    FIELD("token-seconds", token_s, "a token lasts (s)", "令牌有效期（秒）"),
    FIELD("session-seconds", session_s, "a session lasts (s)", "登录有效期（秒）"),
    FIELD("cost", cost_log2, "scrypt: N = 2^", "scrypt：N 为 2 的几次方"),
    FIELD("block-size", block_size, "scrypt: r", "scrypt：r"),
    FIELD("lanes", lanes, "scrypt: p", "scrypt：p"),
};

static int32_t *number_at(void *message, size_t offset)
{
    return (int32_t *)((char *)message + offset);
}

static rules *read_rules(struct cli *cli, int *exit_status)
{
    Anlan__Organisations__V1__GetSignInRulesRequest request = ANLAN__ORGANISATIONS__V1__GET_SIGN_IN_RULES_REQUEST__INIT;
    const Anlan__Organisations__V1__GetSignInRulesResponse *reply =
        (const void *)cli_call(cli, CLI_ORGANISATIONS, SERVICE "GetSignInRules", &request.base, exit_status);
    return reply ? reply->rules : NULL;
}

static int show(struct cli *cli, rules *shown)
{
    if (cli->json) {
        cli_print_json(&shown->base, true);
        return CLI_OK;
    }
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        printf("%-20s %8d  %s\n", fields[i].option, *number_at(shown, fields[i].shown), cli_say(cli, fields[i].text));
    if (shown->version == 0)
        puts(cli_say(cli, (struct cli_text){"never changed", "未作修改"}));
    else
        printf(cli_say(cli, (struct cli_text){"version %lld: %s\n", "第 %lld 版：%s\n"}), (long long)shown->version,
               shown->reason);
    return CLI_OK;
}

int rules_command_show(struct cli *cli)
{
    int exit_status = CLI_OK;
    rules *shown = read_rules(cli, &exit_status);
    return shown ? show(cli, shown) : exit_status;
}

// What is given takes the place of what holds. False, told, where it is no number.
static bool take_options(struct cli *cli, update_request *request, rules *now)
{
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        const char *given = cli_option(cli, fields[i].option);
        char *end = NULL;
        errno = 0;
        long number = given ? strtol(given, &end, 10) : *number_at(now, fields[i].shown);
        if (given && (end == given || *end != '\0' || errno != 0 || number < INT32_MIN || number > INT32_MAX)) {
            fprintf(stderr,
                    cli_say(cli, (struct cli_text){"anlan: --%s=%s is not valid\n", "anlan：--%s=%s 不是有效取值\n"}),
                    fields[i].option, given);
            return false;
        }
        *number_at(request, fields[i].asked) = (int32_t)number;
    }
    return true;
}

int rules_command_set(struct cli *cli)
{
    int exit_status = CLI_OK;
    update_request request = ANLAN__ORGANISATIONS__V1__UPDATE_SIGN_IN_RULES_REQUEST__INIT;
    request.reason = (char *)cli_required(cli, "reason");
    if (!request.reason)
        return CLI_USAGE;
    rules *now = read_rules(cli, &exit_status);
    if (!now)
        return exit_status;
    if (!take_options(cli, &request, now))
        return CLI_USAGE;
    request.request_id = cli_request_id(cli);
    request.version = now->version;
    const Anlan__Organisations__V1__UpdateSignInRulesResponse *reply =
        (const void *)cli_call(cli, CLI_ORGANISATIONS, SERVICE "UpdateSignInRules", &request.base, &exit_status);
    return reply ? show(cli, reply->rules) : exit_status;
}
