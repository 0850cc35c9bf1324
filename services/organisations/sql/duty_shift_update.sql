-- SPDX-License-Identifier: Apache-2.0
-- Who is on duty changes, and whether it is on the roster; a trigger keeps what it was.
WITH updated AS (
    UPDATE duty_shifts
    SET version = :after.version, leader_ids = :after.leaders.person_ids, leader_names = :after.leaders.names,
        officer_ids = :after.officers.person_ids, officer_names = :after.officers.names,
        change_kind = :after.change.kind, change_reason = :after.change.reason,
        change_person = :after.change.person_name, change_at = :after.change.at, cancelled = :after.cancelled,
        occurred_at = :after.occurred_at
    WHERE tenant_id = :context.tenant_id AND id = :after.id AND version = :after.version - 1
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
