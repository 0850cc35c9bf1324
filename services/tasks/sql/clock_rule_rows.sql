-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: head_columns
    , r.warn_days AS "column.warn_days"
FROM clock_rules r
-- include: rows_page
