-- SPDX-License-Identifier: Apache-2.0
-- All rows of a tenant in the order of their ids, a page at a time, to be held against the log.
SELECT e.summary AS "*", e.detail AS "*", e.id AS "page.id",
       e.tenant_id AS "column.tenant_id", e.id AS "column.id", e.version AS "column.version",
       e.region_id AS "column.place.region_id", e.city_id AS "column.place.city_id",
       e.county_id AS "column.place.county_id", e.township_id AS "column.place.township_id",
       e.unit_id AS "column.unit_id", e.code AS "column.code", e.retired AS "column.retired"
FROM endpoints e
WHERE e.tenant_id = :context.tenant_id
  AND e.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY e.id
LIMIT :context.row_limit
