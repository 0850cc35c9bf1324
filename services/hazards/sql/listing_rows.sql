-- SPDX-License-Identifier: Apache-2.0
-- All rows of a tenant in the order of their ids, a page at a time, to be held against the log.
SELECT l.summary AS "*", l.detail AS "*", l.id AS "page.id",
       l.tenant_id AS "column.tenant_id", l.id AS "column.id", l.version AS "column.version",
       l.region_id AS "column.place.region_id", l.city_id AS "column.place.city_id",
       l.county_id AS "column.place.county_id", l.township_id AS "column.place.township_id",
       l.unit_id AS "column.unit_id", l.state AS "column.state", l.last_action AS "column.last_action",
       l.state_before AS "column.state_before", l.sector AS "column.sector",
       l.listing_unit_id AS "column.listing_unit_id", l.hazard_tenant_id AS "column.hazard_tenant_id",
       l.hazard_id AS "column.hazard_id", l.until AS "column.until", l.hazard_version AS "column.hazard_version",
       l.entered_at AS "column.entered_at"
FROM listings l
WHERE l.tenant_id = :context.tenant_id
  AND l.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY l.id
LIMIT :context.row_limit
