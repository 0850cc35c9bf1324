// SPDX-License-Identifier: Apache-2.0
#include "hazard_restricted.h"

#include <string.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "crypto/crypto.h"
#include "service/values.h"

typedef Anlan__Hazards__V1__HazardPayload hazard_payload;
typedef Anlan__Hazards__V1__RevealedStep revealed_step;

// His own post, or a grant, permits it at the unit; in his own ledger his own post, wherever that reaches.
static bool may_restrict(const struct service_rule_input *input, struct status *status)
{
    const Anlan__Hazards__V1__CreateHazardRequest *request = (const void *)input->request;
    const struct access_question question = {.caller = input->caller,
                                             .permission = "hazards.restrict",
                                             .use = ACCESS_CHANGE,
                                             .now = input->now,
                                             .without_grants = request->own_ledger};
    const struct access_record record = {
        .place = input->unit->place, .sector = request->sector, .parties = &input->unit->id, .party_count = 1};
    struct access_decision decision;
    if (!access_decide(input->access, &question, input->arena, &decision, status))
        return false;
    return request->own_ledger || access_covers(&decision, &record) ||
           status_set(status, REASON(PERMISSION_MISSING), "neither the post nor a grant has hazards.restrict there");
}

bool hazard_restricted_checks(const struct service_rule_input *input, struct status *status)
{
    const Anlan__Hazards__V1__CreateHazardRequest *request = (const void *)input->request;
    if (!request->restricted)
        return !*request->public_description ||
               status_violate(status, input->arena, "public_description", "is for restricted records: others show all");
    if (*request->external_id)
        return status_violate(status, input->arena, "external_id", "would be shown of a restricted record");
    return may_restrict(input, status);
}

static char *take(char **text)
{
    char *taken = *text;
    *text = (char *)"";
    return taken;
}

// Messages of the life that the step made, or that an earlier one has emptied: a copy, so that neither the request nor
// what was loaded changes.
#define COPY_OF(input, member)                                                                                         \
    do {                                                                                                               \
        void *copy = (member) ? arena_alloc((input)->arena, sizeof(*(member))) : NULL;                                 \
        if (copy)                                                                                                      \
            memcpy(copy, (member), sizeof(*(member)));                                                                 \
        (member) = copy;                                                                                               \
    } while (0)

// The words that stand in the record's life as well as in its step.
static void empty_life(const struct service_rule_input *input, Anlan__Hazards__V1__Life *life)
{
    COPY_OF(input, life->rectification);
    COPY_OF(input, life->extension);
    COPY_OF(input, life->halt);
    COPY_OF(input, life->voiding);
    if (life->rectification) {
        life->rectification->measures = (char *)"";
        life->rectification->n_evidence = 0;
    }
    if (life->extension)
        life->extension->reason = (char *)"";
    if (life->halt)
        life->halt->reason = (char *)"";
    if (life->voiding)
        life->voiding->reason = (char *)"";
}

// Criterion and five items: that they are there is shown, not what they say.
static void take_judgement(const struct service_rule_input *input, Anlan__Hazards__V1__Life *life, revealed_step *taken)
{
    if (life->criterion && *life->criterion->standard) {
        taken->criterion = life->criterion;
        life->criterion = arena_alloc(input->arena, sizeof(*life->criterion));
        if (life->criterion)
            anlan__hazards__v1__criterion__init(life->criterion);
    }
    if (life->five_items && *life->five_items->measures) {
        taken->five_items = life->five_items;
        life->five_items = arena_alloc(input->arena, sizeof(*life->five_items));
        if (life->five_items)
            anlan__hazards__v1__five_items__init(life->five_items);
    }
}

// Makes room for this version's digest; of versions that withheld nothing it is empty.
static ProtobufCBinaryData *add_digest(const struct service_rule_input *input, hazard *now)
{
    ProtobufCBinaryData *digests = arena_array(input->arena, now->n_payload_digests + 1, sizeof(*now->payload_digests));
    if (!digests)
        return NULL;
    if (now->n_payload_digests > 0)
        memcpy(digests, now->payload_digests, now->n_payload_digests * sizeof(*digests));
    now->payload_digests = digests;
    digests[now->n_payload_digests] = (ProtobufCBinaryData){.data = (uint8_t *)"", .len = 0};
    return &digests[now->n_payload_digests++];
}

static void withhold(const struct service_rule_input *input, hazard *now, const hazard_payload *payload)
{
    Anlan__Hazards__V1__Withheld *made = arena_alloc(input->arena, sizeof(*made));
    uint8_t *salt = arena_bytes(input->arena, CRYPTO_SALT_SIZE);
    uint8_t *digest = arena_bytes(input->arena, CRYPTO_DIGEST_SIZE);
    size_t length = anlan__hazards__v1__hazard_payload__get_packed_size(payload);
    uint8_t *packed = arena_bytes(input->arena, length);
    ProtobufCBinaryData *kept = add_digest(input, now);
    if (!made || !salt || !digest || !packed || !kept)
        return;
    anlan__hazards__v1__hazard_payload__pack(payload, packed);
    memcpy(salt, input->random, CRYPTO_SALT_SIZE);
    const struct bytes parts[] = {{salt, CRYPTO_SALT_SIZE}, {packed, length}};
    crypto_sha256(parts, 2, digest);
    *kept = (ProtobufCBinaryData){.data = digest, .len = CRYPTO_DIGEST_SIZE};
    anlan__hazards__v1__withheld__init(made);
    made->salt = (ProtobufCBinaryData){.data = salt, .len = CRYPTO_SALT_SIZE};
    made->payload = (ProtobufCBinaryData){.data = packed, .len = length};
    now->withheld = made;
}

void hazard_restricted_seal(const struct service_rule_input *input, hazard *now, Anlan__Hazards__V1__Step *step)
{
    hazard_payload payload = ANLAN__HAZARDS__V1__HAZARD_PAYLOAD__INIT;
    revealed_step taken = ANLAN__HAZARDS__V1__REVEALED_STEP__INIT;
    revealed_step *steps[] = {&taken};
    bool found_here = now->version == 1 && step->action != ACTION(TAKE_OVER);
    if (found_here) {
        payload.location = take(&now->location);
        payload.description = take(&now->description);
        payload.found_by = take(&now->found_by);
    }
    taken.version = now->version;
    taken.note = take(&step->note);
    taken.evidence = step->evidence;
    taken.n_evidence = step->n_evidence;
    step->n_evidence = 0;
    empty_life(input, now->life);
    take_judgement(input, now->life, &taken);
    payload.steps = steps;
    payload.n_steps = 1;
    if (found_here || *taken.note || taken.n_evidence > 0 || taken.criterion || taken.five_items)
        withhold(input, now, &payload);
    else
        add_digest(input, now);
}
