-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: head_columns
    , r.happened_at AS "column.occurred_at", r.grade AS "column.grade", r.deaths AS "column.deaths",
    r.hurt AS "column.hurt", r.loss AS "column.loss", r.demonstration AS "column.demonstration"
FROM accidents r
-- include: rows_page
