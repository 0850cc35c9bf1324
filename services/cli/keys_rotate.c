// SPDX-License-Identifier: Apache-2.0
// Keys that change while everything runs: the next period is there before it is used, the last one is good for what it
// has signed.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access/keys.h"
#include "base/check.h"
#include "base/clock.h"
#include "commands.h"
#include "crypto/seal.h"
#include "table.h"

// Clocks of machines may differ by this much: so long the old key may sign when the new one does.
#define MARGIN (60 * CLOCK_SECOND)
#define OVERLAP_DEFAULT 60
#define OVERLAP_LEAST 2
#define OVERLAP_MOST 86400
#define PEM_MOST 4096
#define PERIODS_MOST 1000

static const access_purpose purposes[] = {ACCESS_PURPOSE(TOKEN), ACCESS_PURPOSE(SERVICE), ACCESS_PURPOSE(SESSION)};

static int complain(const char *path, const char *what)
{
    fprintf(stderr, "anlan: %s: %s\n", path, what);
    return CLI_FAILED;
}

static char *path_of(struct cli *cli, const char *directory, const char *kind, uint32_t period, const char *end)
{
    char *path = arena_printf(&cli->arena, "%s/%s-%u%s", directory, kind, period, end);
    CHECK(path);
    return path;
}

// Writes a public key with the times for which it is good in front, in the place of what stands at `path`.
static bool write_times(struct cli *cli, const char *from_path, const char *path, clock_time from, clock_time until)
{
    char pem[PEM_MOST];
    char times[2][CLOCK_TEXT_SIZE];
    const char *made = arena_printf(&cli->arena, "%s.new", path);
    FILE *file = fopen(from_path, "re");
    size_t length = file ? fread(pem, 1, sizeof(pem) - 1, file) : 0;
    if (file)
        fclose(file);
    pem[length] = '\0';
    const char *begin = strstr(pem, "-----BEGIN");
    FILE *out = begin ? fopen(made, "we") : NULL;
    if (!out)
        return false;
    clock_format(from, times[0]);
    clock_format(until, times[1]);
    if (from != CLOCK_FIRST)
        fprintf(out, "Valid-From: %s\n", times[0]);
    if (until != CLOCK_LAST)
        fprintf(out, "Valid-Until: %s\n", times[1]);
    bool good = fputs(begin, out) >= 0 && fflush(out) == 0 && fsync(fileno(out)) == 0;
    return fclose(out) == 0 && good && rename(made, path) == 0;
}

// The lines in front of the last period say until when it signs.
static bool end_period(struct cli *cli, const char *path, clock_time at)
{
    clock_time from = 0;
    clock_time until = 0;
    return access_keys_times(path, &from, &until) && write_times(cli, path, path, from, at < until ? at : until);
}

static bool make_period(struct cli *cli, const char *directory, const char *kind, uint32_t period, clock_time from)
{
    const char *plain = path_of(cli, directory, kind, period, ".made");
    bool good = crypto_key_create(path_of(cli, directory, kind, period, ".key"), plain) &&
                write_times(cli, plain, path_of(cli, directory, kind, period, ".pub"), from, CLOCK_LAST);
    int error = errno;
    unlink(plain);
    errno = error;
    return good;
}

static void tell(const struct cli *cli, const char *kind, uint32_t period, clock_time from)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(from, text);
    printf(cli_say(cli, (struct cli_text){"%s-%u signs from %s on\n", "%s-%u 自 %s 起签名\n"}), kind, period,
           from == CLOCK_FIRST ? cli_say(cli, (struct cli_text){"now", "现在"}) : text);
}

static int rotate(struct cli *cli, const char *directory, access_purpose purpose, clock_time overlap)
{
    const char *kind = access_purpose_word(purpose);
    uint32_t last = 0;
    clock_time from = 0;
    clock_time now = clock_now();
    if (!access_keys_latest(directory, purpose, &last, &from))
        return complain(directory, "cannot be read");
    if (last > 0 && from > now) {
        char text[CLOCK_TEXT_SIZE];
        clock_format(from, text);
        fprintf(stderr,
                cli_say(cli, (struct cli_text){"anlan: %s-%u does not sign before %s: rotate then\n",
                                               "anlan：%s-%u 在 %s 之前尚未启用，请届时再轮换\n"}),
                kind, last, text);
        return CLI_FAILED;
    }
    clock_time next = last > 0 ? now + overlap : CLOCK_FIRST;
    if (!make_period(cli, directory, kind, last + 1, next))
        return complain(path_of(cli, directory, kind, last + 1, ""), strerror(errno));
    if (last > 0 && !end_period(cli, path_of(cli, directory, kind, last, ".pub"), next + MARGIN))
        return complain(path_of(cli, directory, kind, last, ".pub"), strerror(errno));
    tell(cli, kind, last + 1, next);
    return CLI_OK;
}

