-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: head_columns
    , r.code AS "column.code", r.edition AS "column.edition"
FROM checklists r
-- include: rows_page
