// SPDX-License-Identifier: Apache-2.0
// Answers the oracle's questions with the product's code. Reads lines from its standard input: a world's entries, its
// records, and questions; answers each question with two. Fields are separated by one space, "-" is an empty one,
// lists are separated by commas. Times are microseconds.
//
//   W instance                                                   a new, empty world
//   U id parent kind region city county township tenant is_tenant retired sectors former_places
//   R name retired permissions
//   P id person unit role starts ends sectors
//   G id post grantor parent grantee_kind grantee unit state ground depth starts ends sectors permissions
//   C region city county township sector parties                 a record
//   Q subject is_client has_post post unit role sectors grants permission within now without_grants
//
// Two answers, each a line: to who wants to change records, and to who wants to read them. OK, or the reason of the
// refusal; with OK, a character for each record, the origin of what covers it or
// "."; and a character for each record, how many pairs of the bound scope find it, as a list statement does (as a party
// it may be found besides).
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/decide.h"
#include "anlan/organisations/v1/people.pb-c.h"
#include "anlan/organisations/v1/roles.pb-c.h"
#include "base/arena.h"
#include "base/check.h"

#define WORDS_MOST 32
#define PARTIES_MOST 8
#define RECORDS_MOST 256
#define CALL_MEMORY (1 << 20)

struct record {
    struct directory_place place;
    char sector[33];
    struct uuid parties[PARTIES_MOST];
    size_t party_count;
};

struct probe {
    struct directory *directory;
    struct record records[RECORDS_MOST];
    size_t record_count;
    uint8_t *packed;
    size_t packed_room;
};

// A list of a line's field, in place.
struct list {
    char *words[WORDS_MOST];
    size_t count;
};

static char *next(char **line)
{
    char *word = strsep(line, " ");
    CHECK(word);
    return strcmp(word, "-") == 0 ? word + 1 : word;
}

static void next_list(char **line, struct list *list)
{
    char *field = next(line);
    list->count = 0;
    while (field && *field) {
        CHECK(list->count < WORDS_MOST);
        list->words[list->count++] = strsep(&field, ",");
    }
}

static int64_t next_number(char **line)
{
    return strtoll(next(line), NULL, 10);
}

static struct uuid next_id(char **line)
{
    struct uuid id = {{0}};
    const char *text = next(line);
    CHECK(!*text || uuid_parse(text, &id));
    return id;
}

// Points to `time`, or to nothing where the field is empty.
static Google__Protobuf__Timestamp *next_time(char **line, Google__Protobuf__Timestamp *time)
{
    const char *text = next(line);
    int64_t at = strtoll(text, NULL, 10);
    *time = (Google__Protobuf__Timestamp)GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    time->seconds = at / CLOCK_SECOND;
    time->nanos = (int32_t)(at % CLOCK_SECOND * 1000);
    return *text ? time : NULL;
}

static void apply(struct probe *probe, const ProtobufCMessage *message)
{
    Anlan__Rpc__V1__Entry entry = ANLAN__RPC__V1__ENTRY__INIT;
    size_t length = protobuf_c_message_get_packed_size(message);
    if (length > probe->packed_room) {
        probe->packed = realloc(probe->packed, 2 * length);
        probe->packed_room = 2 * length;
        CHECK(probe->packed);
    }
    entry.position = directory_position(probe->directory) + 1;
    entry.record_type = (char *)message->descriptor->name;
    entry.after.data = probe->packed;
    entry.after.len = protobuf_c_message_pack(message, probe->packed);
    CHECK(directory_apply(probe->directory, &entry));
}

static void begin_world(struct probe *probe, char *line)
{
    struct uuid instance = next_id(&line);
    directory_free(probe->directory);
    probe->directory = directory_new(&instance);
    probe->record_count = 0;
}

// Where a unit stood before: places, each its levels separated by "/".
struct former {
    Anlan__Organisations__V1__Moves moves;
    Anlan__Organisations__V1__Move each[WORDS_MOST];
    Anlan__Organisations__V1__Move *all[WORDS_MOST];
    Anlan__Rpc__V1__Place places[WORDS_MOST];
};

