// SPDX-License-Identifier: Apache-2.0
// Names for people instead of ids and codes. What cannot be asked is shown as it is, and nothing is told: a table
// without names is better than none.
#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "base/check.h"
#include "units.h"

static struct cli_names *names_of(struct cli *cli)
{
    if (!cli->names)
        cli->names = arena_alloc(&cli->arena, sizeof(*cli->names));
    CHECK(cli->names);
    return cli->names;
}

static const void *ask(struct cli *cli, enum cli_service service, const char *address, const char *method,
                       const ProtobufCMessage *request)
{
    struct status status = {0};
    struct rpc_client *client = cli_option(cli, address) ? cli_client(cli, service) : NULL;
    return client ? rpc_client_call(client, method, request, cli_policy(method)->response, cli->credential,
                                    cli->timeout_ms, &cli->directory_position, &cli->arena, &status)
                  : NULL;
}

const char *cli_unit_name(struct cli *cli, const char *id)
{
    struct cli_names *names = names_of(cli);
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->ids[i], id) == 0)
            return names->names[i];
    if (names->count == CLI_NAMES_MOST)
        return id;
    Anlan__Organisations__V1__GetUnitRequest request = ANLAN__ORGANISATIONS__V1__GET_UNIT_REQUEST__INIT;
    request.by_case = ANLAN__ORGANISATIONS__V1__GET_UNIT_REQUEST__BY_ID;
    request.id = (char *)id;
    const Anlan__Organisations__V1__GetUnitResponse *reply =
        ask(cli, CLI_ORGANISATIONS, "organisations", UNITS_SERVICE "GetUnit", &request.base);
    names->ids[names->count] = id;
    names->names[names->count] = reply && reply->unit ? reply->unit->name : id;
    return names->names[names->count++];
}

const char *cli_sector_name(struct cli *cli, const char *code)
{
    struct cli_names *names = names_of(cli);
    Anlan__Hazards__V1__ListSectorsRequest request = ANLAN__HAZARDS__V1__LIST_SECTORS_REQUEST__INIT;
    if (!names->sectors_asked)
        names->sectors = ask(cli, CLI_HAZARDS, "hazards", "anlan.hazards.v1.HazardsService/ListSectors", &request.base);
    names->sectors_asked = true;
    const Anlan__Hazards__V1__ListSectorsResponse *reply = (const void *)names->sectors;
    for (size_t i = 0; reply && i < reply->n_sectors; i++)
        if (strcmp(reply->sectors[i]->code, code) == 0)
            return cli_say(cli, (struct cli_text){reply->sectors[i]->en, reply->sectors[i]->zh});
    return code;
}
