// SPDX-License-Identifier: Apache-2.0
// Absent means absent, of the ledger: what is in 林西县 (150424) is hidden from 巴林右旗 (150423), and is answered
// there as what is nowhere.
#include <stdio.h>
#include <string.h>

#include "anlan_hazards_v1.policy.h"
#include "support/ask.h"
#include "support/probes.h"

static struct instance *region;
static struct actor outsider;    // of 巴林右旗, may do everything there
static struct actor officer;     // likewise, as people are
static struct actor inside;      // of 林西县
static struct actor apart;       // likewise, in public places only

#define at(reply, path) reply_at(region, reply, path)

#define NEW "'grade': 'GRADE_GENERAL', 'sector': 'fireworks', 'description': '安全出口上锁'"
#define MAJOR                                                                                                          \
    "'grade': 'GRADE_MAJOR', 'sector': 'fireworks', 'description': '库房超量', 'criterion': {'standard': "         \
    "'判定标准', 'version': '第4号', 'item': '第四条', 'inForceFrom': '2021-01-01T00:00:00Z'}"
#define BY "'responsiblePerson': '某人', 'deadline': '2099-01-01T00:00:00Z'"
#define ASSIGNMENT "'assignment': {'responsibleUnitId': '{own_township}', " BY "}"
#define ASSIGNMENT_OF(unit) "'assignment': {'responsibleUnitId': '" unit "', " BY "}"
#define ASSIGNMENT_BY(person)                                                                                          \
    "'assignment': {'responsibleUnitId': '{own_township}', 'responsiblePersonId': '" person "', " BY "}"
#define DECISION "'decision': 'DECISION_GRANTED', 'reason': '属实'"
#define LISTING                                                                                                         \
    "'sector': 'fireworks', 'document': '1号', 'level': 'SUPERVISION_LEVEL_REGION', 'until': '2099-01-01T00:00:00Z', " \
    "'issuer': '安委办', 'reason': '久拖不改'"

// One record, named by tenant and id: by the one that is not there, and by the other.
#define RECORD(who, method, name, rest)                                                                                \
    {who, method, "county", "{'tenantId': '$', 'id': '{" name "}'" rest "}"}, RECORD_ID(who, method, name, rest)
#define RECORD_ID(who, method, name, rest)                                                                             \
    {                                                                                                                  \
        who, method, name, "{'tenantId': '{county}', 'id': '$'" rest "}"                                               \
    }
// A new hazard each time: of who asks, and of 林西镇.
#define OWN(made) "'tenantId': '{own_tenant}', 'id': '{" made "}', 'version': 1"
#define THEIR(made) "'tenantId': '{county}', 'id': '{" made "}', 'version': 1"
#define CHANGE(method, rest) RECORD(&outsider, method, "hazard", ", 'version': 1" rest)

#define WRITTEN_DOWN "it is written down, and not looked up: another service's"
#define HANDS_ON "who hands on names any unit of his tenant"

