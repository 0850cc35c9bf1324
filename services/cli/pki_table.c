// SPDX-License-Identifier: Apache-2.0
// The commands of the small authority.
#include "base/check.h"
#include "commands.h"

static const struct cli_option init_options[] = {
    {"name", "NAME", NULL, {"the authority's name; Anlan, if not given", "机构名称，默认 Anlan"}},
};

#define OPTION_DAYS                                                                                                    \
    {                                                                                                                  \
        "days", "N", NULL,                                                                                             \
        {                                                                                                              \
            "validity, 1 to 825 days; 365 by default", "有效天数，1 至 825，默认 365"                         \
        }                                                                                                              \
    }
#define OPTION_UNIT                                                                                                    \
    {                                                                                                                  \
        "unit", "UUID", NULL,                                                                                          \
        {                                                                                                              \
            "whose connections it is for: tokens of this unit and those below; an instance's id stands for all of it", \
                "所绑定的单位：可用本单位及下级的令牌；本系统编号代表全部"                 \
        }                                                                                                              \
    }

static const struct cli_option server_options[] = {
    {"host", "NAME|ADDRESS", NULL, {"where it serves; up to 16 times", "服务的主机名或地址，最多 16 个"}},
    OPTION_UNIT,
    OPTION_DAYS,
};

static const struct cli_option client_options[] = {
    OPTION_UNIT,
    {"client", "UUID", NULL, {"a client: tokens of this subject only", "所绑定的客户端：只可用此主体的令牌"}},
    OPTION_DAYS,
};

static const struct cli_command commands[] = {
    {"pki init",
     OPTIONS(init_options),
     "DIR",
     {"makes a small authority: ca.crt, ca.key, ca.crl", "创建小型证书机构：ca.crt、ca.key、ca.crl"},
     "anlan pki init /etc/anlan/pki --name 林西县",
     pki_command_init},
    {"pki server",
     OPTIONS(server_options),
     "DIR NAME",
     {"issues a server's certificate; with --unit it may dial too", "签发服务端证书；给出 --unit 时也可用于拨出"},
     "anlan pki server /etc/anlan/pki hazards-1 --host hazards.linxi.example --host 10.1.2.3",
     pki_command_server},
    {"pki client",
     OPTIONS(client_options),
     "DIR NAME",
     {"issues a client's certificate", "签发客户端证书"},
     "anlan pki client /etc/anlan/pki fire-brigade --client 0197c3a0-0000-7000-8000-000000000001",
     pki_command_client},
    {"pki revoke",
     NULL,
     0,
     "DIR NAME",
     {"puts a certificate on the revocation list; then SIGHUP to the services", "吊销证书；随后向各服务发送 SIGHUP"},
     "anlan pki revoke /etc/anlan/pki fire-brigade",
     pki_command_revoke},
    {"pki renew",
     NULL,
     0,
     "DIR",
     {"writes the revocation list anew, for another 365 days", "更新吊销列表，再有效 365 天"},
     "anlan pki renew /etc/anlan/pki",
     pki_command_renew},
    {"pki show",
     NULL,
     0,
     "FILE...",
     {"shows certificates and revocation lists", "查看证书和吊销列表"},
     "anlan pki show /etc/anlan/pki/hazards-1.crt",
     pki_command_show},
};

const struct cli_commands pki_table = {commands, COUNT_OF(commands)};
