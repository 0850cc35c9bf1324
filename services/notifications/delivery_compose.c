// SPDX-License-Identifier: Apache-2.0
#include "delivery_compose.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "send/mail.h"
#include "service/values.h"

#define URGENCY_PREFIX "URGENCY_"

typedef Anlan__Notifications__V1__Endpoint endpoint;
typedef Anlan__Notifications__V1__Message message;

// JSON that grows; `all` is NULL where the arena is full.
struct json {
    struct arena *arena;
    char *all;
    bool begun;    // a member stands before
};

static char *quote(const char *text, struct arena *arena)
{
    char *quoted = arena_bytes(arena, strlen(text) * 6 + 3);
    char *at = quoted;
    if (!quoted)
        return NULL;
    *at++ = '"';
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            *at++ = '\\';
        if (c < ' ' || c == 0x7f)
            at += snprintf(at, 7, "\\u%04x", c);
        else
            *at++ = (char)c;
    }
    *at++ = '"';
    *at = '\0';
    return quoted;
}

static void put(struct json *json, const char *name, const char *value)
{
    if (json->all && value)
        json->all = arena_printf(json->arena, "%s%s\"%s\":%s", json->all, json->begun ? "," : "", name, value);
    json->begun = true;
}

static void put_text(struct json *json, const char *name, const char *value)
{
    put(json, name, quote(value, json->arena));
}

static void put_time(struct json *json, const char *name, const Google__Protobuf__Timestamp *time)
{
    char text[CLOCK_TEXT_SIZE];
    if (!time)
        return;
    clock_format(service_time(time), text);
    put_text(json, name, text);
}

// "important".
static const char *urgency_word(const message *m, struct arena *arena)
{
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&anlan__notifications__v1__urgency__descriptor, (int)m->urgency);
    const char *name = value ? value->name + strlen(URGENCY_PREFIX) : "";
    char *word = arena_text(arena, name, strlen(name));
    for (char *at = word; at && *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return word ? word : "";
}

static const char *urgency_zh(const message *m)
{
    static const char *const words[] = {"", "一般", "重要", "紧急"};
    return m->urgency > 0 && m->urgency <= 3 ? words[m->urgency] : "";
}

static char *data_of(const message *m, bool chinese, struct arena *arena)
{
    struct json data = {arena, arena_text(arena, "{", 1), false};
    struct json subject = {arena, arena_text(arena, "{", 1), false};
    put_text(&data, "messageId", m->id);
    put_text(&data, "tenantId", m->tenant_id);
    put_text(&data, "unitId", m->unit_id);
    put_text(&data, "role", m->role);
    put_text(&data, "personId", m->person_id);
    put_text(&data, "urgency", urgency_word(m, arena));
    put_text(&data, "sector", m->sector);
    put_text(&data, "aboutUnitId", m->about_unit_id);
    put_text(&data, "title", chinese ? m->title_zh : m->title_en);
    put_text(&data, "text", chinese ? m->detail->text_zh : m->detail->text_en);
    put_text(&data, "rule", m->rule);
    put_time(&data, "occurredAt", m->occurred_at);
    put_time(&data, "deadline", m->deadline);
    put_text(&subject, "service", m->subject->service);
    put_text(&subject, "recordType", m->subject->record_type);
    put_text(&subject, "tenantId", m->subject->tenant_id);
    put_text(&subject, "id", m->subject->id);
    put_text(&subject, "action", m->subject->action);
    put(&subject, "position", arena_printf(arena, "\"%lld\"", (long long)m->subject->position));
    if (subject.all)
        put(&data, "subject", arena_printf(arena, "%s}", subject.all));
    return data.all ? arena_printf(arena, "%s}", data.all) : NULL;
}

bool delivery_compose_event(const message *m, const endpoint *to, struct arena *arena, struct bytes *event)
{
    struct json json = {arena, arena_text(arena, "{", 1), false};
    if (!m->detail || !m->subject)
        return false;
    put_text(&json, "specversion", "1.0");
    put_text(&json, "id", m->id);
    put_text(&json, "source", arena_printf(arena, "urn:uuid:%s", m->tenant_id));
    put_text(&json, "type", "anlan.notifications.v1.message");
    put_text(&json, "subject", arena_printf(arena, "%s/%s", m->subject->service, m->subject->id));
    put_time(&json, "time", m->entered_at);
    put_text(&json, "datacontenttype", "application/json");
    put(&json, "data", data_of(m, to->language != ANLAN__NOTIFICATIONS__V1__LANGUAGE__LANGUAGE_ENGLISH, arena));
    char *text = json.all ? arena_printf(arena, "%s}", json.all) : NULL;
    if (!text || arena->exhausted)
        return false;
    *event = (struct bytes){(const uint8_t *)text, strlen(text)};
    return true;
}

bool delivery_compose_mail(const message *m, const endpoint *to, const char *from, struct arena *arena,
                           struct bytes *mail)
{
    char time[CLOCK_TEXT_SIZE];
    const char *domain = strrchr(from, '@');
    const char *tail = strrchr(to->id, '-');    // of the endpoint's id, which is random there
    bool chinese = to->language != ANLAN__NOTIFICATIONS__V1__LANGUAGE__LANGUAGE_ENGLISH;
    if (!domain || !tail || !m->detail || !m->entered_at)
        return false;
    clock_format(service_time(m->entered_at), time);
    const char *title = chinese ? m->title_zh : m->title_en;
    const char *text =
        chinese ? arena_printf(arena,
                               "%s\r\n\r\n%s\r\n\r\n紧急程度：%s\r\n送达时间：%s\r\n编号：%s\r\n请登录安澜签收。\r\n",
                               title, m->detail->text_zh, urgency_zh(m), time, m->id)
                : arena_printf(arena,
                               "%s\r\n\r\n%s\r\n\r\nUrgency: %s\r\nDelivered: %s\r\nId: %s\r\n"
                               "Acknowledge it in Anlan.\r\n",
                               title, m->detail->text_en, urgency_word(m, arena), time, m->id);
    const char *urgent = chinese ? "【紧急】" : "[URGENT] ";
    bool is_urgent = m->urgency == ANLAN__NOTIFICATIONS__V1__URGENCY__URGENCY_URGENT;
    const struct send_mail said = {
        .from = from,
        .from_name = chinese ? "安澜" : "Anlan",
        .to = to->address,
        .subject = arena_printf(arena, "%s%s", is_urgent ? urgent : "", title),
        .text = text,
        .message_id = arena_printf(arena, "%s%s%s", m->id, tail, domain),
        .date = service_time(m->entered_at),
    };
    return !arena->exhausted && send_mail_compose(&said, arena, mail);
}
