-- SPDX-License-Identifier: Apache-2.0
-- All rows of a tenant in the order of their ids, a page at a time, to be held against the log.
SELECT d.summary AS "*", d.detail AS "*", d.id AS "page.id",
       d.tenant_id AS "column.tenant_id", d.id AS "column.id", d.version AS "column.version",
       d.region_id AS "column.place.region_id", d.city_id AS "column.place.city_id",
       d.county_id AS "column.place.county_id", d.township_id AS "column.place.township_id",
       d.unit_id AS "column.unit_id", d.endpoint_id AS "column.endpoint_id", d.message_id AS "column.message_id",
       d.receiver AS "column.receiver", d.state AS "column.state", d.due_at AS "column.due_at",
       d.entered_at AS "column.entered_at"
FROM deliveries d
WHERE d.tenant_id = :context.tenant_id
  AND d.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY d.id
LIMIT :context.row_limit