static const struct probe rows[] = {
    RECORD(&outsider, "GetHazard", "hazard", ""),
    {&officer, "RevealHazard", "county", "{'tenantId': '$', 'id': '{restricted}', 'purpose': '核查举报'}",
     .witness = &inside},
    {&officer, "RevealHazard", "restricted", "{'tenantId': '{county}', 'id': '$', 'purpose': '核查举报'}",
     .witness = &inside},
    {&outsider, "ListHazards", "county", "{'unitId': '$'}", .sibling = "it is his county"},
    {&outsider, "ListHazards", "township", "{'unitId': '$'}"},
    {&outsider, "ListHazards", "township", "{'partyUnitId': '$'}"},
    {&outsider, "ListHazardCounts", "township", "{'unitId': '$'}"},
    {&outsider, "ExportHazards", "township", "{'unitId': '$', 'purpose': '核查举报'}"},
    // Changes of a record.
    CHANGE("VerifyLead", ", 'note': '核查属实'"),
    CHANGE("FixHazardOnSpot", ", 'fix': {'measures': '已清理', 'fixedBy': '某人', 'evidence': ['照片1']}"),
    CHANGE("AssignHazard", ", " ASSIGNMENT),
    CHANGE("StartRectification", ""),
    CHANGE("ReturnHazard", ", 'reason': '不属本镇'"),
    CHANGE("TransferHazard", ", 'reason': '属新城子镇', " ASSIGNMENT),
    CHANGE("AskExtension", ", 'deadline': '2099-06-01T00:00:00Z', 'reason': '设备未到'"),
    CHANGE("DecideExtension", ", " DECISION),
    CHANGE("ReportRectification", ", 'measures': '已更换', 'evidence': ['照片2']"),
    CHANGE("AcceptHazard", ""),
    CHANGE("RefuseHazard", ", 'reason': '数量不足'"),
    CHANGE("CloseHazard", ""),
    CHANGE("LookBack", ", 'verdict': 'VERDICT_CONFIRMED', 'note': '复查', 'evidence': ['照片1']"),
    CHANGE("HaltOperations", ", 'document': '1号', 'reason': '险情'"),
    CHANGE("AskResumption", ", 'reason': '已整改'"),
    CHANGE("DecideResumption", ", " DECISION),
    CHANGE("AskVoiding", ", 'reason': '重复登记'"),
    CHANGE("DecideVoiding", ", " DECISION),
    CHANGE("RegradeHazard", ", 'grade': 'GRADE_GENERAL', 'reason': '重新判定'"),
    CHANGE("HandOverHazard", ", 'unitId': '{own_township}', 'toUnitId': '{own_township}', 'document': '文号'"),
    // What a change names besides.
    {&outsider, "AssignHazard", "township", "{" OWN("made") ", " ASSIGNMENT_OF("$") "}",
     .witnessed = "{" THEIR("their_made") ", " ASSIGNMENT_OF("$") "}", .sibling = HANDS_ON},
    {&outsider, "AssignHazard", "person", "{" OWN("made") ", " ASSIGNMENT_BY("$") "}", .makes = true,
     .alike = WRITTEN_DOWN},
    {&outsider, "TransferHazard", "township", "{" OWN("assigned") ", 'reason': '不属本镇', " ASSIGNMENT_OF("$") "}",
     .witnessed = "{" THEIR("their_assigned") ", 'reason': '不属本镇', " ASSIGNMENT_OF("$") "}", .sibling = HANDS_ON},
    {&outsider, "TransferHazard", "person", "{" OWN("assigned") ", 'reason': '不属本镇', " ASSIGNMENT_BY("$") "}",
     .makes = true, .alike = WRITTEN_DOWN},
    {&outsider, "LookBack", "township",
     "{" OWN("closed") ", 'verdict': 'VERDICT_REBOUND', 'note': '反弹', " ASSIGNMENT_OF("$") "}",
     .witnessed = "{" THEIR("their_closed") ", 'verdict': 'VERDICT_REBOUND', 'note': '反弹', " ASSIGNMENT_OF("$") "}",
     .sibling = HANDS_ON},
    {&outsider, "LookBack", "person",
     "{" OWN("closed") ", 'verdict': 'VERDICT_REBOUND', 'note': '反弹', " ASSIGNMENT_BY("$") "}", .makes = true,
     .alike = WRITTEN_DOWN},
    {&outsider, "HandOverHazard", "township",
     "{" OWN("made") ", 'unitId': '$', 'toUnitId': '{own_township}', 'document': '文号'}",
     .witnessed = "{" THEIR("their_made") ", 'unitId': '$', 'toUnitId': '{own_township}', 'document': '文号'}"},
    {&outsider, "HandOverHazard", "township",
     "{" OWN("made") ", 'unitId': '{own_township}', 'toUnitId': '$', 'document': '文号'}",
     .alike = "it is given to whom the place belongs now, and to nobody else"},
    {&outsider, "TakeOverHazard", "township",
     "{'unitId': '$', 'originTenantId': '{county}', 'originId': '{hazard}', 'sector': 'fireworks'}"},
    {&outsider, "TakeOverHazard", "county",
     "{'unitId': '{own_township}', 'originTenantId': '$', 'originId': '{hazard}', 'sector': 'fireworks'}"},
    {&outsider, "TakeOverHazard", "hazard",
     "{'unitId': '{own_township}', 'originTenantId': '{county}', 'originId': '$', 'sector': 'fireworks'}"},
    // What is new.
    {&outsider, "CreateHazard", "township", "{'unitId': '$', " NEW "}"},
    {&outsider, "CreateHazard", "township", "{'unitId': '$', 'ownLedger': true, " NEW "}"},
    {&outsider, "CreateHazard", "township", "{'unitId': '{own_township}', " NEW ", " ASSIGNMENT_OF("$") "}",
     .witnessed = "{'unitId': '{township}', " NEW ", " ASSIGNMENT_OF("$") "}", .sibling = HANDS_ON},
    {&outsider, "CreateHazard", "person", "{'unitId': '{own_township}', " NEW ", " ASSIGNMENT_BY("$") "}",
     .makes = true, .alike = WRITTEN_DOWN},
    {&outsider, "CreateHazard", "hazard", "{'unitId': '{own_township}', " NEW ", 'campaignId': '$'}", .makes = true,
     .alike = WRITTEN_DOWN},
    // Listed supervision.
    {&outsider, "GetListing", "region", "{'tenantId': '$', 'id': '{listing}'}"},
    {&outsider, "GetListing", "listing", "{'tenantId': '{region}', 'id': '$'}"},
    {&outsider, "DecideClosing", "region", "{'tenantId': '$', 'id': '{listing}', 'version': 1, " DECISION "}"},
    {&outsider, "DecideClosing", "listing", "{'tenantId': '{region}', 'id': '$', 'version': 1, " DECISION "}"},
    {&outsider, "WithdrawListing", "region", "{'tenantId': '$', 'id': '{listing}', 'version': 1, 'reason': '错列'}"},
    {&outsider, "WithdrawListing", "listing", "{'tenantId': '{region}', 'id': '$', 'version': 1, 'reason': '错列'}"},
    {&outsider, "ListListings", "township", "{'unitId': '$'}"},
    {&outsider, "ListListings", "major", "{'hazardId': '$'}"},
    {&outsider, "OpenListing", "county",
     "{'unitId': '$', 'hazardTenantId': '{county}', 'hazardId': '{major}', " LISTING "}",
     .sibling = "it is his county"},
    {&outsider, "OpenListing", "county",
     "{'unitId': '{own}', 'hazardTenantId': '$', 'hazardId': '{major}', " LISTING "}",
     .witnessed = "{'unitId': '{region}', 'hazardTenantId': '$', 'hazardId': '{major}', " LISTING "}",
     .sibling = "it is his tenant"},
    {&outsider, "OpenListing", "major",
     "{'unitId': '{own}', 'hazardTenantId': '{county}', 'hazardId': '$', " LISTING "}",
     .witnessed = "{'unitId': '{region}', 'hazardTenantId': '{county}', 'hazardId': '$', " LISTING "}"},
};

