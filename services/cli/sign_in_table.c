// SPDX-License-Identifier: Apache-2.0
// The commands about signing in, accounts, clients and keys: their options, examples and forms.
#include "base/check.h"
#include "commands.h"
#include "record_commands.h"

#define COLUMNS(list) .columns = (list), .column_count = COUNT_OF(list)
#define ACCOUNTS "anlan.organisations.v1.AccountsService/"
#define CLIENTS "anlan.organisations.v1.ClientsService/"

// clang-format off
#define OPTION_PAGE {"page", "TOKEN", NULL, {"the next page, as the last one said", "下一页标记"}}
#define OPTION_ALL {"all", NULL, NULL, {"all pages", "全部"}}
#define OPTION_NAME {"name", "NAME", NULL, {"name of the account", "用户名"}}
#define OPTION_KEYS {"keys", "DIR", "ANLAN_KEYS", {"directory made by anlan init", "anlan init 创建的目录"}}
// clang-format on

static const struct cli_option sign_in_options[] = {
    {"post", "UUID", NULL, {"the post to act in; the first, if not given", "任职岗位编号，默认第一个"}},
    {"grant", "UUID", NULL, {"a grant to act by besides; may be given several times", "另行使用的授权，可多次给出"}},
};

static const struct cli_option sign_out_options[] = {
    {"everywhere", NULL, NULL, {"all your sessions, not this one alone", "退出所有登录"}},
};

static const struct cli_option account_create_options[] = {
    {"person", "UUID", NULL, {"whose it is", "人员编号"}},
    OPTION_NAME,
    {"second-factor", NULL, NULL, {"a second factor is needed", "须使用动态验证码"}},
};

static const struct cli_option account_options[] = {OPTION_NAME};

static const struct cli_option account_disable_options[] = {
    OPTION_NAME,
    {"reason", "TEXT", NULL, {"why", "原因"}},
};

static const struct cli_option account_recover_options[] = {OPTION_NAME, OPTION_KEYS};

static const struct cli_option account_reset_options[] = {
    OPTION_NAME,
    {"drop-second-factor", NULL, NULL, {"the second factor is dropped too", "同时取消动态验证码"}},
};

static const struct cli_option account_factor_options[] = {
    OPTION_NAME,
    {"not-needed", NULL, NULL, {"it is needed no more", "不再需要"}},
};

static const struct cli_option account_list_options[] = {
    {"unit", "UUID|CODE", NULL, {"unit of record of their people", "所属单位"}},
    OPTION_PAGE,
    OPTION_ALL,
};

static const struct cli_option revoke_options[] = {
    {"subject-id", "UUID", NULL, {"all that a person or client was given until now", "人员或客户端编号"}},
    {"session-id", "UUID", NULL, {"or the tokens of a session", "或登录会话编号"}},
    {"token-id", "UUID", NULL, {"or one token", "或令牌编号"}},
    {"reason", "TEXT", NULL, {"why", "原因"}},
};

static const struct cli_option client_register_options[] = {
    {"name", "NAME", NULL, {"its name", "系统名称"}},
    {"unit", "UUID|CODE", NULL, {"unit that answers for it", "责任单位"}},
    {"public-key", "FILE", NULL, {"its public key (PEM)", "公钥文件（PEM）"}},
    {"certificate", "FILE", NULL, {"or its certificate (PEM)", "或证书文件（PEM）"}},
    {"to", "DATE|TIME", NULL, {"until when", "有效期止"}},
    {"document", "TEXT", NULL, {"document of the agreement", "文号"}},
};

static const struct cli_option client_retire_options[] = {
    {"id", "UUID", NULL, {"the client", "客户端编号"}},
    {"reason", "TEXT", NULL, {"why", "原因"}},
};

static const struct cli_option client_list_options[] = {
    {"unit", "UUID|CODE", NULL, {"unit that answers for them", "责任单位"}},
    {"retired", NULL, NULL, {"those that ended too", "包括已停用"}},
    OPTION_PAGE,
    OPTION_ALL,
};

