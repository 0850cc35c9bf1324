-- SPDX-License-Identifier: Apache-2.0
INSERT INTO tracked_hazards (
-- include: head_names
    , hazard_version, hazard_state, grade, deadline, campaign_id, inspection_id, closed_at,
    clock_next_at, clock_stage, clock_alarm_year, clock_as_of, clock_working, clock_unit_ids, responsible_unit_id,
    rebound_count)
VALUES (
-- include: head_values
    , :after.hazard_version, :after.hazard_state, :after.grade, :after.deadline, :after.campaign_id,
    :after.inspection_id, :after.closed_at, :after.clock_next_at, :after.clock_stage, :after.clock_alarm_year,
    :after.clock_as_of, :after.clock_working, :after.clock_unit_ids, :after.responsible_unit_id, :after.rebound_count)