static Anlan__Organisations__V1__Moves *next_moves(char **line, struct former *former)
{
    struct list places;
    next_list(line, &places);
    former->moves = (Anlan__Organisations__V1__Moves)ANLAN__ORGANISATIONS__V1__MOVES__INIT;
    former->moves.n_moves = places.count;
    former->moves.moves = former->all;
    for (size_t i = 0; i < places.count; i++) {
        Anlan__Rpc__V1__Place *place = &former->places[i];
        *place = (Anlan__Rpc__V1__Place)ANLAN__RPC__V1__PLACE__INIT;
        char **levels[] = {&place->region_id, &place->city_id, &place->county_id, &place->township_id};
        for (size_t level = 0; level < COUNT_OF(levels); level++)
            *levels[level] = strsep(&places.words[i], "/");
        former->each[i] = (Anlan__Organisations__V1__Move)ANLAN__ORGANISATIONS__V1__MOVE__INIT;
        former->each[i].place = place;
        former->all[i] = &former->each[i];
    }
    return places.count > 0 ? &former->moves : NULL;
}

static void apply_unit(struct probe *probe, char *line)
{
    struct former former;
    Anlan__Organisations__V1__Unit unit = ANLAN__ORGANISATIONS__V1__UNIT__INIT;
    Anlan__Rpc__V1__Place place = ANLAN__RPC__V1__PLACE__INIT;
    Google__Protobuf__Timestamp retired = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    struct list sectors;
    unit.id = next(&line);
    unit.parent_id = next(&line);
    unit.kind = (Anlan__Organisations__V1__UnitKind)next_number(&line);
    unit.place = &place;
    place.region_id = next(&line);
    place.city_id = next(&line);
    place.county_id = next(&line);
    place.township_id = next(&line);
    unit.tenant_id = next(&line);
    unit.is_tenant = next_number(&line) != 0;
    unit.retired_at = next_number(&line) ? &retired : NULL;
    next_list(&line, &sectors);
    unit.n_sectors = sectors.count;
    unit.sectors = sectors.words;
    unit.moves = next_moves(&line, &former);
    apply(probe, &unit.base);
}

static void apply_role(struct probe *probe, char *line)
{
    Anlan__Organisations__V1__Role role = ANLAN__ORGANISATIONS__V1__ROLE__INIT;
    struct list permissions;
    role.name = next(&line);
    role.retired = next_number(&line) != 0;
    next_list(&line, &permissions);
    role.n_permissions = permissions.count;
    role.permissions = permissions.words;
    apply(probe, &role.base);
}

static void apply_post(struct probe *probe, char *line)
{
    Anlan__Organisations__V1__Post post = ANLAN__ORGANISATIONS__V1__POST__INIT;
    Google__Protobuf__Timestamp starts;
    Google__Protobuf__Timestamp ends;
    struct list sectors;
    post.id = next(&line);
    post.person_id = next(&line);
    post.unit_id = next(&line);
    post.role = next(&line);
    post.starts_at = next_time(&line, &starts);
    post.ends_at = next_time(&line, &ends);
    next_list(&line, &sectors);
    post.n_sectors = sectors.count;
    post.sectors = sectors.words;
    apply(probe, &post.base);
}

static void apply_grant(struct probe *probe, char *line)
{
    Anlan__Organisations__V1__Grant grant = ANLAN__ORGANISATIONS__V1__GRANT__INIT;
    Google__Protobuf__Timestamp starts;
    Google__Protobuf__Timestamp ends;
    struct list sectors;
    struct list permissions;
    grant.id = next(&line);
    grant.grantor_post_id = next(&line);
    grant.grantor_person_id = next(&line);
    grant.parent_id = next(&line);
    grant.grantee_kind = (Anlan__Organisations__V1__GranteeKind)next_number(&line);
    grant.grantee_id = next(&line);
    grant.unit_id = next(&line);
    grant.state = (Anlan__Organisations__V1__GrantState)next_number(&line);
    grant.ground = (Anlan__Organisations__V1__GrantGround)next_number(&line);
    grant.depth = (int32_t)next_number(&line);
    grant.starts_at = next_time(&line, &starts);
    grant.ends_at = next_time(&line, &ends);
    next_list(&line, &sectors);
    next_list(&line, &permissions);
    grant.n_sectors = sectors.count;
    grant.sectors = sectors.words;
    grant.n_permissions = permissions.count;
    grant.permissions = permissions.words;
    apply(probe, &grant.base);
}

