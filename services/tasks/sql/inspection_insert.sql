-- SPDX-License-Identifier: Apache-2.0
INSERT INTO inspections (
-- include: head_names
    , site_id, campaign_id, planned_for, visited_at)
VALUES (
-- include: head_values
    , :after.site_id, :after.campaign_id, :after.planned_for, :after.visited_at)
