// SPDX-License-Identifier: Apache-2.0
#include "checklist_rules.h"

#include "anlan/tasks/v1/checklists.pb-c.h"
#include "task_life.h"
#include "task_record.h"
#include "tasks/facts.pb-c.h"

typedef Anlan__Tasks__V1__Checklist checklist;

bool checklist_rules_publish(const struct service_rule_input *input, const ProtobufCMessage *before,
                             ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__PublishChecklistRequest *request = (const void *)input->request;
    const Anlan__Tasks__Facts__ChecklistFacts *facts = (const void *)input->facts;
    checklist *made = (checklist *)after;
    (void)before;
    if (*facts->unknown_sector)
        return status_violate(status, input->arena, "sector", "is not in the list of sectors");
    if (facts->taken)
        return status_set(status, REASON(RECORD_EXISTS), "%s has an edition %s", request->code, request->edition);
    task_record_begin(input, after);
    made->sector = request->sector;
    made->code = request->code;
    made->edition = request->edition;
    made->name = request->name;
    made->item_count = (int32_t)request->n_items;
    for (size_t i = 0; i < request->n_items; i++)
        made->unchecked_count += !request->items[i]->basis_checked;
    made->detail = arena_alloc(input->arena, sizeof(*made->detail));
    if (!made->detail)
        return false;
    anlan__tasks__v1__checklist_detail__init(made->detail);
    made->detail->items = request->items;
    made->detail->n_items = request->n_items;
    made->detail->published = task_record_sign(input);
    return task_life_move("checklists", after, ACTION(PUBLISH), STATE(IN_FORCE));
}

bool checklist_rules_withdraw(const struct service_rule_input *input, const ProtobufCMessage *before,
                              ProtobufCMessage *after, struct status *status)
{
    const Anlan__Tasks__V1__WithdrawChecklistRequest *request = (const void *)input->request;
    const checklist *was = (const checklist *)before;
    checklist *now = (checklist *)after;
    if (!task_life_may(input, "checklists", before, ACTION(WITHDRAW), status))
        return false;
    now->detail = arena_alloc(input->arena, sizeof(*now->detail));
    if (!now->detail)
        return false;
    *now->detail = *was->detail;
    now->detail->withdrawn = task_record_sign(input);
    now->detail->reason = request->reason;
    return task_life_move("checklists", after, ACTION(WITHDRAW), STATE(WITHDRAWN));
}
