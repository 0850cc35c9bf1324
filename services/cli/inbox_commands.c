// SPDX-License-Identifier: Apache-2.0
// The inbox.
#include <stdlib.h>
#include <string.h>

#include "anlan/notifications/v1/notifications.pb-c.h"
#include "base/check.h"
#include "commands.h"
#include "hazards_show.h"
#include "inbox_show.h"
#include "table.h"
#include "words.h"

#define SERVICE "anlan.notifications.v1.InboxService/"
#define WAIT_MS 30000
#define MARGIN_MS 2000

typedef Anlan__Notifications__V1__Message message;

static const char *urgency_of(const struct cli *cli, const message *m)
{
    return words_say(cli, &anlan__notifications__v1__urgency__descriptor, (int)m->urgency);
}

static const char *state_of(const struct cli *cli, const message *m)
{
    return words_say(cli, &anlan__notifications__v1__message_state__descriptor, (int)m->state);
}

void inbox_show_line(struct cli *cli, const ProtobufCMessage *record)
{
    const message *m = (const message *)record;
    printf("%s  %s  %s  %s  %s\n", m->id, hazards_show_time(cli, m->entered_at, 16), urgency_of(cli, m),
           state_of(cli, m), cli->chinese ? m->title_zh : m->title_en);
}

void inbox_show_card(struct cli *cli, const ProtobufCMessage *record)
{
    const message *m = (const message *)record;
    inbox_show_line(cli, record);
    if (m->detail)
        printf("%s\n", cli->chinese ? m->detail->text_zh : m->detail->text_en);
    if (m->subject)
        printf("%s  %s %s  tenant %s  id %s\n", m->subject->service, m->subject->action, m->subject->record_type,
               m->subject->tenant_id, m->subject->id);
    if (m->acknowledged)
        printf(cli_say(cli, (struct cli_text){"acknowledged by %s, %s  %s\n", "签收人 %s，%s  %s\n"}),
               m->acknowledged->person, hazards_show_time(cli, m->acknowledged->entered_at, 16), m->acknowledged->note);
}

int inbox_command_list(struct cli *cli)
{
    static const struct cli_text headings[] = {{"id", "编号"},    {"delivered", "送达时间"}, {"urgency", "紧急程度"},
                                               {"state", "状态"}, {"title", "标题"},         {"by", "签收人"}};
    const char *texts[COUNT_OF(headings)];
    struct table table;
    int exit_status = CLI_OK;
    Anlan__Notifications__V1__ListInboxRequest request = ANLAN__NOTIFICATIONS__V1__LIST_INBOX_REQUEST__INIT;
    request.open = cli_option(cli, "open") != NULL;
    request.page_token = (char *)(cli_option(cli, "page") ? cli_option(cli, "page") : "");
    const Anlan__Notifications__V1__ListInboxResponse *page =
        (const void *)cli_call(cli, CLI_NOTIFICATIONS, SERVICE "ListInbox", &request.base, &exit_status);
    if (!page)
        return exit_status;
    if (cli->json) {
        cli_print_json(&page->base, true);
        return CLI_OK;
    }
    for (size_t i = 0; i < COUNT_OF(headings); i++)
        texts[i] = cli_say(cli, headings[i]);
    table_init(&table, COUNT_OF(texts), texts);
    for (size_t i = 0; i < page->n_messages; i++) {
        const message *m = page->messages[i];
        table_add(&table, (const char *const[]){m->id, hazards_show_time(cli, m->entered_at, 16), urgency_of(cli, m),
                                                state_of(cli, m), cli->chinese ? m->title_zh : m->title_en,
                                                m->acknowledged ? m->acknowledged->person : ""});
    }
    table_print_page(cli, &table, page->next_page_token, (struct cli_text){"the inbox is empty", "收件箱为空"});
    table_fini(&table);
    return CLI_OK;
}

// Shows what came; answers the position of the newest.
static int64_t show_arrivals(struct cli *cli, const Anlan__Notifications__V1__WaitInboxResponse *page, int64_t position)
{
    for (size_t i = 0; i < page->n_messages; i++) {
        if (cli->json)
            cli_print_json(&page->messages[i]->base, false);
        else
            inbox_show_line(cli, &page->messages[i]->base);
        position = page->messages[i]->position;
    }
    fflush(stdout);
    return position;
}

int inbox_command_wait(struct cli *cli)
{
    const char *after = cli_option(cli, "after");
    int64_t position = after ? strtoll(after, NULL, 10) : 0;
    bool follows = cli_option(cli, "follow") != NULL;
    if (!cli_credential(cli))
        return CLI_USAGE;
    struct rpc_client *client = cli_feed_client(cli, CLI_NOTIFICATIONS);
    if (!client)
        return CLI_USAGE;
    int exit_status = CLI_OK;
    bool more = true;
    while (more) {
        struct arena arena;
        struct status status = {0};
        arena_init(&arena, 16 * 1024 * 1024);
        Anlan__Notifications__V1__WaitInboxRequest request = ANLAN__NOTIFICATIONS__V1__WAIT_INBOX_REQUEST__INIT;
        request.after_position = position;
        request.wait_ms = WAIT_MS;
        const Anlan__Notifications__V1__WaitInboxResponse *page = (const void *)rpc_client_call(
            client, SERVICE "WaitInbox", &request.base, &anlan__notifications__v1__wait_inbox_response__descriptor,
            cli->credential, WAIT_MS + MARGIN_MS, NULL, &arena, &status);
        if (page)
            position = show_arrivals(cli, page, position);
        else
            exit_status = cli_tell(cli, &status);
        more = page && (follows || page->n_messages == 0);
        arena_fini(&arena);
    }
    rpc_client_close(client);
    return exit_status;
}