static void add_record(struct probe *probe, char *line)
{
    struct list parties;
    CHECK(probe->record_count < RECORDS_MOST);
    struct record *record = &probe->records[probe->record_count++];
    for (int level = 0; level < DIRECTORY_LEVELS; level++)
        record->place.levels[level] = next_id(&line);
    snprintf(record->sector, sizeof(record->sector), "%s", next(&line));
    next_list(&line, &parties);
    CHECK(parties.count <= PARTIES_MOST);
    record->party_count = parties.count;
    for (size_t i = 0; i < parties.count; i++)
        CHECK(uuid_parse(parties.words[i], &record->parties[i]));
}

static void read_caller(char **line, struct access_caller *caller)
{
    struct list sectors;
    struct list grants;
    *caller = (struct access_caller){.subject_id = next_id(line)};
    caller->is_client = next_number(line) != 0;
    caller->has_post = next_number(line) != 0;
    caller->post_id = next_id(line);
    caller->unit_id = next_id(line);
    snprintf(caller->role, sizeof(caller->role), "%s", next(line));
    next_list(line, &sectors);
    CHECK(sectors.count <= COUNT_OF(caller->sectors));
    for (size_t i = 0; i < sectors.count; i++)
        snprintf(caller->sectors[caller->sector_count++], sizeof(caller->sectors[0]), "%s", sectors.words[i]);
    next_list(line, &grants);
    for (size_t i = 0; i < grants.count; i++)
        CHECK(uuid_parse(grants.words[i], &caller->grants[caller->grant_count++]));
}

static bool is(const struct uuid *left, const struct uuid *right)
{
    return memcmp(left->bytes, right->bytes, sizeof(left->bytes)) == 0;
}

// As the statements find a record (services/hazards/sql/in_scope.part).
static bool finds(const struct access_pair *pair, const struct record *record)
{
    bool in_sector = !pair->sector || strcmp(pair->sector, record->sector) == 0;
    switch (pair->kind) {
    case ACCESS_INSTANCE:
        return true;
    case ACCESS_REGION:
        return in_sector && is(&record->place.levels[DIRECTORY_REGION], &pair->unit_id);
    case ACCESS_CITY:
        return in_sector && is(&record->place.levels[DIRECTORY_CITY], &pair->unit_id);
    case ACCESS_COUNTY:
        return in_sector && is(&record->place.levels[DIRECTORY_COUNTY], &pair->unit_id);
    case ACCESS_TOWNSHIP:
        return in_sector && is(&record->place.levels[DIRECTORY_TOWNSHIP], &pair->unit_id);
    case ACCESS_UNIT:
        return in_sector && record->party_count > 0 && is(&record->parties[0], &pair->unit_id);
    case ACCESS_PARTY:
        for (size_t i = 0; i < record->party_count; i++)
            if (is(&record->parties[i], &pair->unit_id))
                return true;
        return false;
    }
    return false;
}

// What a wider territory has in one sector is not taken again from a narrower one in all: as the statements that add up
// do (services/hazards/sql/hazard_count_totals.sql).
static bool is_taken(const struct access_decision *bound, const struct access_pair *pair, const struct record *record)
{
    for (size_t i = 0; i < bound->count; i++) {
        const struct access_pair *wider = &bound->pairs[i];
        if (wider->kind < ACCESS_PARTY && wider->kind < pair->kind && wider->sector && finds(wider, record))
            return true;
    }
    return false;
}

// A record that lies in the bound scope of a list is found by one pair; as a party it may be found besides. `once`:
// that holds; it does not for changes, which find their record by its key, nor where something came from elsewhere.
static char found_by(const struct access_decision *bound, const struct record *record, bool once)
{
    int times = 0;
    bool as_party = false;
    for (size_t i = 0; i < bound->count; i++) {
        const struct access_pair *pair = &bound->pairs[i];
        bool found = finds(pair, record);
        as_party = as_party || (found && pair->kind == ACCESS_PARTY);
        times += found && pair->kind != ACCESS_PARTY && !is_taken(bound, pair, record);
    }
    if (times == 0 && !as_party)
        return '.';
    return (char)('0' + (times > 1 && once ? times : 1));
}

