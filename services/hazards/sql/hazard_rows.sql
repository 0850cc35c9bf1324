-- SPDX-License-Identifier: Apache-2.0
-- All rows of a tenant in the order of their ids, a page at a time, to be held against the log.
SELECT h.summary AS "*", h.detail AS "*", h.id AS "page.id",
       h.tenant_id AS "column.tenant_id", h.id AS "column.id", h.version AS "column.version",
       h.region_id AS "column.place.region_id", h.city_id AS "column.place.city_id",
       h.county_id AS "column.place.county_id", h.township_id AS "column.place.township_id",
       h.unit_id AS "column.unit_id", h.state AS "column.state", h.grade AS "column.grade", h.sector AS "column.sector",
       h.finding_unit_id AS "column.finding_unit_id", h.entered_at AS "column.entered_at",
       h.responsible_unit_id AS "column.responsible_unit_id", h.responsible_person AS "column.responsible_person",
       h.deadline AS "column.deadline", h.sending_unit_id AS "column.sending_unit_id",
       h.last_action AS "column.last_action", h.state_before AS "column.state_before", h.halt AS "column.halt",
       h.former_unit_ids AS "column.former_unit_ids", h.external_id AS "column.external_id",
       h.successor_id AS "column.successor_id", h.restricted_to_unit_id AS "column.restricted_to_unit_id",
       h.payload_digests AS "column.payload_digests", h.listing AS "column.listing"
FROM hazards h
WHERE h.tenant_id = :context.tenant_id
  AND h.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY h.id
LIMIT :context.row_limit
