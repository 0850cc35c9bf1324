// SPDX-License-Identifier: Apache-2.0
#include "support/probes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anlan_hazards_v1.policy.h"
#include "anlan_notifications_v1.policy.h"
#include "anlan_organisations_v1.policy.h"
#include "anlan_tasks_v1.policy.h"
#include "base/check.h"
#include "base/clock.h"
#include "support/ask.h"

#define REQUEST_SIZE 8000
#define HEARD_SIZE 16384
#define ROUNDS 41
#define MOST_HUNDREDTHS 200

void probes_name(struct probes *probes, const char *name, const char *value)
{
    size_t i = 0;
    while (i < probes->name_count && strcmp(probes->names[i].name, name) != 0)
        i++;
    CHECK(i < PROBE_NAMES_MOST);
    if (!*value)
        fail_msg("%s has no id", name);
    probes->names[i].name = name;
    probes->names[i].value = value;
    probes->name_count += i == probes->name_count;
}

static const char *find_value(const struct probes *probes, const char *name, size_t length)
{
    for (size_t i = 0; i < probes->name_count; i++)
        if (strncmp(probes->names[i].name, name, length) == 0 && strlen(probes->names[i].name) == length)
            return probes->names[i].value;
    return NULL;
}

const char *probes_value(const struct probes *probes, const char *name)
{
    const char *value = find_value(probes, name, strlen(name));
    if (!value)
        fail_msg("nothing is called %s", name);
    return value;
}

// Adds the permissions of a contract that the text does not have yet.
static void add_permissions(const struct rpc_contract *contract, char *text, size_t size)
{
    char quoted[80];
    for (size_t i = 0; i < contract->policy_count; i++) {
        const struct rpc_policy *policy = &contract->policies[i];
        snprintf(quoted, sizeof(quoted), "'%s'", policy->permission);
        size_t used = strlen(text);
        if (*policy->permission && !strstr(text, quoted))
            CHECK(snprintf(text + used, size - used, "%s%s", used ? ", " : "", quoted) < (int)(size - used));
    }
}

void probes_people(struct probes *probes, const char *sibling_at)
{
    struct instance *instance = probes->instance;
    char permissions[REQUEST_SIZE] = "";
    add_permissions(&anlan_organisations_v1_contract, permissions, sizeof(permissions));
    add_permissions(&anlan_hazards_v1_contract, permissions, sizeof(permissions));
    add_permissions(&anlan_tasks_v1_contract, permissions, sizeof(permissions));
    add_permissions(&anlan_notifications_v1_contract, permissions, sizeof(permissions));
    ask_well(instance, as_at(instance, "administrator", instance->instance_id, "系统管理员"), "CreateRole",
             "{'name': 'witness', 'zh': '见证人', 'en': 'witness', 'permissions': [%s]}", permissions);
    probes->witness = actor_new(instance, "witness", instance->ids[REGION_15], "见证人", NULL);
    probes->sibling = actor_new(instance, "witness", sibling_at, "邻镇人", NULL);
    probes->sibling_at = sibling_at;
}

const char *probes_absent(struct instance *instance)
{
    char text[UUID_TEXT_SIZE];
    struct uuid id = uuid_make(clock_now());
    uuid_format(&id, text);
    return arena_text(&instance->arena, text, strlen(text));
}

static const char *fresh_word(struct instance *instance)
{
    char *word = arena_printf(&instance->arena, "x%s", probes_absent(instance));
    for (char *dash = strchr(word, '-'); dash; dash = strchr(dash, '-'))
        *dash = '_';
    return word;
}

static const char *value_of(const struct probes *probes, const char *name, size_t length)
{
    const char *value = find_value(probes, name, length);
    const char *text = arena_text(&probes->instance->arena, name, length);
    if (!value && strcmp(text, "fresh") == 0)
        return fresh_word(probes->instance);
    if (!value && strcmp(text, "fresh_id") == 0)
        return probes_absent(probes->instance);
    return value || !probes->make ? value : probes->make(probes, text);
}