static void print_records(const struct probe *probe, const struct access_decision *decision,
                          const struct access_decision *bound, bool once)
{
    char check[RECORDS_MOST + 1] = "";
    char list[RECORDS_MOST + 1] = "";
    for (size_t i = 0; i < probe->record_count; i++) {
        const struct record *record = &probe->records[i];
        const struct access_record asked = {record->place, record->sector, record->parties, record->party_count};
        int origin = access_origin(decision, &asked);
        CHECK((origin >= 0) == access_covers(decision, &asked));
        CHECK(origin < 0 || access_covers_by(decision, &asked, (unsigned)origin));
        check[i] = (char)(origin < 0 ? '.' : '0' + origin);
        list[i] = found_by(bound, record, once);
    }
    printf("OK %s %s\n", check, list);
}

static void print_refusal(const struct status *status)
{
    if (status->reason == REASON(POST_ENDED))
        puts("POST_ENDED");
    else if (status->reason == REASON(PERMISSION_MISSING))
        puts("PERMISSION_MISSING");
    else if (status->reason == REASON(UNIT_NOT_FOUND))
        puts("UNIT_NOT_FOUND");
    else
        printf("REASON_%d\n", (int)status->reason);
}

static bool has_arrived(const struct access_decision *decision)
{
    for (size_t i = 0; i < decision->count; i++)
        if (decision->pairs[i].arrived)
            return true;
    return false;
}

static void answer_use(const struct probe *probe, const struct access_question *question, enum access_use use)
{
    static const char *const permissions[] = {"hazards.read", "hazards.accept", NULL};
    static const struct access_role beginning = {"administrator", permissions};
    const struct access_policy policy = {probe->directory, &beginning, 1};
    struct access_question asked = *question;
    struct access_decision decision = {0};
    struct access_decision bound = {0};
    struct status status = {0};
    struct arena arena;
    asked.use = use;
    arena_init(&arena, CALL_MEMORY);
    if (!access_decide(&policy, &asked, &arena, &decision, &status)) {
        print_refusal(&status);
    } else {
        bound = decision;    // as service_scope_fill does
        CHECK(use == ACCESS_CHANGE || access_reduce(probe->directory, &decision, &arena, &bound));
        print_records(probe, &decision, &bound, use == ACCESS_READ && !has_arrived(&decision));
    }
    arena_fini(&arena);
}

static void answer(struct probe *probe, char *line)
{
    struct access_caller caller;
    read_caller(&line, &caller);
    const char *permission = next(&line);
    struct uuid within = next_id(&line);
    const struct access_question question = {.caller = &caller,
                                             .permission = permission,
                                             .within = uuid_is_nil(&within) ? NULL : &within,
                                             .now = next_number(&line),
                                             .without_grants = next_number(&line) != 0};
    answer_use(probe, &question, ACCESS_CHANGE);
    answer_use(probe, &question, ACCESS_READ);
}

static const struct {
    char letter;
    void (*take)(struct probe *probe, char *line);
} kinds[] = {
    {'W', begin_world}, {'U', apply_unit}, {'R', apply_role}, {'P', apply_post},
    {'G', apply_grant}, {'C', add_record}, {'Q', answer},
};

static bool take(struct probe *probe, char *line)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (kinds[i].letter == line[0] && line[1] == ' ') {
            kinds[i].take(probe, line + 2);
            return true;
        }
    return false;
}

int main(void)
{
    static struct probe probe;
    char *line = NULL;
    size_t room = 0;
    ssize_t length = 0;
    int64_t number = 1;
    for (; (length = getline(&line, &room, stdin)) > 0; number++) {
        line[strcspn(line, "\n")] = '\0';
        if (!take(&probe, line)) {
            fprintf(stderr, "line %" PRId64 ": not understood\n", number);
            return 1;
        }
    }
    directory_free(probe.directory);
    free(probe.packed);
    free(line);
    return 0;
}
