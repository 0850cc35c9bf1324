-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: head_columns
    , r.seed AS "column.seed"
FROM draws r
-- include: rows_page