static const struct cli_option rules_options[] = {
    {"password-min-chars", "N", NULL, {"fewest characters of a password, 8 to 64", "密码最少字符数，8 至 64"}},
    {"attempts-most", "N", NULL, {"most failed attempts within the window, 3 to 100", "时段内最多失败次数，3 至 100"}},
    {"attempts-window", "SECONDS", NULL, {"the window, 300 to 86400", "计数时段，300 至 86400 秒"}},
    {"token-seconds", "SECONDS", NULL, {"how long a token is good, 60 to 3600", "令牌有效期，60 至 3600 秒"}},
    {"session-seconds", "SECONDS", NULL, {"how long a session lasts, 600 to 2592000", "登录有效期，600 至 2592000 秒"}},
    {"cost", "N", NULL, {"scrypt: N = 2^this, 14 to 20", "scrypt：N 为 2 的几次方，14 至 20"}},
    {"block-size", "N", NULL, {"scrypt: r, 8 to 32", "scrypt：r，8 至 32"}},
    {"lanes", "N", NULL, {"scrypt: p, 1 to 16", "scrypt：p，1 至 16"}},
    {"reason", "TEXT", NULL, {"why", "原因"}},
};

static const struct cli_option rotate_options[] = {
    OPTION_KEYS,
    {"kind", "KIND", NULL, {"token, service, session or seal; token by default", "密钥类别，默认 token"}},
    {"overlap", "SECONDS", NULL, {"when the new key begins to sign; 60 by default", "新密钥启用前的秒数，默认 60"}},
};

static const struct cli_option key_list_options[] = {OPTION_KEYS};

static const struct record_column account_columns[] = {
    {"id", {"id", "编号"}},
    {"name", {"name", "用户名"}},
    {"personName", {"person", "姓名"}},
    {"state", {"state", "状态"}},
    {"secondFactorSince", {"second factor since", "动态验证码启用"}},
    {"passwordChangedAt", {"password of", "密码设置时间"}},
};

static const struct record_column client_columns[] = {
    {"id", {"id", "编号"}},      {"name", {"name", "系统名称"}},     {"startsAt", {"from", "起"}},
    {"endsAt", {"until", "止"}}, {"document", {"document", "文号"}}, {"retiredAt", {"retired", "停用时间"}},
};

static const struct record_column revocation_columns[] = {
    {"id", {"id", "编号"}},
    {"subjectId", {"subject", "主体"}},
    {"sessionId", {"session", "会话"}},
    {"tokenId", {"token", "令牌"}},
    {"issuedBefore", {"issued before", "签发早于"}},
};