// What was sealed before is opened by the key that sealed it: all of them stay.
static int rotate_seal(struct cli *cli, const char *directory)
{
    uint32_t period = 1;
    while (period < PERIODS_MOST && access(path_of(cli, directory, "seal", period, ".key"), F_OK) == 0)
        period++;
    const char *path = path_of(cli, directory, "seal", period, ".key");
    if (!crypto_seal_key_create(path))
        return complain(path, strerror(errno));
    printf(cli_say(cli, (struct cli_text){"seal-%u seals once organisations is started again\n",
                                          "seal-%u 在组织服务重启后启用\n"}),
           period);
    return CLI_OK;
}

// One key, from which the secrets of all webhooks follow: another one would make all of them others.
static int make_webhook(struct cli *cli, const char *directory)
{
    const char *path = arena_printf(&cli->arena, "%s/webhook.key", directory);
    if (!path || !crypto_seal_key_create(path))
        return complain(path ? path : directory, strerror(errno));
    printf("%s\n", cli_say(cli, (struct cli_text){"webhook.key signs once notifications is started again",
                                                  "webhook.key 在通知服务重启后启用"}));
    return CLI_OK;
}

static bool overlap_of(struct cli *cli, clock_time *overlap)
{
    const char *text = cli_option(cli, "overlap");
    char *end = NULL;
    long seconds = text ? strtol(text, &end, 10) : OVERLAP_DEFAULT;
    *overlap = seconds * CLOCK_SECOND;
    if (seconds >= OVERLAP_LEAST && seconds <= OVERLAP_MOST && (!end || *end == '\0'))
        return true;
    fprintf(stderr, "anlan: --overlap: %d - %d\n", OVERLAP_LEAST, OVERLAP_MOST);
    return false;
}

int keys_command_rotate(struct cli *cli)
{
    clock_time overlap = 0;
    const char *directory = cli_required(cli, "keys");
    const char *kind = cli_option(cli, "kind") ? cli_option(cli, "kind") : "token";
    if (!directory || !overlap_of(cli, &overlap))
        return CLI_USAGE;
    if (strcmp(kind, "seal") == 0)
        return rotate_seal(cli, directory);
    if (strcmp(kind, "webhook") == 0)
        return make_webhook(cli, directory);
    for (size_t i = 0; i < COUNT_OF(purposes); i++)
        if (strcmp(access_purpose_word(purposes[i]), kind) == 0)
            return rotate(cli, directory, purposes[i], overlap);
    fprintf(stderr, "anlan: --kind: token, service, session, seal, webhook\n");
    return CLI_USAGE;
}

static const char *time_cell(struct cli *cli, clock_time time)
{
    char text[CLOCK_TEXT_SIZE];
    if (time == CLOCK_FIRST || time == CLOCK_LAST)
        return "";
    clock_format(time, text);
    return arena_text(&cli->arena, text, strlen(text));
}

static void add_period(struct cli *cli, struct table *table, const char *directory, const char *kind, uint32_t period)
{
    clock_time from = 0;
    clock_time until = 0;
    clock_time now = clock_now();
    if (!access_keys_times(path_of(cli, directory, kind, period, ".pub"), &from, &until))
        return;
    struct cli_text state = {"good", "有效"};
    if (now < from)
        state = (struct cli_text){"to come", "未启用"};
    else if (now >= until)
        state = (struct cli_text){"signs no more", "不再签名"};
    bool here = access(path_of(cli, directory, kind, period, ".key"), R_OK) == 0;
    const char *cells[] = {arena_printf(&cli->arena, "%s-%u", kind, period), time_cell(cli, from),
                           time_cell(cli, until), cli_say(cli, state),
                           here ? cli_say(cli, (struct cli_text){"yes", "有"}) : ""};
    table_add(table, cells);
}

int keys_command_list(struct cli *cli)
{
    static const struct cli_text headings[] = {{"key", "密钥"},
                                               {"signs from", "启用"},
                                               {"signs until", "停用"},
                                               {"state", "状态"},
                                               {"private half here", "私钥在此"}};
    const char *said[COUNT_OF(headings)];
    struct table table;
    const char *directory = cli_required(cli, "keys");
    if (!directory)
        return CLI_USAGE;
    for (size_t i = 0; i < COUNT_OF(headings); i++)
        said[i] = cli_say(cli, headings[i]);
    table_init(&table, COUNT_OF(headings), said);
    for (size_t i = 0; i < COUNT_OF(purposes); i++) {
        uint32_t last = 0;
        clock_time from = 0;
        if (!access_keys_latest(directory, purposes[i], &last, &from)) {
            table_fini(&table);
            return complain(directory, "cannot be read");
        }
        for (uint32_t period = 1; period <= last && period <= PERIODS_MOST; period++)
            add_period(cli, &table, directory, access_purpose_word(purposes[i]), period);
    }
    table_write(&table, table_terminal_width(), stdout);
    table_fini(&table);
    return CLI_OK;
}
