-- SPDX-License-Identifier: Apache-2.0
-- All rows of a tenant in the order of their ids, a page at a time, to be held against the log.
SELECT
-- include: head_columns
    , r.above_tenant_id AS "column.above_tenant_id", r.above_id AS "column.above_id",
    r.received_by AS "column.received_by"
FROM campaigns r
-- include: rows_page
