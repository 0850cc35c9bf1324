-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: head_columns
    , r.hazard_version AS "column.hazard_version", r.hazard_state AS "column.hazard_state", r.grade AS "column.grade",
    r.deadline AS "column.deadline", r.campaign_id AS "column.campaign_id", r.inspection_id AS "column.inspection_id",
    r.closed_at AS "column.closed_at", r.clock_next_at AS "column.clock_next_at",
    r.clock_stage AS "column.clock_stage", r.clock_alarm_year AS "column.clock_alarm_year",
    r.clock_as_of AS "column.clock_as_of", r.clock_working AS "column.clock_working",
    r.clock_unit_ids AS "column.clock_unit_ids",
    r.responsible_unit_id AS "column.responsible_unit_id", r.rebound_count AS "column.rebound_count"
FROM tracked_hazards r
-- include: rows_page
