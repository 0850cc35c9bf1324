// SPDX-License-Identifier: Apache-2.0
// A county's instance joins a region's: request at the county, enrol at the region, accept at the county.
#include <string.h>

#include "base/check.h"
#include "commands.h"
#include "instances.h"
#include "units.h"

#define INSTANCES "anlan.organisations.v1.InstancesService/"
#define ABOVE ANLAN__ORGANISATIONS__V1__INSTANCE_KIND__INSTANCE_KIND_ABOVE
#define BELOW ANLAN__ORGANISATIONS__V1__INSTANCE_KIND__INSTANCE_KIND_BELOW
#define STEPS_MOST 64
#define ANSWERED_MOST 10000

int instances_command_request(struct cli *cli)
{
    int exit_status = CLI_OK;
    instance_offer offer;
    if (!instances_offer(cli, &offer, &exit_status))
        return exit_status;
    offer.code = (char *)cli_required(cli, "code");
    if (!offer.code)
        return CLI_USAGE;
    instances_write(cli, &offer.base);
    return CLI_OK;
}

// The instances that are known; false, told, where that cannot be read.
static bool find_known(struct cli *cli, const char *id, const Anlan__Organisations__V1__Instance **known,
                       int *exit_status)
{
    Anlan__Organisations__V1__ListInstancesRequest request = ANLAN__ORGANISATIONS__V1__LIST_INSTANCES_REQUEST__INIT;
    request.page_size = 500;
    *known = NULL;
    do {
        const Anlan__Organisations__V1__ListInstancesResponse *page =
            (const void *)cli_call(cli, CLI_ORGANISATIONS, INSTANCES "ListInstances", &request.base, exit_status);
        if (!page)
            return false;
        for (size_t i = 0; i < page->n_instances; i++)
            if (strcmp(page->instances[i]->id, id) == 0)
                *known = page->instances[i];
        request.page_token = page->next_page_token;
    } while (*request.page_token);
    return true;
}

static bool same_addresses(const Anlan__Organisations__V1__InstanceAddresses *left,
                           const Anlan__Organisations__V1__InstanceAddresses *right)
{
    bool same = left && right && left->n_services == right->n_services;
    for (size_t i = 0; same && i < left->n_services; i++)
        same = strcmp(left->services[i]->service, right->services[i]->service) == 0 &&
               strcmp(left->services[i]->calls, right->services[i]->calls) == 0 &&
               strcmp(left->services[i]->feed, right->services[i]->feed) == 0;
    return same;
}

static bool renew(struct cli *cli, const instance_offer *offer, const Anlan__Organisations__V1__Instance *known,
                  int *exit_status)
{
    Anlan__Organisations__V1__UpdateInstanceRequest request = ANLAN__ORGANISATIONS__V1__UPDATE_INSTANCE_REQUEST__INIT;
    if (strcmp(known->display_name, offer->display_name) == 0 &&
        strcmp(known->certificate_authority, offer->certificate_authority) == 0 &&
        same_addresses(known->addresses, offer->addresses))
        return true;
    request.request_id = cli_request_id(cli);
    request.id = known->id;
    request.version = known->version;
    request.display_name = offer->display_name;
    request.addresses = offer->addresses;
    request.certificate_authority = offer->certificate_authority;
    return cli_call(cli, CLI_ORGANISATIONS, INSTANCES "UpdateInstance", &request.base, exit_status) != NULL;
}

// Takes it up, or what is new about it. False, told.
static bool take_up(struct cli *cli, const instance_offer *offer, Anlan__Organisations__V1__InstanceKind kind,
                    const char *unit_id, int *exit_status)
{
    const Anlan__Organisations__V1__Instance *known = NULL;
    Anlan__Organisations__V1__EnrolInstanceRequest request = ANLAN__ORGANISATIONS__V1__ENROL_INSTANCE_REQUEST__INIT;
    if (!find_known(cli, offer->id, &known, exit_status))
        return false;
    if (known && (known->kind != kind || strcmp(known->unit_id, unit_id) != 0)) {
        fputs(cli_say(cli, (struct cli_text){"anlan: the instance is known, with another unit or direction\n",
                                             "anlan：该系统已登记，但所属单位或上下级关系不同\n"}),
              stderr);
        *exit_status = CLI_FAILED;
        return false;
    }
    if (known)
        return renew(cli, offer, known, exit_status);
    request.request_id = cli_request_id(cli);
    request.id = offer->id;
    request.kind = kind;
    request.unit_id = (char *)unit_id;
    request.display_name = offer->display_name;
    request.addresses = offer->addresses;
    request.certificate_authority = offer->certificate_authority;
    return cli_call(cli, CLI_ORGANISATIONS, INSTANCES "EnrolInstance", &request.base, exit_status) != NULL;
}