// The request with its names filled in.
static const char *request_of(const struct probes *probes, const char *request, const char *about)
{
    char text[REQUEST_SIZE] = "";
    size_t used = 0;
    for (const char *c = request; *c; c++) {
        size_t length = *c == '{' ? strcspn(c + 1, "}':") : 0;
        const char *value = *c == '$' ? about : length ? value_of(probes, c + 1, length) : NULL;
        CHECK(used + (value ? strlen(value) : 1) < sizeof(text));
        if (!value) {
            text[used++] = *c;
            continue;
        }
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", value);
        c += *c == '$' ? 0 : length + 1;
    }
    text[used] = '\0';
    return arena_text(&probes->instance->arena, text, used);
}

// What somebody hears about it: the reply, or the status with all that belongs to it, the id that he named taken out.
// *took: how long.
static const char *heard(const struct probes *probes, const char *method, const char *asked, const struct actor *who,
                         const char *about, int64_t *took)
{
    char text[HEARD_SIZE];
    struct status status = {0};
    struct person person = acting(probes->instance, *who, NULL);
    const char *request = request_of(probes, asked, about);
    int64_t begun = clock_monotonic();
    const char *reply = ask(probes->instance, person, method, &status, "%s", request);
    *took = clock_monotonic() - begun;
    int used = snprintf(text, sizeof(text), "%s|%d|%d|%u|%s", reply ? reply : "", (int)status.code, (int)status.reason,
                        status.retry_after_ms, status.message);
    for (size_t i = 0; i < status.violation_count && used < (int)sizeof(text); i++)
        used += snprintf(text + used, sizeof(text) - (size_t)used, "|%s %s", status.violations[i].field,
                         status.violations[i].description);
    for (char *found = strstr(text, about); found; found = strstr(text, about))
        memset(found, '$', strlen(about));
    return arena_text(&probes->instance->arena, text, strlen(text));
}

static void print_pair(const struct probe *probe, const char *what, const char *who, const char *of_hidden,
                       const char *of_absent)
{
    print_error("%s: %s %s %s\n  of what exists %s\n  of what does not %s\n", what, who, probe->method, probe->request,
                of_hidden, of_absent);
}

// The same text for what was made twice: without ids, numbers and times.
static const char *without_digits(struct instance *instance, const char *text)
{
    char *kept = arena_text(&instance->arena, text, strlen(text));
    char *end = kept;
    for (const char *c = kept; *c; c++)
        if (!isxdigit((unsigned char)*c))
            *end++ = *c;
    *end = '\0';
    return kept;
}

static bool same(const struct probes *probes, const struct probe *probe, const char *of_hidden, const char *of_absent)
{
    struct instance *instance = probes->instance;
    return strcmp(of_hidden, of_absent) == 0 ||
           (probe->makes && strcmp(without_digits(instance, of_hidden), without_digits(instance, of_absent)) == 0);
}

static int differs(const struct probes *probes, const struct probe *probe, const struct actor *who)
{
    int64_t took = 0;
    const char *hidden = probes_value(probes, probe->hidden);
    const char *of_hidden = heard(probes, probe->method, probe->request, who, hidden, &took);
    const char *absent = probes_absent(probes->instance);
    const char *of_absent = heard(probes, probe->method, probe->request, who, absent, &took);
    if (same(probes, probe, of_hidden, of_absent))
        return 0;
    print_pair(probe, "differs", who->name, of_hidden, of_absent);
    return 1;
}

int probes_that_differ(const struct probes *probes)
{
    int differ = 0;
    struct probes of_sibling = *probes;
    probes_name(&of_sibling, "own", probes->sibling_at);
    probes_name(&of_sibling, "own_township", probes->sibling_at);
    probes_name(&of_sibling, "own_tenant", probes_value(probes, "county"));
    for (size_t i = 0; i < probes->count; i++) {
        differ += differs(probes, &probes->rows[i], probes->rows[i].who);
        if (!probes->rows[i].sibling)
            differ += differs(&of_sibling, &probes->rows[i], &probes->sibling);
    }
    return differ;
}

