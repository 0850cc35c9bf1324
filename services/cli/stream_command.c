// SPDX-License-Identifier: Apache-2.0
// What the caller may read, as a stream: by the client library, as a program of another agency would.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "client/anlan.h"
#include "commands.h"
#include "json.h"

#define WAIT_MS 5000
#define BOOKMARK_MOST 512

static const struct cli_text kinds[] = {
    [ANLAN_SNAPSHOT] = {"snapshot", "快照开始"},
    [ANLAN_RECORD] = {"record", "记录"},
    [ANLAN_CHANGE] = {"change", "变更"},
    [ANLAN_WITHDRAWN] = {"withdrawn", "撤回"},
    [ANLAN_SCOPE_CHANGED] = {"scope changed", "范围变化"},
    [ANLAN_SETTLED] = {"settled", "已完整"},
};
static const char *const words[] = {
    [ANLAN_SNAPSHOT] = "SNAPSHOT",
    [ANLAN_RECORD] = "RECORD",
    [ANLAN_CHANGE] = "CHANGE",
    [ANLAN_WITHDRAWN] = "WITHDRAWN",
    [ANLAN_SCOPE_CHANGED] = "SCOPE_CHANGED",
    [ANLAN_SETTLED] = "SETTLED",
};

static void print_json(const anlan_item *item)
{
    json_t *json = json_object();
    json_object_set_new(json, "kind", json_string(words[item->kind]));
    const char *const texts[][2] = {{"tenantId", item->tenant_id},
                                    {"recordId", item->record_id},
                                    {"recordType", item->record_type},
                                    {"method", item->method},
                                    {"bookmark", item->bookmark ? item->bookmark : ""}};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (*texts[i][1])
            json_object_set_new(json, texts[i][0], json_string(texts[i][1]));
    const ProtobufCMessageDescriptor *descriptor = *item->record_type ? cli_descriptor(item->record_type) : NULL;
    ProtobufCMessage *record =
        descriptor ? protobuf_c_message_unpack(descriptor, NULL, item->record_length, item->record) : NULL;
    if (record)
        json_object_set_new(json, "record", json_from_message(record, false));
    if (record)
        protobuf_c_message_free_unpacked(record, NULL);
    json_dumpf(json, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    printf("\n");
    json_decref(json);
}

static void print_line(const struct cli *cli, const anlan_item *item)
{
    char time[CLOCK_TEXT_SIZE] = "";
    if (item->entered_at)
        clock_format(item->entered_at, time);
    const char *method = strrchr(item->method, '/');
    printf("%-13s", cli_say(cli, kinds[item->kind]));
    if (*item->record_id)
        printf("  %s", item->record_id);
    if (item->version)
        printf("  v%lld  %s  %s", (long long)item->version, time, method ? method + 1 : "");
    printf("\n");
}

// Reads the bookmark of a file; "" where there is no file yet. False, told, where it cannot be read.
static bool read_bookmark(const char *path, char bookmark[BOOKMARK_MOST])
{
    *bookmark = '\0';
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file)
        return !path || access(path, F_OK) != 0 || (fprintf(stderr, "anlan: %s cannot be read\n", path), false);
    if (fgets(bookmark, BOOKMARK_MOST, file))
        bookmark[strcspn(bookmark, "\n")] = '\0';
    fclose(file);
    return true;
}

// Keeps the bookmark behind what has been printed: the file is there whole, or as it was.
static bool keep_bookmark(const char *path, const char *bookmark)
{
    char aside[4096];
    if (!path || !bookmark)
        return true;
    snprintf(aside, sizeof(aside), "%s.new", path);
    FILE *file = fopen(aside, "w");
    bool good = file && fflush(stdout) == 0 && fprintf(file, "%s\n", bookmark) > 0 && fflush(file) == 0 &&
                fsync(fileno(file)) == 0;
    if (file && fclose(file) != 0)
        good = false;
    if (good && rename(aside, path) == 0)
        return true;
    fprintf(stderr, "anlan: %s cannot be written\n", path);
    return false;
}

static int tell(const anlan *client, int code)
{
    fprintf(stderr, "anlan: %s: %s\n", anlan_reason(client), anlan_error(client));
    return code == CODE(UNAVAILABLE) ? CLI_UNREACHABLE : CLI_FAILED;
}

static int follow(struct cli *cli, anlan *client, anlan_stream *stream)
{
    const char *path = cli_option(cli, "bookmark");
    bool follows = cli_option(cli, "follow") != NULL;
    for (;;) {
        anlan_item item;
        int code = anlan_stream_next(stream, follows ? WAIT_MS : 0, &item);
        if (code != 0)
            return tell(client, code);
        if (item.kind == 0 && !follows)
            return CLI_OK;
        if (item.kind <= 0 || (size_t)item.kind >= COUNT_OF(words))
            continue;
        if (cli->json)
            print_json(&item);
        else
            print_line(cli, &item);
        if (item.bookmark)
            fflush(stdout);
        if (!keep_bookmark(path, item.bookmark))
            return CLI_FAILED;
    }
}

static int run(struct cli *cli, const char *address, const char *bookmark)
{
    char error[256] = "";
    int exit_status = CLI_OK;
    const char *unit = cli_option(cli, "unit");
    if (unit && !(unit = cli_unit(cli, unit, &exit_status)))
        return exit_status;
    char *token = arena_alloc(&cli->arena, TEXT_BASE64URL_SIZE(cli->credential.length));
    anlan *client = anlan_open(address, cli_option(cli, "tls-ca"), cli_option(cli, "tls-certificate"),
                               cli_option(cli, "tls-key"), error, sizeof(error));
    if (!client || !token) {
        fprintf(stderr, "anlan: %s\n", error);
        anlan_close(client);
        return CLI_USAGE;
    }
    text_base64url(cli->credential.data, cli->credential.length, token);
    int code = anlan_token(client, token);
    anlan_stream *stream = code == 0 ? anlan_stream_open(client, cli_option(cli, "type"), cli_option(cli, "projection"),
                                                         unit, cli_option(cli, "sector"), bookmark)
                                     : NULL;
    exit_status = stream ? follow(cli, client, stream) : tell(client, code);
    anlan_stream_close(stream);
    anlan_close(client);
    return exit_status;
}

int stream_command_stream(struct cli *cli)
{
    static const char *const services[] = {"organisations", "hazards", "tasks"};
    char bookmark[BOOKMARK_MOST];
    const char *option = NULL;
    for (size_t i = 0; i < COUNT_OF(services); i++)
        if (strcmp(services[i], cli->arguments[0]) == 0)
            option = arena_printf(&cli->arena, "%s-feed", services[i]);
    if (!option) {
        fprintf(stderr, "anlan: stream organisations | hazards | tasks\n");
        return CLI_USAGE;
    }
    const char *address = cli_required(cli, option);
    if (!address || !cli_credential(cli) || !read_bookmark(cli_option(cli, "bookmark"), bookmark))
        return CLI_USAGE;
    return run(cli, address, bookmark);
}
