-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: head_columns
    , r.share_permille AS "column.share_permille"
FROM draw_rules r
-- include: rows_page