static void add_unit(struct cli *cli, instance_answer *answer, const instance_unit *unit)
{
    Anlan__Organisations__V1__OfferedUnit *made = arena_alloc(&cli->arena, sizeof(*made));
    CHECK(made);
    anlan__organisations__v1__offered_unit__init(made);
    made->id = unit->id;
    made->parent_id = unit->parent_id;
    made->kind = unit->kind;
    made->code = unit->code;
    made->name = unit->name;
    made->n_sectors = unit->n_sectors;
    made->sectors = unit->sectors;
    answer->units[answer->n_units++] = made;
}

static bool has(const instance_answer *answer, const char *id)
{
    for (size_t i = 0; i < answer->n_units; i++)
        if (strcmp(answer->units[i]->id, id) == 0)
            return true;
    return false;
}

// What is directly below those that the answer has, of the divisions, again and again.
static void add_below(struct cli *cli, instance_answer *answer, instance_unit *const *units, size_t count, size_t first)
{
    for (size_t at = first; at < answer->n_units; at++)
        for (size_t i = 0; i < count; i++) {
            const instance_unit *unit = units[i];
            bool division = unit->kind >= ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_REGION &&
                            unit->kind <= ANLAN__ORGANISATIONS__V1__UNIT_KIND__UNIT_KIND_TOWNSHIP;
            if (division && !unit->retired_at && strcmp(unit->parent_id, answer->units[at]->id) == 0 &&
                answer->n_units < ANSWERED_MOST)
                add_unit(cli, answer, unit);
        }
}

// The units above, the highest first, the unit itself, and the divisions below.
static bool add_units(struct cli *cli, instance_answer *answer, int *exit_status)
{
    size_t count = 0;
    size_t steps = 0;
    const instance_unit *chain[STEPS_MOST];
    instance_unit **units = instances_units(cli, &count, exit_status);
    answer->units = arena_array(&cli->arena, ANSWERED_MOST + STEPS_MOST, sizeof(*answer->units));
    CHECK(answer->units);
    if (!units)
        return false;
    for (const instance_unit *unit = instances_unit(units, count, answer->unit_id); unit && steps < STEPS_MOST;
         unit = *unit->parent_id ? instances_unit(units, count, unit->parent_id) : NULL)
        chain[steps++] = unit;
    for (size_t i = steps; i-- > 0;)
        add_unit(cli, answer, chain[i]);
    add_below(cli, answer, units, count, steps ? steps - 1 : 0);
    *exit_status = CLI_FAILED;
    return has(answer, answer->unit_id);
}

static bool code_fits(struct cli *cli, const instance_offer *offer, const instance_answer *answer)
{
    for (size_t i = 0; i < answer->n_units; i++)
        if (strcmp(answer->units[i]->id, answer->unit_id) == 0 && strcmp(answer->units[i]->code, offer->code) == 0)
            return true;
    fprintf(stderr,
            cli_say(cli, (struct cli_text){"anlan: the file is that of the division %s, which --unit is not\n",
                                           "anlan：该文件属于区划 %s，与 --unit 不符\n"}),
            offer->code);
    return false;
}

int instances_command_enrol(struct cli *cli)
{
    int exit_status = CLI_OK;
    instance_offer own;
    instance_answer answer = ANLAN__ORGANISATIONS__V1__INSTANCE_ANSWER__INIT;
    const char *unit = cli_required(cli, "unit");
    if (!unit)
        return CLI_USAGE;
    const instance_offer *offer = (const instance_offer *)instances_read(
        cli, cli->arguments[0], &anlan__organisations__v1__instance_offer__descriptor);
    if (!offer)
        return CLI_FAILED;
    if (!instances_offer(cli, &own, &exit_status))
        return exit_status;
    exit_status = CLI_FAILED;
    answer.offer = &own;
    answer.instance_id = offer->id;
    answer.unit_id = (char *)cli_unit(cli, unit, &exit_status);
    if (!answer.unit_id || !add_units(cli, &answer, &exit_status) || !code_fits(cli, offer, &answer) ||
        !take_up(cli, offer, BELOW, answer.unit_id, &exit_status))
        return exit_status;
    instances_write(cli, &answer.base);
    return CLI_OK;
}

