// SPDX-License-Identifier: Apache-2.0
#include "words.h"

#include <string.h>

#include "base/check.h"

static const struct {
    const char *name;
    struct cli_text word;
} words[] = {
    {"STATE_REGISTERED", {"registered", "登记"}},
    {"STATE_ASSIGNED", {"assigned", "交办"}},
    {"STATE_RECTIFYING", {"rectifying", "整改中"}},
    {"STATE_AWAITING_ACCEPTANCE", {"awaiting-acceptance", "待验收"}},
    {"STATE_ACCEPTED", {"accepted", "验收合格"}},
    {"STATE_CLOSED", {"closed", "销号"}},
    {"STATE_CONFIRMED", {"confirmed", "回头看合格"}},
    {"STATE_VOIDED", {"voided", "作废"}},
    {"STATE_HANDED_OVER", {"handed-over", "移交"}},
    {"STATE_LEAD", {"lead", "线索"}},
    {"ACTION_REGISTER_LEAD", {"register lead", "登记线索"}},
    {"ACTION_VERIFY", {"verify", "核实"}},
    {"ACTION_HAND_OVER", {"hand over", "移交"}},
    {"ACTION_TAKE_OVER", {"take over", "接收"}},
    {"ACTION_REGISTER", {"register", "登记"}},
    {"ACTION_FIX_ON_SPOT", {"fix on the spot", "现场处理"}},
    {"ACTION_ASSIGN", {"assign", "交办"}},
    {"ACTION_START", {"start", "开始整改"}},
    {"ACTION_RETURN", {"return", "退回"}},
    {"ACTION_TRANSFER", {"transfer", "移送"}},
    {"ACTION_ASK_EXTENSION", {"ask extension", "申请延期"}},
    {"ACTION_GRANT_EXTENSION", {"grant extension", "批准延期"}},
    {"ACTION_REFUSE_EXTENSION", {"refuse extension", "不予延期"}},
    {"ACTION_REPORT", {"report", "整改完成"}},
    {"ACTION_ACCEPT", {"accept", "验收合格"}},
    {"ACTION_REFUSE", {"refuse", "驳回"}},
    {"ACTION_CLOSE", {"close", "销号"}},
    {"ACTION_CONFIRM", {"confirm", "回头看合格"}},
    {"ACTION_REBOUND", {"rebound", "反弹"}},
    {"ACTION_HALT", {"halt", "停产停业"}},
    {"ACTION_ASK_RESUMPTION", {"ask resumption", "申请恢复生产"}},
    {"ACTION_GRANT_RESUMPTION", {"grant resumption", "批准恢复生产"}},
    {"ACTION_REFUSE_RESUMPTION", {"refuse resumption", "不予恢复生产"}},
    {"ACTION_ASK_VOIDING", {"ask voiding", "申请作废"}},
    {"ACTION_GRANT_VOIDING", {"grant voiding", "批准作废"}},
    {"ACTION_REFUSE_VOIDING", {"refuse voiding", "不予作废"}},
    {"ACTION_REGRADE", {"regrade", "变更级别"}},
    {"ACTION_LIST", {"list", "挂牌督办"}},
    {"ACTION_ASK_CLOSING", {"ask closing", "申请销号"}},
    {"ACTION_GRANT_CLOSING", {"grant closing", "批准销号"}},
    {"ACTION_REFUSE_CLOSING", {"refuse closing", "不予销号"}},
    {"ACTION_DELIST", {"delist", "撤销挂牌"}},
    {"LISTING_STATE_LISTED", {"listed", "挂牌督办"}},
    {"LISTING_STATE_CLOSING_ASKED", {"closing asked", "待批准销号"}},
    {"LISTING_STATE_DELISTED", {"delisted", "已摘牌"}},
    {"SUPERVISION_LEVEL_NATION", {"nation", "国家级"}},
    {"SUPERVISION_LEVEL_REGION", {"region", "自治区级"}},
    {"SUPERVISION_LEVEL_CITY", {"city", "盟市级"}},
    {"SUPERVISION_LEVEL_COUNTY", {"county", "旗县级"}},
    {"LISTING_STAGE_ASKED", {"asked", "待登记"}},
    {"LISTING_STAGE_IN_FORCE", {"in-force", "督办中"}},
    {"LISTING_STAGE_CLOSING_ASKED", {"closing-asked", "待批准销号"}},
    {"LISTING_STAGE_CLOSING_GRANTED", {"closing-granted", "已批准销号"}},
    {"LISTING_STAGE_CLOSING_REFUSED", {"closing-refused", "不予销号"}},
    {"LISTING_STAGE_WITHDRAWN", {"withdrawn", "已撤销"}},
    {"LISTING_STAGE_DELISTED", {"delisted", "已摘牌"}},
    {"LISTING_ACTION_OPEN", {"open", "挂牌"}},
    {"LISTING_ACTION_APPLIED", {"applied", "登记"}},
    {"LISTING_ACTION_CLOSING_ASKED", {"closing asked", "申请销号"}},
    {"LISTING_ACTION_GRANT", {"grant", "批准销号"}},
    {"LISTING_ACTION_REFUSE", {"refuse", "不予销号"}},
    {"LISTING_ACTION_RETURNED", {"returned", "退回整改"}},
    {"LISTING_ACTION_WITHDRAW", {"withdraw", "撤销挂牌"}},
    {"LISTING_ACTION_DELISTED", {"delisted", "摘牌"}},
    {"GRADE_GENERAL", {"general", "一般"}},
    {"GRADE_MAJOR", {"major", "重大"}},
    {"HALT_STATE_ORDERED", {"halted", "停产停业"}},
    {"HALT_STATE_RESUMPTION_ASKED", {"resumption asked", "申请恢复生产"}},
    {"HALT_STATE_RESUMED", {"resumed", "已恢复生产"}},
    {"DECISION_GRANTED", {"granted", "同意"}},
    {"DECISION_REFUSED", {"refused", "不同意"}},
    {"HAZARD_ORDER_NEWEST", {"newest", "最新"}},
    {"HAZARD_ORDER_OLDEST", {"oldest", "最早"}},
    {"HAZARD_ORDER_DEADLINE", {"deadline", "期限"}},
    {"COUNT_BY_TENANT", {"tenant", "县"}},
    {"COUNT_BY_TOWNSHIP", {"township", "乡镇"}},
    {"COUNT_BY_UNIT", {"unit", "被检查单位"}},
    {"COUNT_BY_RESPONSIBLE_UNIT", {"responsible", "责任单位"}},
    {"STATE_OPEN", {"open", "进行中"}},
    {"STATE_ENDED", {"ended", "已结束"}},
    {"STATE_RECEIVED", {"received", "已签收"}},
    {"STATE_REPORTED", {"reported", "已上报"}},
    {"STATE_IN_FORCE", {"in-force", "有效"}},
    {"STATE_WITHDRAWN", {"withdrawn", "停用"}},
    {"STATE_PLANNED", {"planned", "待检查"}},
    {"STATE_UNDER_WAY", {"under-way", "检查中"}},
    {"STATE_DONE", {"done", "已办结"}},
    {"STATE_CANCELLED", {"cancelled", "已取消"}},
    {"STATE_ENTERED", {"entered", "已登记"}},
    {"ACCIDENT_GRADE_GENERAL", {"general", "一般事故"}},
    {"ACCIDENT_GRADE_LARGER", {"larger", "较大事故"}},
    {"ACCIDENT_GRADE_MAJOR", {"major", "重大事故"}},
    {"ACCIDENT_GRADE_EXTRAORDINARY", {"extraordinary", "特别重大事故"}},
    {"STATE_DRAWN", {"drawn", "已抽取"}},
    {"STATE_CHECKED", {"checked", "已复查"}},
    {"STATE_TRACKED", {"tracked", "跟踪"}},
    {"CAMPAIGN_COUNT_BY_TENANT", {"tenant", "租户"}},
    {"CAMPAIGN_COUNT_BY_FINDING_UNIT", {"finding-unit", "发现单位"}},
    {"CAMPAIGN_COUNT_BY_RESPONSIBLE_UNIT", {"responsible-unit", "责任单位"}},
    {"CAMPAIGN_COUNT_BY_SECTOR", {"sector", "行业领域"}},
    {"ANSWER_KIND_YES", {"yes", "符合"}},
    {"ANSWER_KIND_NO", {"no", "不符合"}},
    {"ANSWER_KIND_NOT_APPLICABLE", {"not-applicable", "不涉及"}},
    {"URGENCY_NORMAL", {"normal", "一般"}},
    {"URGENCY_IMPORTANT", {"important", "重要"}},
    {"URGENCY_URGENT", {"urgent", "紧急"}},
    {"MESSAGE_STATE_DELIVERED", {"delivered", "已送达"}},
    {"MESSAGE_STATE_ACKNOWLEDGED", {"acknowledged", "已签收"}},
    {"RECIPIENT_UNIT", {"unit", "所在单位"}},
    {"RECIPIENT_RESPONSIBLE_UNIT", {"responsible-unit", "责任单位"}},
    {"RECIPIENT_FINDING_UNIT", {"finding-unit", "发现单位"}},
    {"RECIPIENT_SENDING_UNIT", {"sending-unit", "交办单位"}},
    {"RECIPIENT_NEXT_UNIT", {"next-unit", "待办单位"}},
    {"RECIPIENT_OVERSEER", {"overseer", "综合监管部门"}},
    {"RECIPIENT_SECTOR_OVERSEER", {"sector-overseer", "行业主管部门"}},
    {"RECIPIENT_LEADER", {"leader", "责任领导"}},
    {"RECIPIENT_TENANT", {"tenant", "所属地区"}},
    {"RECIPIENT_TIER_ABOVE", {"tier-above", "上级"}},
    {"RECIPIENT_TOWNSHIP", {"township", "所在乡镇"}},
    {"RECIPIENT_RECEIVER", {"receiver", "原接收方"}},
    {"ACCIDENT_GRADE_GENERAL", {"general", "一般"}},
    {"ACCIDENT_GRADE_LARGER", {"larger", "较大"}},
    {"ACCIDENT_GRADE_MAJOR", {"major", "重大"}},
    {"ACCIDENT_GRADE_EXTRAORDINARY", {"extraordinary", "特别重大"}},
    {"REPORT_LINE_GOVERNMENT", {"government", "人民政府"}},
    {"REPORT_LINE_DEPARTMENT", {"department", "应急管理部门"}},
    {"CHANNEL_WEBHOOK", {"webhook", "推送接口"}},
    {"CHANNEL_EMAIL", {"email", "电子邮件"}},
    {"LANGUAGE_CHINESE", {"chinese", "中文"}},
    {"LANGUAGE_ENGLISH", {"english", "英文"}},
    {"DELIVERY_STATE_WAITING", {"waiting", "待发送"}},
    {"DELIVERY_STATE_SENDING", {"sending", "发送中"}},
    {"DELIVERY_STATE_SENT", {"sent", "已送达"}},
    {"DELIVERY_STATE_DEAD", {"dead", "死信"}},
    {"DELIVERY_STATE_WITHDRAWN", {"withdrawn", "已撤回"}},
    {"DUTY_CHANGE_KIND_ENTERED", {"entered", "录入"}},
    {"DUTY_CHANGE_KIND_SWAP", {"swap", "换班"}},
    {"DUTY_CHANGE_KIND_REPLACEMENT", {"replacement", "顶班"}},
    {"DUTY_CHANGE_KIND_CORRECTION", {"correction", "更正"}},
    {"DUTY_CHANGE_KIND_CANCELLED", {"cancelled", "取消"}},
    {"DUTY_GAP_KIND_NO_OFFICER", {"nobody on duty", "无值班员"}},
    {"DUTY_GAP_KIND_NO_LEADER", {"no leader", "无带班领导"}},
    {"DUTY_GAP_KIND_WITHOUT_POST", {"without a post", "任职已到期"}},
    {"DUTY_GAP_KIND_DOUBLE_BOOKED", {"double booked", "重复排班"}},
    {"DUTY_GAP_KIND_ON_LEAVE", {"on leave", "请假"}},
    {"VERDICT_CONFIRMED", {"confirmed", "合格"}},
    {"VERDICT_REBOUND", {"rebound", "反弹"}},
};

const char *words_say(const struct cli *cli, const ProtobufCEnumDescriptor *descriptor, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);
    for (size_t i = 0; found && i < COUNT_OF(words); i++)
        if (strcmp(words[i].name, found->name) == 0)
            return cli_say(cli, words[i].word);
    return "?";
}

bool words_parse(const ProtobufCEnumDescriptor *descriptor, const char *word, int *value)
{
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        const ProtobufCEnumValue *candidate = &descriptor->values[i];
        bool named = strcmp(candidate->name, word) == 0;
        for (size_t w = 0; !named && w < COUNT_OF(words); w++)
            named = strcmp(words[w].name, candidate->name) == 0 &&
                    (strcmp(words[w].word.en, word) == 0 || strcmp(words[w].word.zh, word) == 0);
        if (named) {
            *value = candidate->value;
            return true;
        }
    }
    return false;
}
