-- SPDX-License-Identifier: Apache-2.0
-- All rows of a tenant in the order of their ids, a page at a time, to be held against the log.
SELECT s.summary AS "*", s.detail AS "*", s.id AS "page.id",
       s.tenant_id AS "column.tenant_id", s.id AS "column.id", s.version AS "column.version",
       s.region_id AS "column.place.region_id", s.city_id AS "column.place.city_id",
       s.county_id AS "column.place.county_id", s.township_id AS "column.place.township_id",
       s.unit_id AS "column.unit_id"
FROM report_settings s
WHERE s.tenant_id = :context.tenant_id
  AND s.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY s.id
LIMIT :context.row_limit