int probes_that_say_nothing(const struct probes *probes)
{
    int wrong = 0;
    int64_t took = 0;
    for (size_t i = 0; i < probes->count; i++) {
        const struct probe *probe = &probes->rows[i];
        const struct actor *witness = probe->witness ? probe->witness : &probes->witness;
        const char *asked = probe->witnessed ? probe->witnessed : probe->request;
        const char *absent = probes_absent(probes->instance);
        const char *of_absent = heard(probes, probe->method, asked, witness, absent, &took);
        const char *of_hidden =
            heard(probes, probe->method, asked, witness, probes_value(probes, probe->hidden), &took);
        if (same(probes, probe, of_hidden, of_absent) == (probe->alike != NULL))
            continue;
        wrong++;
        print_pair(probe, probe->alike ? "differs after all" : "says nothing", witness->name, of_hidden, of_absent);
    }
    return wrong;
}

int probes_that_differ_to(const struct probes *probes, const char *hidden, const struct actor *who)
{
    int differ = 0;
    int asked = 0;
    for (size_t i = 0; i < probes->count; i++) {
        if (strcmp(probes->rows[i].hidden, hidden) != 0)
            continue;
        differ += differs(probes, &probes->rows[i], who);
        asked++;
    }
    if (asked == 0)
        fail_msg("no row is about %s", hidden);
    return differ;
}

static int by_time(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static int64_t median(int64_t *times)
{
    qsort(times, ROUNDS, sizeof(*times), by_time);
    return times[ROUNDS / 2];
}

// How much longer the one takes than the other, in hundredths; probes take turns, so that what disturbs disturbs both.
static int64_t ratio_of(const struct probes *probes, const struct probe *probe)
{
    int64_t hidden_times[ROUNDS];
    int64_t absent_times[ROUNDS];
    const char *hidden = probes_value(probes, probe->hidden);
    for (int i = 0; i < ROUNDS; i++) {
        const char *absent = probes_absent(probes->instance);
        heard(probes, probe->method, probe->request, probe->who, hidden, &hidden_times[i]);
        heard(probes, probe->method, probe->request, probe->who, absent, &absent_times[i]);
    }
    int64_t a = median(hidden_times);
    int64_t b = median(absent_times);
    return 100 * (a > b ? a : b) / (a < b ? a : b);
}

int probes_that_take_longer(const struct probes *probes, const char *method)
{
    int longer = 0;
    for (size_t i = 0; i < probes->count; i++) {
        const struct probe *probe = &probes->rows[i];
        if (method && strcmp(probe->method, method) != 0)
            continue;
        int64_t ratio = INT64_MAX;
        for (int tries = 0; tries < 5 && ratio > MOST_HUNDREDTHS; tries++)
            ratio = ratio_of(probes, probe);
        longer += ratio > MOST_HUNDREDTHS;
        if (ratio > MOST_HUNDREDTHS)
            print_error("takes longer: %s %s: %lld/100\n", probe->method, probe->request, (long long)ratio);
    }
    return longer;
}

// A field's name as in JSON.
static void json_name(const char *name, char *text)
{
    for (; *name; name++)
        *text++ = *name == '_' && name[1] ? (char)toupper((unsigned char)*++name) : *name;
    *text = '\0';
}

// Whether a row is of this method; a service's name before it is that of the package.
static bool is_of(const char *method, const struct rpc_contract *contract, const char *name)
{
    char package[64];
    const char *slash = strchr(method, '/');
    if (!slash)
        return strcmp(method, name) == 0;
    snprintf(package, sizeof(package), "anlan.%.*s.v1", (int)(slash - method), method);
    return strcmp(slash + 1, name) == 0 && strcmp(package, contract->package) == 0;
}

static bool is_probed(const struct probes *probes, const struct rpc_contract *contract, const char *method,
                      const char *field)
{
    char one[96];
    char several[96];
    snprintf(one, sizeof(one), "'%s': '$'", field);
    snprintf(several, sizeof(several), "'%s': ['$'", field);
    for (size_t i = 0; i < probes->count; i++)
        if (is_of(probes->rows[i].method, contract, method) &&
            (strstr(probes->rows[i].request, one) || strstr(probes->rows[i].request, several)))
            return true;
    return false;
}

struct lacking {
    const struct probes *probes;
    const struct rpc_contract *contract;
    const struct probe_exemption *exemptions;
    size_t exemption_count;
    bool met[256];    // exemptions
    int count;
};

static void look_at_field(struct lacking *lacking, const char *method, const char *field)
{
    char name[64];
    bool exempt = false;
    json_name(field, name);
    bool probed = is_probed(lacking->probes, lacking->contract, method, name);
    for (size_t i = 0; i < lacking->exemption_count; i++) {
        const struct probe_exemption *one = &lacking->exemptions[i];
        if (!is_of(one->method, lacking->contract, method) || strcmp(one->field, name) != 0)
            continue;
        exempt = true;
        lacking->met[i] = !probed;
    }
    if (probed || exempt)
        return;
    print_error("no probe: %s %s\n", method, name);
    lacking->count++;
}

static void look_at_fields(struct lacking *lacking, const char *method, const ProtobufCMessageDescriptor *message)
{
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        const struct rpc_rule *rule = rpc_contract_rule(lacking->contract, message, i);
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            look_at_fields(lacking, method, field->descriptor);    // no message of the contract holds itself
        else if (rule && rule->format == ANLAN__RPC__V1__FORMAT__FORMAT_UUID)
            look_at_field(lacking, method, field->name);
    }
}

