// SPDX-License-Identifier: Apache-2.0
// Random requests against a whole instance: of every method of every service, well-formed or not, with bytes changed in
// the request or in the message around it. What stands whatever is sent: no process ends, every message that can be
// read is answered, nothing from outside is a fault of the service (INTERNAL, UNKNOWN, DATA_LOSS), and neither memory
// nor descriptors grow. ANLAN_SEED repeats a run; ANLAN_MUTATIONS is how many messages are sent, 1,500 by default.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "anlan/rpc/v1/envelope.pb-c.h"
#include "anlan_hazards_v1.policy.h"
#include "anlan_notifications_v1.policy.h"
#include "anlan_organisations_v1.policy.h"
#include "anlan_rpc_v1.policy.h"
#include "anlan_tasks_v1.policy.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "rpc/message.h"
#include "support/instance.h"
#include "support/tls.h"

#define MESSAGES 1500
#define CALLS_MOST 4
#define CHANGES_MOST 4
#define PEOPLE 4
#define IDS_MOST 16
#define LEAD 13    // bytes before a message over ipc: a type, its length, its id
#define PATIENCE_S 20
#define REASONS_MOST 64
#define DESCRIPTORS_MORE 24

static struct instance *county;
static struct person people[PEOPLE];
static const char *ids[IDS_MOST];
static size_t id_count;
static uint64_t random_state;
static size_t reasons[REASONS_MOST];    // how calls ended
static bool tame;                       // what is made now keeps the rules of its fields

// A service as a target: its addresses for calls and for the feed.
static struct target {
    const char *name;
    const struct rpc_contract *contract;
    pid_t *process;
    int peers[2];    // -1: not connected
    size_t descriptors;
    size_t resident;
} targets[] = {
    {.name = "organisations", .contract = &anlan_organisations_v1_contract},
    {.name = "hazards", .contract = &anlan_hazards_v1_contract},
    {.name = "tasks", .contract = &anlan_tasks_v1_contract},
    {.name = "notifications", .contract = &anlan_notifications_v1_contract},
};

// xorshift64*: the same run for the same seed.
static uint64_t chance(uint64_t below)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (random_state * UINT64_C(0x2545f4914f6cdd1d) >> 20) % below;
}

#define PICK(list) ((list)[chance(COUNT_OF(list))])

// An id that fits the field's name, or any.
static const char *random_id(const char *field)
{
    size_t length = strlen(field);
    if (strcmp(field, "tenant_id") == 0)
        return chance(3) > 0 ? county->ids[COUNTY_150424] : county->instance_id;
    if (strcmp(field, "id") == 0)
        return ids[PLACES + chance(id_count - PLACES)];
    if (length >= 7 && strcmp(field + length - 7, "unit_id") == 0)
        return ids[chance(PLACES)];
    return ids[chance(id_count)];
}

static const char *tame_text(const struct rpc_rule *rule)
{
    static const char *const identifiers[] = {"fireworks", "road_traffic", "county_officer", "hazards.read"};
    static const char *const texts[] = {"消防通道堵塞，已报告", "李四", "hazards.read"};
    if (rule->format == ANLAN__RPC__V1__FORMAT__FORMAT_DIVISION_CODE)
        return "150424100";
    if (rule->format == ANLAN__RPC__V1__FORMAT__FORMAT_CREDIT_CODE)
        return "91350100M000100Y43";
    if (rule->format == ANLAN__RPC__V1__FORMAT__FORMAT_IDENTIFIER)
        return PICK(identifiers);
    return rule->format == ANLAN__RPC__V1__FORMAT__FORMAT_UNSPECIFIED ? PICK(texts) : "";
}

