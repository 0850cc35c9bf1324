-- SPDX-License-Identifier: Apache-2.0
-- All rows of a tenant in the order of their ids, a page at a time, to be held against the log.
SELECT r.summary AS "*", r.detail AS "*", r.id AS "page.id",
       r.tenant_id AS "column.tenant_id", r.id AS "column.id", r.version AS "column.version",
       r.region_id AS "column.place.region_id", r.city_id AS "column.place.city_id",
       r.county_id AS "column.place.county_id", r.township_id AS "column.place.township_id",
       r.unit_id AS "column.unit_id", r.code AS "column.code", r.source AS "column.source",
       r.retired AS "column.retired"
FROM notify_rules r
WHERE r.tenant_id = :context.tenant_id
  AND r.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY r.id
LIMIT :context.row_limit
