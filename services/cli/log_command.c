// SPDX-License-Identifier: Apache-2.0
// A tenant's log, checked entry by entry.
#include <stdlib.h>
#include <string.h>

#include "anlan/rpc/v1/access_log.pb-c.h"
#include "anlan/rpc/v1/feed.pb-c.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "commands.h"
#include "feed/entry.h"
#include "json.h"
#include "service/values.h"

#define WAIT_MS 5000

static bool is_access(const Anlan__Rpc__V1__Entry *entry)
{
    return strcmp(entry->record_type, anlan__rpc__v1__access_record__descriptor.name) == 0;
}

static void print_json(struct cli *cli, const Anlan__Rpc__V1__Entry *entry, struct arena *arena)
{
    const ProtobufCMessageDescriptor *descriptor =
        is_access(entry) ? &anlan__rpc__v1__access_record__descriptor : cli_descriptor(entry->record_type);
    json_t *json = json_from_message(&entry->base, false);
    ProtobufCMessage *record =
        descriptor ? protobuf_c_message_unpack(descriptor, &arena->protobuf, entry->after.len, entry->after.data)
                   : NULL;
    if (record)
        json_object_set_new(json, "after", json_from_message(record, false));
    json_dumpf(json, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    printf("\n");
    json_decref(json);
    (void)cli;
}

// What was done with what is there: how often, by which method, to what, and why.
static void print_access(struct cli *cli, const Anlan__Rpc__V1__Entry *entry, struct arena *arena)
{
    static const struct cli_text kinds[] = {
        {"?", "?"}, {"unmasked", "查看完整信息"}, {"by grant", "使用授权"}, {"refused", "拒绝"}, {"exported", "导出"}};
    const Anlan__Rpc__V1__AccessRecord *record =
        anlan__rpc__v1__access_record__unpack(&arena->protobuf, entry->after.len, entry->after.data);
    if (!record)
        return;
    size_t kind = (size_t)record->kind < COUNT_OF(kinds) ? (size_t)record->kind : 0;
    printf("  %s ×%lld", cli_say(cli, kinds[kind]), (long long)record->count);
    const char *const words[] = {record->record_id, record->unit_id, record->reason, record->purpose};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (*words[i])
            printf("  %s", words[i]);
}

static void print_line(struct cli *cli, const Anlan__Rpc__V1__Entry *entry, struct arena *arena)
{
    char time[CLOCK_TEXT_SIZE] = "";
    if (entry->entered_at)
        clock_format(service_time(entry->entered_at), time);
    const char *method = strrchr(entry->method, '/');
    printf("%6lld  %s  %s (%s)  %s", (long long)entry->position, time, entry->actor ? entry->actor->subject_name : "?",
           entry->actor ? entry->actor->role : "?", method ? method + 1 : entry->method);
    if (is_access(entry))
        print_access(cli, entry, arena);
    else
        printf("  %s v%lld", entry->record_id, (long long)entry->version);
    if (entry->actor && *entry->actor->grant_id)
        printf("  by grant %s", entry->actor->grant_id);
    printf("\n");
}

// Shows a page; false where an entry is missing or is not what was stored.
static bool show_page(struct cli *cli, const Anlan__Rpc__V1__PullResponse *page, int64_t *position)
{
    for (size_t i = 0; i < page->n_entries; i++) {
        struct status status = {0};
        struct arena arena;
        arena_init(&arena, 16 * 1024 * 1024);
        const Anlan__Rpc__V1__Entry *entry = feed_entry_open(page->entries[i], &arena, &status);
        bool good = entry && page->entries[i]->position == *position + 1;
        if (entry && !good)
            status_set(&status, REASON(DATA_CORRUPT), "the log goes from position %lld to %lld", (long long)*position,
                       (long long)page->entries[i]->position);
        if (!good)
            cli_tell(cli, &status);
        else if (cli->json)
            print_json(cli, entry, &arena);
        else
            print_line(cli, entry, &arena);
        *position = page->entries[i]->position;
        arena_fini(&arena);
        if (!good)
            return false;
    }
    return true;
}

static const char *first_cursor(struct cli *cli, const char *tenant, int64_t *position)
{
    struct uuid id;
    const char *from = cli_option(cli, "from");
    *position = from ? strtoll(from, NULL, 10) - 1 : 0;
    if (*position <= 0 || !uuid_parse(tenant, &id)) {
        *position = 0;
        return "";
    }
    if (cli_option(cli, "access"))
        id = feed_access_log_id(&id);
    const char *cursor = feed_cursor_write(&id, *position, &cli->arena);
    CHECK(cursor);
    return cursor;
}

static int follow(struct cli *cli, struct rpc_client *client, const char *tenant)
{
    int64_t position = 0;
    bool follows = cli_option(cli, "follow") != NULL;
    char *cursor = strdup(first_cursor(cli, tenant, &position));
    int exit_status = CLI_OK;
    bool more = true;
    while (more && cursor) {
        struct status status = {0};
        struct arena arena;
        arena_init(&arena, 64 * 1024 * 1024);
        Anlan__Rpc__V1__PullRequest request = ANLAN__RPC__V1__PULL_REQUEST__INIT;
        request.tenant_id = (char *)tenant;
        request.cursor = cursor;
        request.access_log = cli_option(cli, "access") != NULL;
        request.wait_ms = follows ? WAIT_MS : 0;
        const Anlan__Rpc__V1__PullResponse *page = (const void *)rpc_client_call(
            client, "anlan.rpc.v1.FeedService/Pull", &request.base, &anlan__rpc__v1__pull_response__descriptor,
            cli->credential, cli->timeout_ms + WAIT_MS, NULL, &arena, &status);
        if (!page)
            exit_status = cli_tell(cli, &status);
        else if (!show_page(cli, page, &position))
            exit_status = CLI_FAILED;
        more = page && exit_status == CLI_OK && (follows || position < page->head_position);
        if (more) {
            free(cursor);
            cursor = strdup(page->cursor);
        }
        fflush(stdout);
        arena_fini(&arena);
    }
    free(cursor);
    return exit_status;
}

int log_command_log(struct cli *cli)
{
    static const char *const services[] = {"organisations", "hazards", "tasks", "notifications"};
    const char *option = NULL;
    int exit_status = CLI_USAGE;
    for (size_t i = 0; i < COUNT_OF(services); i++)
        if (strcmp(services[i], cli->arguments[0]) == 0)
            option = arena_printf(&cli->arena, "%s-feed", services[i]);
    if (!option) {
        fprintf(stderr, "anlan: log organisations | hazards | tasks | notifications\n");
        return CLI_USAGE;
    }
    const char *tenant = cli_required(cli, "tenant");
    const char *address = tenant ? cli_required(cli, option) : NULL;
    tenant = address && cli_credential(cli) ? cli_unit(cli, tenant, &exit_status) : NULL;
    if (!tenant)
        return exit_status;
    struct rpc_client *client = cli_open(cli, address, &exit_status);
    if (client)
        exit_status = follow(cli, client, tenant);
    rpc_client_close(client);
    return exit_status;
}
