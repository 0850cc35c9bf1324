-- SPDX-License-Identifier: Apache-2.0
-- All rows of a tenant in the order of their ids, a page at a time, to be held against the log.
SELECT u.summary AS "*", u.detail AS "*", u.id AS "page.id",
       u.tenant_id AS "column.tenant_id", u.id AS "column.id", u.version AS "column.version",
       u.region_id AS "column.place.region_id", u.city_id AS "column.place.city_id",
       u.county_id AS "column.place.county_id", u.township_id AS "column.place.township_id",
       u.unit_id AS "column.unit_id", u.reporting_unit_id AS "column.reporting_unit_id",
       u.entered_at AS "column.entered_at", u.due_at AS "column.due_at"
FROM urgent_reports u
WHERE u.tenant_id = :context.tenant_id
  AND u.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY u.id
LIMIT :context.row_limit
