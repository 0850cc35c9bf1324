-- SPDX-License-Identifier: Apache-2.0
-- each: table tracked_hazards
-- Hazards of the scope, the latest entered first.
-- include: list_examined
       AND (:request.campaign_id::uuid IS NULL OR r.campaign_id = :request.campaign_id::uuid)
       AND (:request.inspection_id::uuid IS NULL OR r.inspection_id = :request.inspection_id::uuid)
       AND (:request.hazard_state::int IS NULL OR r.hazard_state = :request.hazard_state::int)
       AND (NOT :request.struck OR r.clock_stage > 0)
       AND (NOT :request.alarmed OR r.clock_alarm_year > 0)
       AND (NOT :request.major_open OR (r.grade = 2 AND r.hazard_state BETWEEN 1 AND 5))
-- include: list_page
