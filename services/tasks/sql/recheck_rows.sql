-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: head_columns
    , r.hazard_id AS "column.hazard_id", r.draw_id AS "column.draw_id", r.verdict AS "column.verdict"
FROM rechecks r
-- include: rows_page
