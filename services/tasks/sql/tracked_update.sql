-- SPDX-License-Identifier: Apache-2.0
-- The after-image takes the place of the version before it, or the transaction is undone.
WITH updated AS (
    UPDATE tracked_hazards SET
-- include: head_set
        , hazard_version = :after.hazard_version, hazard_state = :after.hazard_state, grade = :after.grade,
        deadline = :after.deadline, closed_at = :after.closed_at, clock_next_at = :after.clock_next_at,
        clock_stage = :after.clock_stage, clock_alarm_year = :after.clock_alarm_year,
        clock_as_of = :after.clock_as_of, clock_working = :after.clock_working, clock_unit_ids = :after.clock_unit_ids,
        responsible_unit_id = :after.responsible_unit_id, rebound_count = :after.rebound_count
    WHERE
-- include: head_was
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