// Whether a unit that is here stands in the way of one of the answer's.
static bool conflicts(struct cli *cli, const Anlan__Organisations__V1__OfferedUnit *offered, const instance_unit *here)
{
    struct cli_text why = {NULL, NULL};
    bool same = strcmp(here->id, offered->id) == 0;
    if (!same && *offered->code && strcmp(here->code, offered->code) == 0)
        why = (struct cli_text){"is here with another id", "在本系统中已存在，编号不同"};
    else if (same && (strcmp(here->name, offered->name) != 0 || strcmp(here->code, offered->code) != 0))
        why = (struct cli_text){"is here with another name or code", "在本系统中名称或代码不同"};
    else if (same && ((int)here->kind != offered->kind || strcmp(here->parent_id, offered->parent_id) != 0))
        why = (struct cli_text){"is here with another tier or parent", "在本系统中层级或上级不同"};
    else if (same && here->retired_at)
        why = (struct cli_text){"is retired here", "在本系统中已撤销"};
    if (why.en)
        fprintf(stderr, "anlan: %s %s (%s): %s\n", offered->code, offered->name, here->id, cli_say(cli, why));
    return why.en != NULL;
}

// What is missing here, once nothing stands in its way. False, told.
static bool check_units(struct cli *cli, const instance_answer *answer, bool *missing, int *exit_status)
{
    size_t count = 0;
    size_t faults = 0;
    instance_unit **units = instances_units(cli, &count, exit_status);
    if (!units)
        return false;
    for (size_t i = 0; i < answer->n_units; i++) {
        missing[i] = true;
        for (size_t k = 0; k < count; k++) {
            faults += conflicts(cli, answer->units[i], units[k]);
            missing[i] = missing[i] && strcmp(units[k]->id, answer->units[i]->id) != 0;
        }
    }
    *exit_status = CLI_FAILED;
    return faults == 0;
}

static bool make_unit(struct cli *cli, const Anlan__Organisations__V1__OfferedUnit *offered, int *exit_status)
{
    Anlan__Organisations__V1__CreateUnitRequest request = ANLAN__ORGANISATIONS__V1__CREATE_UNIT_REQUEST__INIT;
    request.request_id = cli_request_id(cli);
    request.id = offered->id;
    request.parent_id = offered->parent_id;
    request.kind = (Anlan__Organisations__V1__UnitKind)offered->kind;
    request.code = offered->code;
    request.name = offered->name;
    request.n_sectors = offered->n_sectors;
    request.sectors = offered->sectors;
    return cli_call(cli, CLI_ORGANISATIONS, UNITS_SERVICE "CreateUnit", &request.base, exit_status) != NULL;
}

// The answer is one to this instance.
static bool is_for_us(struct cli *cli, const instance_answer *answer, int *exit_status)
{
    char id[64] = "";
    const char *keys = cli_required(cli, "keys");
    FILE *file = keys ? fopen(arena_printf(&cli->arena, "%s/instance.id", keys), "r") : NULL;
    bool read = file && fgets(id, sizeof(id), file);
    if (file)
        fclose(file);
    id[strcspn(id, "\n")] = '\0';
    if (read && answer->offer && answer->offer->addresses && strcmp(id, answer->instance_id) == 0)
        return true;
    *exit_status = keys ? CLI_FAILED : CLI_USAGE;
    if (keys)
        fputs(cli_say(cli, (struct cli_text){"anlan: the file is no answer to this instance\n",
                                             "anlan：该文件不是对本系统的答复\n"}),
              stderr);
    return false;
}

int instances_command_accept(struct cli *cli)
{
    int exit_status = CLI_OK;
    size_t made = 0;
    const instance_answer *answer = (const instance_answer *)instances_read(
        cli, cli->arguments[0], &anlan__organisations__v1__instance_answer__descriptor);
    if (!answer)
        return CLI_FAILED;
    bool *missing = arena_array(&cli->arena, answer->n_units + 1, sizeof(*missing));
    CHECK(missing);
    if (!is_for_us(cli, answer, &exit_status) || !check_units(cli, answer, missing, &exit_status))
        return exit_status;
    for (size_t i = 0; i < answer->n_units; i++) {
        if (missing[i] && !make_unit(cli, answer->units[i], &exit_status))
            return exit_status;
        made += missing[i];
    }
    if (!take_up(cli, answer->offer, ABOVE, answer->unit_id, &exit_status))
        return exit_status;
    printf(cli_say(cli, (struct cli_text){"%s is above; %zu units made, %zu were here\n",
                                          "已接入上级系统 %s；新建单位 %zu 个，已有 %zu 个\n"}),
           answer->offer->display_name, made, answer->n_units - made);
    return CLI_OK;
}
