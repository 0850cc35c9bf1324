// SPDX-License-Identifier: Apache-2.0
// Hazards that go from one tenant to another.
#include "anlan/hazards/v1/hazards.pb-c.h"
#include "anlan/organisations/v1/organisations.pb-c.h"
#include "commands.h"
#include "feed/entry.h"
#include "hazards_show.h"
#include "service/values.h"
#include "units.h"

#define SERVICE "anlan.hazards.v1.HazardsService/"

// The hazard that --tenant and --id name; NULL, told, where there is none.
static const Anlan__Hazards__V1__Hazard *read_hazard(struct cli *cli, int *exit_status)
{
    const char *tenant = cli_required(cli, "tenant");
    const char *id = tenant ? cli_required(cli, "id") : NULL;
    if (!id || !(tenant = cli_unit(cli, tenant, exit_status)))
        return NULL;
    Anlan__Hazards__V1__GetHazardRequest request = ANLAN__HAZARDS__V1__GET_HAZARD_REQUEST__INIT;
    request.tenant_id = (char *)tenant;
    request.id = (char *)id;
    const Anlan__Hazards__V1__GetHazardResponse *reply =
        (const void *)cli_call(cli, CLI_HAZARDS, SERVICE "GetHazard", &request.base, exit_status);
    return reply ? reply->hazard : NULL;
}

// What --to names, or the unit, or, where it is retired, its successor; NULL, told, where it cannot be read.
static char *unit_since(struct cli *cli, char *unit_id, int *exit_status)
{
    Anlan__Organisations__V1__GetUnitRequest request = ANLAN__ORGANISATIONS__V1__GET_UNIT_REQUEST__INIT;
    const char *to = cli_option(cli, "to");
    if (to)
        return (char *)cli_unit(cli, to, exit_status);
    request.by_case = ANLAN__ORGANISATIONS__V1__GET_UNIT_REQUEST__BY_ID;
    request.id = unit_id;
    const Anlan__Organisations__V1__GetUnitResponse *reply =
        (const void *)cli_call(cli, CLI_ORGANISATIONS, UNITS_SERVICE "GetUnit", &request.base, exit_status);
    if (!reply || !reply->unit)
        return NULL;
    return *reply->unit->successor_id ? reply->unit->successor_id : unit_id;
}

static int show(struct cli *cli, const Anlan__Hazards__V1__Hazard *hazard)
{
    if (cli->json)
        cli_print_json(&hazard->base, true);
    else
        hazards_show_line(cli, &hazard->base);
    return CLI_OK;
}

int hazards_command_hand_over(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    const char *document = cli_required(cli, "document");
    const Anlan__Hazards__V1__Hazard *hazard = document ? read_hazard(cli, &exit_status) : NULL;
    if (!hazard)
        return exit_status;
    Anlan__Hazards__V1__HandOverHazardRequest request = ANLAN__HAZARDS__V1__HAND_OVER_HAZARD_REQUEST__INIT;
    request.request_id = cli_request_id(cli);
    request.tenant_id = hazard->tenant_id;
    request.id = hazard->id;
    request.version = hazard->version;
    request.unit_id = hazard->unit_id;
    request.to_unit_id = unit_since(cli, hazard->unit_id, &exit_status);
    request.document = (char *)document;
    if (!request.to_unit_id)
        return exit_status;
    const Anlan__Hazards__V1__HandOverHazardResponse *reply =
        (const void *)cli_call(cli, CLI_HAZARDS, SERVICE "HandOverHazard", &request.base, &exit_status);
    return reply ? show(cli, reply->hazard) : exit_status;
}

// The same whoever derives it: a person and a program that follows the log make one record.
static char *derived_request_id(struct cli *cli, const Anlan__Hazards__V1__Hazard *origin)
{
    const Anlan__Hazards__V1__HandOver *handed = origin->life->handed_over;
    struct uuid tenant = {{0}};
    uuid_parse(origin->tenant_id, &tenant);
    struct uuid id = feed_command_id("hazards", &tenant, handed->position, service_time(handed->handed->entered_at));
    return service_uuid(&id, &cli->arena);
}

int hazards_command_take_over(struct cli *cli)
{
    int exit_status = CLI_USAGE;
    const Anlan__Hazards__V1__Hazard *origin = read_hazard(cli, &exit_status);
    if (!origin)
        return exit_status;
    if (!origin->life || !origin->life->handed_over) {
        fputs(cli_say(cli, (struct cli_text){"anlan: it is not handed over\n", "anlan：尚未移交\n"}), stderr);
        return CLI_FAILED;
    }
    Anlan__Hazards__V1__TakeOverHazardRequest request = ANLAN__HAZARDS__V1__TAKE_OVER_HAZARD_REQUEST__INIT;
    request.request_id = derived_request_id(cli, origin);
    request.unit_id = origin->life->handed_over->unit_id;
    request.origin_tenant_id = origin->tenant_id;
    request.origin_id = origin->id;
    request.sector = origin->sector;
    const Anlan__Hazards__V1__TakeOverHazardResponse *reply =
        (const void *)cli_call(cli, CLI_HAZARDS, SERVICE "TakeOverHazard", &request.base, &exit_status);
    return reply ? show(cli, reply->hazard) : exit_status;
}