int probes_that_lack(const struct probes *probes, const struct rpc_contract *contract,
                     const struct probe_exemption *exemptions, size_t exemption_count)
{
    struct lacking lacking = {probes, contract, exemptions, exemption_count, {0}, 0};
    CHECK(exemption_count <= sizeof(lacking.met));
    for (size_t i = 0; i < contract->policy_count; i++) {
        const struct rpc_policy *policy = &contract->policies[i];
        if (!policy->inner && !policy->anonymous && !policy->own)
            look_at_fields(&lacking, policy->name, policy->request);
    }
    for (size_t i = 0; i < exemption_count; i++) {
        if (lacking.met[i])
            continue;
        print_error("exempt for nothing: %s %s\n", exemptions[i].method, exemptions[i].field);
        lacking.count++;
    }
    return lacking.count;
}

void whatever_names_something_is_probed(void **state)
{
    const struct probes *probes = *state;
    assert_int_equal(probes_that_lack(probes, probes->contract, probes->exemptions, probes->exemption_count), 0);
}

void what_is_hidden_is_answered_like_what_is_not_there(void **state)
{
    assert_int_equal(probes_that_differ(*state), 0);
}

void it_takes_no_longer(void **state)
{
    const struct probes *probes = *state;
    assert_non_null(probes->timed[0]);
    for (size_t i = 0; probes->timed[i]; i++)
        assert_int_equal(probes_that_take_longer(probes, probes->timed[i]), 0);
}

void what_is_of_another_sector_is_hidden_too(void **state)
{
    const struct probes *probes = *state;
    assert_non_null(probes->of_sectors[0]);
    for (size_t i = 0; probes->of_sectors[i]; i++)
        assert_int_equal(probes_that_differ_to(probes, probes->of_sectors[i], probes->apart), 0);
}

void who_may_see_it_hears_the_difference(void **state)
{
    assert_int_equal(probes_that_say_nothing(*state), 0);
}