#define SERVICES "only services have hazards.enter_finding: no role of people does"
static const struct probe_exemption exempt[] = {
    {"EnterFinding", "tenantId", SERVICES},      {"EnterFinding", "unitId", SERVICES},
    {"EnterFinding", "findingUnitId", SERVICES}, {"EnterFinding", "foundById", SERVICES},
    {"EnterFinding", "inspectionId", SERVICES},  {"EnterFinding", "campaignId", SERVICES},
};

static struct probes probes = {.rows = rows,
                               .count = sizeof(rows) / sizeof(rows[0]),
                               .contract = &anlan_hazards_v1_contract,
                               .exemptions = exempt,
                               .exemption_count = sizeof(exempt) / sizeof(exempt[0]),
                               .apart = &apart,
                               .of_sectors = {"hazard", "major"}};

#define keep(name, value) probes_name(&probes, name, value)
#define kept(name) probes_value(&probes, name)

// A new hazard, in the state and at the place that the name says.
static const char *make_hazard(const struct probes *of, const char *name)
{
    const bool their = strncmp(name, "their_", strlen("their_")) == 0;
    const char *unit_id = probes_value(of, their ? "township" : "own_township");
    const char *state = name + (their ? strlen("their_") : 0);
    const char *rest = "";
    if (strcmp(state, "closed") == 0)
        rest = ", 'fix': {'measures': '已清理', 'fixedBy': '某人', 'evidence': ['照片1']}";
    else if (strcmp(state, "assigned") == 0)
        rest = arena_printf(&region->arena, ", " ASSIGNMENT_OF("%s"), unit_id);
    else if (strcmp(state, "made") != 0)
        return NULL;
    return at(ask_well(region, as(region, "witness", REGION_15, "发现人"), "CreateHazard",
                       "{'unitId': '%s', " NEW "%s}", unit_id, rest),
              "hazard.id");
}

static int up(void **state)
{
    (void)state;
    region = probes.instance = instance_start(1);
    probes.make = make_hazard;
    keep("region", region->ids[REGION_15]);
    keep("county", region->ids[COUNTY_150424]);
    keep("township", region->ids[TOWNSHIP_100]);
    keep("own", region->ids[COUNTY_150423]);
    keep("own_tenant", region->ids[COUNTY_150423]);
    keep("own_township", region->ids[TOWNSHIP_OTHER]);
    probes_people(&probes, region->ids[TOWNSHIP_101]);
    outsider = actor_new(region, "witness", kept("own"), "邻县人", NULL);
    apart = actor_new(region, "witness", kept("county"), "他行业监管员", "public_places");
    officer = actor_new(region, "emergency_officer", kept("own"), "邻县王五", NULL);
    inside = actor_new(region, "emergency_officer", kept("county"), "王建国", NULL);
    keep("person", inside.person_id);
    const char *made =
        ask_well(region, acting(region, inside, NULL), "CreateHazard", "{'unitId': '%s', " NEW "}", kept("township"));
    keep("hazard", at(made, "hazard.id"));
    made = ask_well(region, acting(region, inside, NULL), "CreateHazard",
                    "{'unitId': '%s', 'restricted': true, " NEW "}", kept("township"));
    keep("restricted", at(made, "hazard.id"));
    made =
        ask_well(region, acting(region, inside, NULL), "CreateHazard", "{'unitId': '%s', " MAJOR "}", kept("township"));
    keep("major", at(made, "hazard.id"));
    made = ask_well(region, as(region, "region_officer", REGION_15, "区安委办"), "OpenListing",
                    "{'unitId': '%s', 'hazardTenantId': '%s', 'hazardId': '%s', " LISTING "}", kept("region"),
                    kept("county"), kept("major"));
    keep("listing", at(made, "listing.id"));
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(region);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(whatever_names_something_is_probed, &probes),
        cmocka_unit_test_prestate(what_is_hidden_is_answered_like_what_is_not_there, &probes),
        cmocka_unit_test_prestate(what_is_of_another_sector_is_hidden_too, &probes),
        cmocka_unit_test_prestate(who_may_see_it_hears_the_difference, &probes),
    };
    return cmocka_run_group_tests(tests, up, down);
}
