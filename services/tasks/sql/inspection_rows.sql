-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: head_columns
    , r.site_id AS "column.site_id", r.campaign_id AS "column.campaign_id", r.planned_for AS "column.planned_for",
    r.visited_at AS "column.visited_at"
FROM inspections r
-- include: rows_page
