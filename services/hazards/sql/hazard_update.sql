-- SPDX-License-Identifier: Apache-2.0
-- The after-image takes the place of the version before it, or the transaction is undone. Tenant, place, unit, finder,
-- the time of entry and to whom it is restricted never change.
WITH updated AS (
    UPDATE hazards
    SET version = :after.version, state = :after.state, grade = :after.grade,
        responsible_unit_id = :after.responsible_unit_id, responsible_person = :after.responsible_person,
        deadline = :after.deadline, sending_unit_id = :after.sending_unit_id, last_action = :after.last_action,
        state_before = :after.state_before, halt = :after.halt, former_unit_ids = :after.former_unit_ids,
        successor_id = :after.successor_id, payload_digests = :after.payload_digests, listing = :after.listing,
        summary = :row.summary, detail = :row.detail
    WHERE tenant_id = :after.tenant_id AND id = :after.id AND version = :after.version - 1
      AND state = :after.state_before
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
