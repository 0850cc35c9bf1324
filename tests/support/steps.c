// SPDX-License-Identifier: Apache-2.0
#include "support/steps.h"

#include <string.h>

#include "anlan_hazards_v1.policy.h"
#include "base/check.h"
#include "base/clock.h"
#include "cli.h"
#include "json.h"
#include "service/values.h"

struct cast cast_of(struct instance *instance)
{
    return (struct cast){
        .finder = as(instance, "county_officer", COUNTY_150424, "发现人"),
        .assigner = as(instance, "county_officer", COUNTY_150424, "交办人"),
        .responsible = as(instance, "township_clerk", TOWNSHIP_100, "整改人"),
        .acceptor = as(instance, "county_officer", COUNTY_150424, "验收人"),
        .closer = as(instance, "county_officer", COUNTY_150424, "销号人"),
        .looker = as(instance, "county_officer", COUNTY_150424, "回头看"),
        .enforcer = as(instance, "county_officer", COUNTY_150424, "执法人"),
        .asker = as(instance, "county_officer", COUNTY_150424, "申请人"),
        .decider = as(instance, "county_officer", COUNTY_150424, "审批人"),
    };
}

// Which method does it, as whom, and what the request holds besides the hazard. %U is 林西镇, %O 新城子镇.
static const struct play {
    Anlan__Hazards__V1__Action action;
    const char *method;
    size_t who;
    const char *request;
} plays[] = {
#define WHO(role) offsetof(struct cast, role)
#define ASSIGNMENT(unit)                                                                                               \
    "\"assignment\": {\"responsible_unit_id\": \"" unit                                                                \
    "\", \"responsible_person\": \"张三\", \"deadline\": \"2099-01-01T00:00:00Z\", \"five_items\": {\"measures\": "  \
    "\"更换\", \"responsibility\": \"张三\", \"funds\": \"5万元\", \"time_limit\": \"十日\", "                 \
    "\"emergency_plan\": \"撤人\"}}"
#define CRITERION                                                                                                            \
    "\"criterion\": {\"standard\": \"判定标准\", \"version\": \"第4号\", \"item\": \"第四条\", \"in_force_from\": " \
    "\"2021-01-01T00:00:00Z\"}"
    {ACTION(VERIFY), "VerifyLead", WHO(finder), "{\"note\": \"现场核查属实\"}"},
    {ACTION(FIX_ON_SPOT), "FixHazardOnSpot", WHO(finder),
     "{\"fix\": {\"measures\": \"已清理\", \"fixed_by\": \"李四\", \"evidence\": [\"照片1\"]}}"},
    {ACTION(ASSIGN), "AssignHazard", WHO(assigner), "{" ASSIGNMENT("%U") "}"},
    {ACTION(START), "StartRectification", WHO(responsible), "{}"},
    {ACTION(RETURN), "ReturnHazard", WHO(responsible), "{\"reason\": \"不属本镇\"}"},
    {ACTION(TRANSFER), "TransferHazard", WHO(responsible), "{\"reason\": \"属新城子镇\", " ASSIGNMENT("%O") "}"},
    {ACTION(ASK_EXTENSION), "AskExtension", WHO(responsible),
     "{\"deadline\": \"2099-06-01T00:00:00Z\", \"reason\": \"设备未到\"}"},
    {ACTION(GRANT_EXTENSION), "DecideExtension", WHO(decider),
     "{\"decision\": \"DECISION_GRANTED\", \"reason\": \"属实\"}"},
    {ACTION(REFUSE_EXTENSION), "DecideExtension", WHO(decider),
     "{\"decision\": \"DECISION_REFUSED\", \"reason\": \"不属实\"}"},
    {ACTION(REPORT), "ReportRectification", WHO(responsible), "{\"measures\": \"已更换\", \"evidence\": [\"照片2\"]}"},
    {ACTION(ACCEPT), "AcceptHazard", WHO(acceptor), "{\"note\": \"合格\"}"},
    {ACTION(REFUSE), "RefuseHazard", WHO(acceptor), "{\"reason\": \"数量不足\"}"},
    {ACTION(CLOSE), "CloseHazard", WHO(closer), "{}"},
    {ACTION(CONFIRM), "LookBack", WHO(looker), "{\"verdict\": \"VERDICT_CONFIRMED\", \"note\": \"真整改\"}"},
    {ACTION(REBOUND), "LookBack", WHO(looker),
     "{\"verdict\": \"VERDICT_REBOUND\", \"note\": \"又堵塞了\", " ASSIGNMENT("%U") "}"},
    {ACTION(HALT), "HaltOperations", WHO(enforcer), "{\"document\": \"停〔2026〕3号\", \"reason\": \"超限\"}"},
    {ACTION(ASK_RESUMPTION), "AskResumption", WHO(responsible), "{\"reason\": \"已整改\"}"},
    {ACTION(GRANT_RESUMPTION), "DecideResumption", WHO(decider),
     "{\"decision\": \"DECISION_GRANTED\", \"reason\": \"合格\"}"},
    {ACTION(REFUSE_RESUMPTION), "DecideResumption", WHO(decider),
     "{\"decision\": \"DECISION_REFUSED\", \"reason\": \"不合格\"}"},
    {ACTION(ASK_VOIDING), "AskVoiding", WHO(asker), "{\"reason\": \"重复登记\"}"},
    {ACTION(GRANT_VOIDING), "DecideVoiding", WHO(decider),
     "{\"decision\": \"DECISION_GRANTED\", \"reason\": \"属实\"}"},
    {ACTION(REFUSE_VOIDING), "DecideVoiding", WHO(decider),
     "{\"decision\": \"DECISION_REFUSED\", \"reason\": \"确有隐患\"}"},
};

