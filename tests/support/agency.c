// SPDX-License-Identifier: Apache-2.0
#include "support/agency.h"

#include "base/clock.h"
#include "support/ask.h"

void agency_open(struct agency *agency, struct instance *region)
{
    agency->region = region;
    agency->city_officer = actor_new(region, "city_officer", region->ids[CITY_1504], "市应急局", NULL);
    agency->clerk = actor_new(region, "city_officer", region->ids[CITY_1504], "市消防支队联络员", NULL);
    agency->client = actor_client(region, "消防数据平台");
    agency->here = as(region, "county_officer", COUNTY_150424, "王建国");
    agency->there = as(region, "county_officer", COUNTY_150423, "李四");
}

const char *agency_grant(struct agency *agency, const char *unit_id, const char *sectors, const char *permission,
                         int seconds)
{
    struct instance *region = agency->region;
    char ends_at[CLOCK_TEXT_SIZE];
    clock_format(clock_now() + seconds * CLOCK_SECOND, ends_at);
    const char *made =
        ask_well(region, acting(region, agency->clerk, NULL), "RequestGrant",
                 "{'ground': 'GRANT_GROUND_AGENCY_DATA', 'grantorPostId': '%s', 'granteeClientId': '%s', "
                 "'unitId': '%s', 'sectors': [%s], 'permissions': ['%s'], 'endsAt': '%s', 'reason': '消防数据共享', "
                 "'document': '赤消〔2026〕3 号'}",
                 agency->city_officer.post_id, agency->client.person_id, unit_id, sectors, permission, ends_at);
    const char *id = reply_at(region, made, "grant.id");
    ask_well(region, acting(region, agency->city_officer, NULL), "ApproveGrant", "{'id': '%s', 'version': 1}", id);
    return id;
}

void agency_end_grant(struct agency *agency, const char *id)
{
    struct instance *region = agency->region;
    struct person who = acting(region, agency->city_officer, NULL);
    const char *read = ask_well(region, who, "GetGrant", "{'id': '%s'}", id);
    ask_well(region, who, "RevokeGrant", "{'id': '%s', 'version': %s, 'note': '不再需要'}", id,
             reply_at(region, read, "grant.version"));
}

const Anlan__Hazards__V1__Hazard *agency_found(struct agency *agency, struct person who, const char *unit_id,
                                               const char *sector)
{
    struct instance *region = agency->region;
    struct status status = {0};
    Anlan__Hazards__V1__CreateHazardRequest made = ANLAN__HAZARDS__V1__CREATE_HAZARD_REQUEST__INIT;
    made.request_id = new_request_id(region);
    made.unit_id = (char *)unit_id;
    made.grade = ANLAN__HAZARDS__V1__GRADE__GRADE_GENERAL;
    made.sector = (char *)sector;
    made.description = (char *)"安全出口上锁";
    const Anlan__Hazards__V1__CreateHazardResponse *reply = (const void *)call_hazards(
        region, who, "CreateHazard", &made.base, &anlan__hazards__v1__create_hazard_response__descriptor, &status);
    assert_ok(status);
    return reply->hazard;
}

void agency_found_many(struct agency *agency, int count)
{
    struct instance *region = agency->region;
    for (int i = 0; i < count; i++) {
        const char *sector = i % 2 ? "public_places" : "road_traffic";
        agency_found(agency, agency->here, region->ids[i % 3 ? TOWNSHIP_100 : COUNTY_150424], sector);
        agency_found(agency, agency->there, region->ids[TOWNSHIP_OTHER], sector);
    }
}