static const char *wild_text(struct arena *arena)
{
    static const char *const texts[] = {"",
                                        "'; DROP TABLE hazards; --",
                                        "%s%n%9999999d",
                                        "{\"a\":[1,\"\\u0000\"]}",
                                        "{NULL,\"\\\\\",}",
                                        "\\N\t\\.\n",
                                        "\x1b]0;x\x07",
                                        "AAAAAAAAAAAA",
                                        "\xf0\x9f\x94\xa5\xcc\x81",
                                        "-1",
                                        "9223372036854775808"};
    enum { LONG = 1500 };
    if (chance(8) > 0)
        return PICK(texts);
    size_t length = chance(LONG) + 1;
    char *text = arena_alloc(arena, 3 * LONG + 1);
    for (size_t i = 0; text && i < length; i++)
        memcpy(text + 3 * i, "险", 3);
    return text;
}

static const char *random_text(const struct rpc_rule *rule, const char *field, struct arena *arena)
{
    bool id = rule && rule->format == ANLAN__RPC__V1__FORMAT__FORMAT_UUID;
    if (rule && rule->format == ANLAN__RPC__V1__FORMAT__FORMAT_UUID7)
        return new_request_id(county);
    if (id && (tame || chance(8) > 0))
        return random_id(field);
    return rule && (tame || chance(2) == 0) ? tame_text(rule) : wild_text(arena);
}

static int64_t random_number(const struct rpc_rule *rule)
{
    static const int64_t numbers[] = {0, 1, 2, 3, -1, 100, INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN};
    if (rule && rule->max > rule->min && (tame || chance(4) > 0))
        return rule->min + (int64_t)chance((uint64_t)(rule->max - rule->min) + 1);
    return tame ? (int64_t)chance(3) : PICK(numbers);
}

static ProtobufCMessage *random_message(const struct rpc_contract *contract,
                                        const ProtobufCMessageDescriptor *descriptor, struct arena *arena);

static void random_value(const struct rpc_contract *contract, const struct rpc_rule *rule,
                         const ProtobufCFieldDescriptor *field, void *at, struct arena *arena)
{
    static uint8_t bytes[64];
    int64_t number = 0;
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        *(const char **)at = random_text(rule, field->name, arena);
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        *(ProtobufCMessage **)at = random_message(contract, field->descriptor, arena);
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        *(ProtobufCBinaryData *)at = (ProtobufCBinaryData){.data = bytes, .len = chance(sizeof(bytes))};
    } else if (field->type == PROTOBUF_C_TYPE_ENUM) {
        *(int *)at = (int)chance(((const ProtobufCEnumDescriptor *)field->descriptor)->n_values + !tame);
    } else if (field->type == PROTOBUF_C_TYPE_BOOL) {
        *(protobuf_c_boolean *)at = (protobuf_c_boolean)chance(2);
    } else {
        number = random_number(rule);
        memcpy(at, &number, rpc_member_size(field));
    }
}

static void random_field(const struct rpc_contract *contract, ProtobufCMessage *message, unsigned index,
                         struct arena *arena)
{
    const ProtobufCFieldDescriptor *field = &message->descriptor->fields[index];
    const struct rpc_rule *rule = rpc_contract_rule(contract, message->descriptor, index);
    char *base = (char *)message;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = chance(3) + (rule && rule->required && tame);
        char *items = arena_array(arena, count, rpc_member_size(field));
        *(size_t *)(base + field->quantifier_offset) = count;
        *(char **)(base + field->offset) = items;
        for (size_t i = 0; i < count; i++)
            random_value(contract, rule, field, items + i * rpc_member_size(field), arena);
        return;
    }
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        uint32_t *set = (uint32_t *)(base + field->quantifier_offset);
        if (*set != 0 || chance(2) == 0)
            return;
        *set = field->id;
    }
    random_value(contract, rule, field, base + field->offset, arena);
}

static bool is_filled(const struct rpc_rule *rule)
{
    return rule && rule->required ? tame || chance(16) > 0 : chance(tame ? 3 : 6) > 0;
}

