-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: head_columns
    , r.campaign_id AS "column.campaign_id", r.received_by AS "column.received_by"
FROM receipts r
-- include: rows_page
