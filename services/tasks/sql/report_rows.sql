-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: head_columns
    , r.campaign_tenant_id AS "column.campaign_tenant_id", r.campaign_id AS "column.campaign_id",
    r.round AS "column.round", r.checked AS "column.checked", r.found AS "column.found", r.late AS "column.late",
    r.reported_by AS "column.reported_by"
FROM reports r
-- include: rows_page