static ProtobufCMessage *random_message(const struct rpc_contract *contract,
                                        const ProtobufCMessageDescriptor *descriptor, struct arena *arena)
{
    ProtobufCMessage *message = arena_alloc(arena, descriptor->sizeof_message);
    CHECK(message);
    protobuf_c_message_init(descriptor, message);
    if (descriptor == &google__protobuf__timestamp__descriptor && (tame || chance(8) > 0)) {
        ((Google__Protobuf__Timestamp *)message)->seconds =
            clock_now() / CLOCK_SECOND + (int64_t)chance(20 * 86400) - 10 * 86400;
        return message;
    }
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        if (is_filled(rpc_contract_rule(contract, descriptor, i)))
            random_field(contract, message, i, arena);
    return message;
}

// Bytes with a few of them changed, taken out, doubled or cut off.
static struct bytes mutated(struct bytes bytes, struct arena *arena)
{
    uint8_t *data = arena_alloc(arena, 2 * bytes.length + 64);
    size_t length = bytes.length;
    CHECK(data);
    if (length > 0)
        memcpy(data, bytes.data, length);
    for (size_t change = chance(CHANGES_MOST) + 1; change > 0 && length > 0; change--) {
        size_t at = chance(length);
        size_t part = chance(length - at < 32 ? length - at : 32) + 1;
        static const uint8_t extremes[] = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
        switch (chance(5)) {
        case 0:
            data[at] ^= (uint8_t)(1U << chance(8));
            break;
        case 1:
            data[at] = PICK(extremes);
            break;
        case 2:
            part = part < length - at ? part : length - at;
            memmove(data + at, data + at + part, length - at - part);
            length -= part;
            break;
        case 3:
            if (length + part > bytes.length + 64 || at + part > length)
                break;
            memmove(data + at + part, data + at, length - at);
            length += part;
            break;
        default:
            length = chance(4) == 0 ? at : length;
        }
    }
    return (struct bytes){data, length};
}

// What would end the callers themselves, or have each sign-in take as long as chance says.
static bool spoils(const struct rpc_policy *policy)
{
    static const char *const names[] = {"RevokeTokens", "SignOut", "UpdateSignInRules", "RetireUnit", "MergeUnits"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(policy->name, names[i]) == 0)
            return true;
    return false;
}

static const struct rpc_policy *random_policy(const struct rpc_contract *contract)
{
    const struct rpc_policy *policy = NULL;
    while (!policy || spoils(policy))
        policy = &contract->policies[chance(contract->policy_count)];
    return policy;
}

static void random_call(const struct rpc_contract *contract, Anlan__Rpc__V1__Call *call, struct arena *arena)
{
    const struct rpc_policy *policy = random_policy(contract);
    tame = chance(3) > 0;
    const ProtobufCMessage *request = random_message(contract, policy->request, arena);
    struct bytes body = {.length = protobuf_c_message_get_packed_size(request)};
    uint8_t *packed = arena_alloc(arena, body.length);
    CHECK(packed);
    protobuf_c_message_pack(request, packed);
    body.data = packed;
    if (!tame && chance(2) == 0)
        body = mutated(body, arena);
    anlan__rpc__v1__call__init(call);
    call->method = (char *)policy->method;
    call->body = (ProtobufCBinaryData){.data = (uint8_t *)body.data, .len = body.length};
    call->timeout_ms = 200 + (uint32_t)chance(1000);
    call->credential = chance(8) > 0 ? 1 + (uint32_t)chance(2) : (uint32_t)chance(4);
}

static int connect_to(const struct target *target, bool feed)
{
    static const uint8_t hello[] = {0, 'S', 'P', 0, 0, 48, 0, 0};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    uint8_t answer[sizeof(hello)];
    snprintf(to.sun_path, sizeof(to.sun_path), "%s/%s-0%s", county->dir, target->name, feed ? ".feed" : "");
    int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(peer, (struct sockaddr *)&to, sizeof(to)) != 0 ||
        send(peer, hello, sizeof(hello), MSG_NOSIGNAL) != (ssize_t)sizeof(hello) ||
        recv(peer, answer, sizeof(answer), MSG_WAITALL) != (ssize_t)sizeof(answer))
        fail_msg("%s: %s", to.sun_path, strerror(errno));
    return peer;
}