static const struct cli_command commands[] = {
    {"sign-in",
     OPTIONS(sign_in_options),
     "[NAME]",
     {"signs you in; asks for the password", "登录，提示输入密码"},
     "anlan sign-in wang.jianguo",
     sign_in_command_sign_in},
    {"sign-out",
     OPTIONS(sign_out_options),
     NULL,
     {"ends your session everywhere within a second", "退出登录"},
     "anlan sign-out",
     sign_in_command_sign_out},
    {"whoami",
     NULL,
     0,
     NULL,
     {"shows who is signed in, and his posts", "查看当前登录人和岗位"},
     "anlan whoami",
     sign_in_command_whoami},
    {"accounts create",
     OPTIONS(account_create_options),
     NULL,
     {"gives a person an account and tells the first password", "为人员开通账号，给出初始密码"},
     "anlan accounts create --person 0193… --name wang.jianguo --second-factor",
     accounts_command_create},
    {"accounts disable",
     OPTIONS(account_disable_options),
     NULL,
     {"disables an account; its tokens are refused at once", "停用账号，令牌立即失效"},
     "anlan accounts disable --name wang.jianguo --reason 离岗",
     accounts_command_disable},
    {"accounts enable",
     OPTIONS(account_options),
     NULL,
     {"enables an account again", "启用账号"},
     "anlan accounts enable --name wang.jianguo",
     accounts_command_enable},
    {"accounts reset",
     OPTIONS(account_reset_options),
     NULL,
     {"another first password, for one who forgot his", "重置密码"},
     "anlan accounts reset --name wang.jianguo",
     accounts_command_reset},
    {"accounts recover",
     OPTIONS(account_recover_options),
     NULL,
     {"on the instance's machine, with its keys: lets in again who has lost everything",
      "在本机凭密钥恢复丢失的管理员账号"},
     "anlan accounts recover --keys /etc/anlan/keys --name xitong.guanliyuan",
     accounts_command_recover},
    {"accounts second-factor",
     OPTIONS(account_factor_options),
     NULL,
     {"says whether an account needs a second factor", "设置是否须用动态验证码"},
     "anlan accounts second-factor --name wang.jianguo",
     accounts_command_second_factor},
    {"accounts get",
     OPTIONS(account_options),
     NULL,
     {"shows an account", "查看账号"},
     "anlan accounts get --name wang.jianguo",
     record_command_run},
    {"accounts list",
     OPTIONS(account_list_options),
     NULL,
     {"lists the accounts of a unit's people", "列出单位人员的账号"},
     "anlan accounts list --unit 150424",
     record_command_run},
    {"tokens revoke",
     OPTIONS(revoke_options),
     NULL,
     {"revokes tokens everywhere within a second", "撤销令牌，立即失效"},
     "anlan tokens revoke --subject-id 0193… --reason 令牌泄露",
     record_command_run},
    {"clients key",
     NULL,
     0,
     "FILE",
     {"makes a key pair for a client: FILE and FILE.pub", "为外部系统生成密钥对"},
     "anlan clients key fire-brigade",
     clients_command_key},
    {"clients register",
     OPTIONS(client_register_options),
     NULL,
     {"registers another agency's system", "登记外部系统"},
     "anlan clients register --name 消防救援支队 --unit 150424 --public-key fire-brigade.pub --to 2027-12-31 "
     "--document 林应急函〔2026〕8 号",
     clients_command_register},
    {"clients retire",
     OPTIONS(client_retire_options),
     NULL,
     {"ends a client; its tokens are refused at once", "停用外部系统"},
     "anlan clients retire --id 0193… --reason 协议终止",
     record_command_run},
    {"clients list",
     OPTIONS(client_list_options),
     NULL,
     {"lists the clients that a unit answers for", "列出外部系统"},
     "anlan clients list --unit 150424",
     record_command_run},
    {"sign-in-rules show",
     NULL,
     0,
     NULL,
     {"shows the rules of signing in", "查看登录规则"},
     "anlan sign-in-rules show",
     rules_command_show},
    {"sign-in-rules set",
     OPTIONS(rules_options),
     NULL,
     {"changes rules of signing in; what is not given stays", "修改登录规则，未给出的不变"},
     "anlan sign-in-rules set --password-min-chars 12 --reason 等保整改",
     rules_command_set},
    {"keys rotate",
     OPTIONS(rotate_options),
     NULL,
     {"makes the next key; services take it up by themselves", "生成下一期密钥，服务自动启用"},
     "anlan keys rotate --keys /etc/anlan/keys",
     keys_command_rotate},
    {"keys list",
     OPTIONS(key_list_options),
     NULL,
     {"lists the instance's keys and their times", "列出本系统密钥及有效期"},
     "anlan keys list --keys /etc/anlan/keys",
     keys_command_list},
};
const struct cli_commands sign_in_table = {commands, COUNT_OF(commands)};

const struct record_form sign_in_forms[] = {
    {"accounts get", ACCOUNTS "GetAccount", NULL, COLUMNS(account_columns)},
    {"accounts list", ACCOUNTS "ListAccounts", NULL, COLUMNS(account_columns)},
    {"tokens revoke", ACCOUNTS "RevokeTokens", NULL, COLUMNS(revocation_columns)},
    {"clients retire", CLIENTS "RetireClient", CLIENTS "GetClient", COLUMNS(client_columns)},
    {"clients list", CLIENTS "ListClients", NULL, COLUMNS(client_columns)},
};
const size_t sign_in_form_count = COUNT_OF(sign_in_forms);
