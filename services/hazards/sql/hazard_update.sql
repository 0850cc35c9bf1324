-- SPDX-License-Identifier: Apache-2.0
-- The after-image takes the place of the version before it, or the transaction is undone. Tenant, place, unit, finder
-- and both times of the finding never change.
WITH updated AS (
    UPDATE hazards
    SET version = :after.version, state = :after.state, grade = :after.grade, sector = :after.sector,
        location = :after.location, description = :after.description,
        responsible_unit_id = :after.responsible_unit_id, responsible_person = :after.responsible_person,
        deadline = :after.deadline, sending_unit_id = :after.sending_unit_id
    WHERE tenant_id = :after.tenant_id AND id = :after.id AND version = :after.version - 1
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