static void put_number(uint8_t *at, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(number >> (8 * (bytes - 1 - i)));
}

// Sends a message and takes its reply. NULL: the connection has ended, as it does when a message is none.
static Anlan__Rpc__V1__Reply *exchange(int peer, struct bytes message)
{
    static uint8_t answer[LIMIT_MESSAGE_BYTES + LEAD];
    uint8_t lead[LEAD] = {1};
    uint64_t length = 0;
    put_number(lead + 1, message.length + 4, 8);
    put_number(lead + 9, UINT32_C(0x80000001), 4);
    if (send(peer, lead, sizeof(lead), MSG_NOSIGNAL) != LEAD ||
        (message.length > 0 && send(peer, message.data, message.length, MSG_NOSIGNAL) != (ssize_t)message.length) ||
        recv(peer, answer, LEAD, MSG_WAITALL) != LEAD)
        return NULL;
    for (size_t i = 1; i < 9; i++)
        length = length << 8 | answer[i];
    length -= 4;
    assert_true(length <= LIMIT_MESSAGE_BYTES);
    if (length > 0 && recv(peer, answer, length, MSG_WAITALL) != (ssize_t)length)
        return NULL;
    return anlan__rpc__v1__reply__unpack(NULL, length, answer);
}

static void expect_alive(const struct target *target)
{
    int status = 0;
    if (waitpid(*target->process, &status, WNOHANG) != 0)
        fail_msg("%s has ended: status %x", target->name, (unsigned)status);
}

static void check_result(const struct target *target, const Anlan__Rpc__V1__Call *call,
                         const Anlan__Rpc__V1__Result *result)
{
    unsigned reason = result->status ? (unsigned)result->status->reason : 0;
    reasons[reason < REASONS_MOST ? reason : 0]++;
    if (!result->status)
        return;
    static const status_code faults[] = {CODE(INTERNAL), CODE(UNKNOWN), CODE(DATA_LOSS)};
    for (size_t i = 0; i < COUNT_OF(faults); i++)
        if (result->status->code == faults[i])
            fail_msg("%s: %s: %s", target->name, call ? call->method : "?", result->status->message);
}

// One message to one address of one service. Answers how many of its calls were done.
static size_t send_one(struct target *target, bool feed)
{
    Anlan__Rpc__V1__Call calls[CALLS_MOST];
    Anlan__Rpc__V1__Call *list[CALLS_MOST];
    ProtobufCBinaryData credentials[2];
    Anlan__Rpc__V1__Request request = ANLAN__RPC__V1__REQUEST__INIT;
    struct arena arena;
    size_t done = 0;
    arena_init(&arena, (size_t)1 << 26);
    for (size_t i = 0; i < COUNT_OF(credentials); i++) {
        struct bytes token = people[chance(PEOPLE)].credential;
        credentials[i] = (ProtobufCBinaryData){.data = (uint8_t *)token.data, .len = token.length};
    }
    size_t most = chance(CALLS_MOST) + 1;
    for (; request.n_calls < most; request.n_calls++) {
        const struct rpc_contract *contract = feed && chance(4) > 0 ? &anlan_rpc_v1_contract : target->contract;
        random_call(contract, &calls[request.n_calls], &arena);
        list[request.n_calls] = &calls[request.n_calls];
    }
    request.calls = list;
    request.n_credentials = COUNT_OF(credentials);
    request.credentials = credentials;
    bool whole = chance(4) > 0;
    uint8_t *packed = arena_alloc(&arena, anlan__rpc__v1__request__get_packed_size(&request));
    CHECK(packed);
    struct bytes message = {packed, anlan__rpc__v1__request__pack(&request, packed)};
    if (!whole)
        message = mutated(message, &arena);
    if (target->peers[feed] < 0)
        target->peers[feed] = connect_to(target, feed);
    Anlan__Rpc__V1__Reply *reply = exchange(target->peers[feed], message);
    expect_alive(target);
    if (!reply) {
        assert_false(whole);
        close(target->peers[feed]);
        target->peers[feed] = -1;
    }
    assert_true(!reply || !whole || reply->n_results == request.n_calls);
    for (size_t i = 0; reply && i < reply->n_results; i++) {
        check_result(target, whole ? &calls[i] : NULL, reply->results[i]);
        done += !reply->results[i]->status;
    }
    if (reply)
        anlan__rpc__v1__reply__free_unpacked(reply, NULL);
    arena_fini(&arena);
    return done;
}