static void replace(char *text, const char *what, const char *with)
{
    char *at = strstr(text, what);
    if (!at)
        return;
    memmove(at + strlen(with), at + strlen(what), strlen(at + strlen(what)) + 1);
    memcpy(at, with, strlen(with));
}

// A request from JSON, with the hazard that it concerns.
static const ProtobufCMessage *make_request(struct instance *instance, const struct rpc_policy *policy,
                                            const char *template, const hazard *was)
{
    char text[2048];
    struct status status = {0};
    snprintf(text, sizeof(text), "%s", template);
    replace(text, "%U", instance->ids[TOWNSHIP_100]);
    replace(text, "%O", instance->ids[TOWNSHIP_101]);
    json_t *json = json_loads(text, 0, NULL);
    if (!json)
        fail_msg("%s", text);
    json_object_set_new(json, "request_id", json_string(new_request_id(instance)));
    if (was) {
        json_object_set_new(json, "tenant_id", json_string(was->tenant_id));
        json_object_set_new(json, "id", json_string(was->id));
        json_object_set_new(json, "version", json_integer(was->version));
    }
    const ProtobufCMessage *request = json_to_message(json, policy->request, &instance->arena, &status);
    json_decref(json);
    if (!request)
        fail_msg("%s: %s", policy->name, status.message);
    return request;
}

static const hazard *call(struct instance *instance, struct person person, const char *name, const char *template,
                          const hazard *was, struct status *status)
{
    char method[128];
    snprintf(method, sizeof(method), "anlan.hazards.v1.HazardsService/%s", name);
    const struct rpc_policy *policy = rpc_contract_policy(&anlan_hazards_v1_contract, method);
    assert_non_null(policy);
    const ProtobufCMessage *request = make_request(instance, policy, template, was);
    const ProtobufCMessage *reply = call_hazards(instance, person, name, request, policy->response, status);
    return reply ? (const hazard *)service_message_field(reply, "hazard") : NULL;
}

const hazard *register_hazard(struct instance *instance, const struct cast *cast, Anlan__Hazards__V1__Grade grade,
                              struct status *status)
{
    char text[1024];
    bool major = grade == GRADE(MAJOR);
    snprintf(text, sizeof(text),
             "{\"unit_id\": \"%%U\", \"grade\": \"%s\", \"sector\": \"fireworks\", \"description\": \"通道堵塞\"%s}",
             major ? "GRADE_MAJOR" : "GRADE_GENERAL", major ? ", " CRITERION : "");
    return call(instance, cast->finder, "CreateHazard", text, NULL, status);
}

// The same as a lead.
static const hazard *register_lead(struct instance *instance, const struct cast *cast, struct status *status)
{
    return call(instance, cast->finder, "CreateHazard",
                "{\"unit_id\": \"%U\", \"grade\": \"GRADE_GENERAL\", \"sector\": \"fireworks\", \"description\": "
                "\"通道堵塞\", \"lead\": true}",
                NULL, status);
}

