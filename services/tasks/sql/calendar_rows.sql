-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: head_columns
    , r.year AS "column.year"
FROM calendars r
-- include: rows_page