static size_t send_many(size_t count)
{
    size_t done = 0;
    for (size_t i = 0; i < count; i++)
        done += send_one(&targets[chance(COUNT_OF(targets))], chance(5) == 0);
    return done;
}

static void nothing_that_is_sent_does_harm(void **state)
{
    (void)state;
    const char *seed = getenv("ANLAN_SEED");
    const char *most = getenv("ANLAN_MUTATIONS");
    size_t count = most ? strtoul(most, NULL, 10) : MESSAGES;
    random_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)clock_now();
    print_message("ANLAN_SEED=%llu\n", (unsigned long long)random_state);
    random_state = random_state * 2 + 1;
    // What a process takes once, it has after a third of them.
    size_t done = send_many(count / 3);
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        targets[i].descriptors = tls_descriptors(*targets[i].process);
        targets[i].resident = tls_resident(*targets[i].process);
    }
    done += send_many(count - count / 3);
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        print_message("%s: descriptors %zu, %zu before; %zu kB, %zu before\n", targets[i].name,
                      tls_descriptors(*targets[i].process), targets[i].descriptors, tls_resident(*targets[i].process),
                      targets[i].resident);
        assert_true(tls_descriptors(*targets[i].process) <= targets[i].descriptors + DESCRIPTORS_MORE);
        assert_true(tls_resident(*targets[i].process) <= targets[i].resident + TLS_RESIDENT_MORE(64 * 1024));
    }
    print_message("%zu messages, %zu calls were done\n", count, done);
    for (int i = 1; i < REASONS_MOST; i++)
        if (reasons[i] > 0)
            print_message("%7zu %s\n", reasons[i], status_reason_text((status_reason)i)->name);
    // Not all is refused: what is random gets through to the tables.
    assert_true(done >= count / 50);
    struct status status = {0};
    people[0] = as(county, "county_officer", COUNTY_150424, "后来的王建国");
    create_hazard(county, people[0], TOWNSHIP_100, "一切如常", NULL, &status);
    assert_ok(status);
}

static int up(void **state)
{
    (void)state;
    struct status status = {0};
    signal(SIGPIPE, SIG_IGN);
    county = instance_start(1);
    instance_start_notifications(county);
    instance_start_tasks(county);
    pid_t *const processes[] = {&county->organisations, &county->hazards[0], &county->tasks, &county->notifications};
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        targets[i].process = processes[i];
        targets[i].peers[0] = targets[i].peers[1] = -1;
    }
    people[0] = as_at(county, "administrator", county->instance_id, "系统管理员");
    people[1] = as(county, "county_officer", COUNTY_150424, "王建国");
    people[2] = as(county, "emergency_officer", COUNTY_150424, "李四");
    people[3] = as(county, "leader", COUNTY_150423, "邻县领导");
    for (size_t i = 0; i < PLACES; i++)
        ids[id_count++] = county->ids[i];
    for (int i = 0; i < 4; i++)
        ids[id_count++] = create_hazard(county, people[1], TOWNSHIP_100, "消防通道堵塞", NULL, &status)->id;
    ids[id_count++] = county->instance_id;
    return 0;
}

static int down(void **state)
{
    (void)state;
    instance_stop(county);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_is_sent_does_harm),
    };
    return cmocka_run_group_tests(tests, up, down);
}