const hazard *step(struct instance *instance, const struct cast *cast, const hazard *was,
                   Anlan__Hazards__V1__Action action, struct status *status)
{
    if (action == ACTION(REGRADE))
        return call(instance, cast->assigner, "RegradeHazard",
                    was->grade == GRADE(MAJOR)
                        ? "{\"grade\": \"GRADE_GENERAL\", \"reason\": \"复核\"}"
                        : "{\"grade\": \"GRADE_MAJOR\", \"reason\": \"复核\", \"five_items\": {\"measures\": \"更换\", "
                          "\"responsibility\": \"张三\", \"funds\": \"5万元\", \"time_limit\": \"十日\", "
                          "\"emergency_plan\": \"撤人\"}, " CRITERION "}",
                    was, status);
    for (size_t i = 0; i < COUNT_OF(plays); i++)
        if (plays[i].action == action)
            return call(instance, *(const struct person *)((const char *)cast + plays[i].who), plays[i].method,
                        plays[i].request, was, status);
    fail_msg("no play for action %d", (int)action);
    return NULL;
}

const hazard *must(struct instance *instance, const struct cast *cast, const hazard *was,
                   Anlan__Hazards__V1__Action action)
{
    struct status status = {0};
    const hazard *now = step(instance, cast, was, action, &status);
    if (!now)
        fail_msg("action %d: %s %s", (int)action, status_reason_text(status.reason)->name, status.message);
    return now;
}

const hazard *hazard_in(struct instance *instance, const struct cast *cast, Anlan__Hazards__V1__State state,
                        Anlan__Hazards__V1__Grade grade)
{
    // How each state is reached from the one before it on the straight way.
    static const struct {
        Anlan__Hazards__V1__State state;
        Anlan__Hazards__V1__Action action;
    } way[] = {
        {STATE(ASSIGNED), ACTION(ASSIGN)},
        {STATE(RECTIFYING), ACTION(START)},
        {STATE(AWAITING_ACCEPTANCE), ACTION(REPORT)},
        {STATE(ACCEPTED), ACTION(ACCEPT)},
        {STATE(CLOSED), ACTION(CLOSE)},
        {STATE(CONFIRMED), ACTION(CONFIRM)},
    };
    struct status status = {0};
    const hazard *h =
        state == STATE(LEAD) ? register_lead(instance, cast, &status) : register_hazard(instance, cast, grade, &status);
    assert_ok(status);
    if (state == STATE(VOIDED))
        return must(instance, cast, must(instance, cast, h, ACTION(ASK_VOIDING)), ACTION(GRANT_VOIDING));
    for (size_t i = 0; i < COUNT_OF(way) && h->state != state; i++)
        if (!(way[i].action == ACTION(CLOSE) && h->state == STATE(CLOSED)))
            h = must(instance, cast, h, way[i].action);
    assert_int_equal(h->state, state);
    return h;
}

const hazard *hand_over(struct instance *instance, struct person person, const hazard *was, const char *to_unit_id,
                        struct status *status)
{
    Anlan__Hazards__V1__HandOverHazardRequest request = ANLAN__HAZARDS__V1__HAND_OVER_HAZARD_REQUEST__INIT;
    request.request_id = new_request_id(instance);
    request.tenant_id = was->tenant_id;
    request.id = was->id;
    request.version = was->version;
    request.unit_id = was->unit_id;
    request.to_unit_id = (char *)to_unit_id;
    request.document = (char *)"内政字1号";
    const Anlan__Hazards__V1__HandOverHazardResponse *reply =
        (const void *)call_hazards(instance, person, "HandOverHazard", &request.base,
                                   &anlan__hazards__v1__hand_over_hazard_response__descriptor, status);
    return reply ? reply->hazard : NULL;
}

const hazard *take_over(struct instance *instance, struct person person, const hazard *origin, const char *unit_id,
                        const char *sector, struct status *status)
{
    Anlan__Hazards__V1__TakeOverHazardRequest request = ANLAN__HAZARDS__V1__TAKE_OVER_HAZARD_REQUEST__INIT;
    request.request_id = new_request_id(instance);
    request.unit_id = (char *)unit_id;
    request.origin_tenant_id = origin->tenant_id;
    request.origin_id = origin->id;
    request.sector = (char *)sector;
    const Anlan__Hazards__V1__TakeOverHazardResponse *reply =
        (const void *)call_hazards(instance, person, "TakeOverHazard", &request.base,
                                   &anlan__hazards__v1__take_over_hazard_response__descriptor, status);
    return reply ? reply->hazard : NULL;
}
