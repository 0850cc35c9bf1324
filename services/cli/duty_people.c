// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "anlan/organisations/v1/people.pb-c.h"
#include "base/check.h"
#include "base/uuid.h"
#include "dates.h"
#include "duty.h"
#include "units.h"

static void add(struct cli *cli, struct duty_people *people, const char *id, const char *name)
{
    for (size_t i = 0; i < people->count; i++)
        if (strcmp(people->ids[i], id) == 0)
            return;
    if (people->count == people->room) {
        size_t room = people->room ? 2 * people->room : 64;
        char **ids = arena_array(&cli->arena, room, sizeof(*ids));
        char **names = arena_array(&cli->arena, room, sizeof(*names));
        CHECK(ids && names);
        for (size_t i = 0; i < people->count; i++) {
            ids[i] = people->ids[i];
            names[i] = people->names[i];
        }
        people->ids = ids;
        people->names = names;
        people->room = room;
    }
    people->ids[people->count] = arena_text(&cli->arena, id, strlen(id));
    people->names[people->count++] = arena_text(&cli->arena, name, strlen(name));
}

static bool read_posts(struct cli *cli, const char *unit_id, struct duty_people *people, int *exit_status)
{
    Anlan__Organisations__V1__ListPostsRequest request = ANLAN__ORGANISATIONS__V1__LIST_POSTS_REQUEST__INIT;
    request.of_case = ANLAN__ORGANISATIONS__V1__LIST_POSTS_REQUEST__OF_UNIT_ID;
    request.unit_id = (char *)unit_id;
    request.page_size = 500;
    do {
        const Anlan__Organisations__V1__ListPostsResponse *page =
            (const void *)cli_call(cli, CLI_ORGANISATIONS, PEOPLE_SERVICE "ListPosts", &request.base, exit_status);
        if (!page)
            return false;
        for (size_t i = 0; i < page->n_posts; i++)
            add(cli, people, page->posts[i]->person_id, page->posts[i]->person_name);
        request.page_token = page->next_page_token;
    } while (*request.page_token);
    return true;
}

static bool read_people(struct cli *cli, const char *unit_id, struct duty_people *people, int *exit_status)
{
    Anlan__Organisations__V1__ListPeopleRequest request = ANLAN__ORGANISATIONS__V1__LIST_PEOPLE_REQUEST__INIT;
    request.unit_id = (char *)unit_id;
    request.page_size = 500;
    do {
        const Anlan__Organisations__V1__ListPeopleResponse *page =
            (const void *)cli_call(cli, CLI_ORGANISATIONS, PEOPLE_SERVICE "ListPeople", &request.base, exit_status);
        if (!page)
            return false;
        for (size_t i = 0; i < page->n_people; i++)
            add(cli, people, page->people[i]->id, page->people[i]->name);
        request.page_token = page->next_page_token;
    } while (*request.page_token);
    return true;
}

bool duty_people_read(struct cli *cli, const char *unit_id, struct duty_people *people, int *exit_status)
{
    memset(people, 0, sizeof(*people));
    return read_posts(cli, unit_id, people, exit_status) && read_people(cli, unit_id, people, exit_status);
}

const char *duty_person(const struct duty_people *people, const char *text, struct cli_text *reason)
{
    struct uuid id;
    const char *found = NULL;
    if (uuid_parse(text, &id))
        return text;
    for (size_t i = 0; i < people->count; i++) {
        if (strcmp(people->names[i], text) != 0)
            continue;
        if (found) {
            *reason = (struct cli_text){"several people of the unit have that name: name him by his id",
                                        "该单位有多人同名，请用人员编号"};
            return NULL;
        }
        found = people->ids[i];
    }
    *reason = (struct cli_text){"nobody of the unit has that name", "该单位没有此人"};
    return found;
}

bool duty_time(const char *text, bool ends, clock_time *time)
{
    bool whole_day = false;
    if (!dates_read(text, time, &whole_day))
        return false;
    if (whole_day && ends)
        *time += CLOCK_DAY;
    return true;
}
