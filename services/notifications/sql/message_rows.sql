-- SPDX-License-Identifier: Apache-2.0
-- All rows of a tenant in the order of their ids, a page at a time, to be held against the log.
SELECT m.summary AS "*", m.detail AS "*", m.id AS "page.id",
       m.tenant_id AS "column.tenant_id", m.id AS "column.id", m.version AS "column.version",
       m.region_id AS "column.place.region_id", m.city_id AS "column.place.city_id",
       m.county_id AS "column.place.county_id", m.township_id AS "column.place.township_id",
       m.unit_id AS "column.unit_id", m.role AS "column.role", m.person_id AS "column.person_id",
       m.urgency AS "column.urgency", m.state AS "column.state", m.sector AS "column.sector",
       m.about_unit_id AS "column.about_unit_id", m.finding_unit_id AS "column.finding_unit_id",
       m.responsible_unit_id AS "column.responsible_unit_id", m.sending_unit_id AS "column.sending_unit_id",
       m.position AS "column.position", m.entered_at AS "column.entered_at", m.due_at AS "column.due_at",
       m.subject_id AS "column.subject_id"
FROM messages m
WHERE m.tenant_id = :context.tenant_id
  AND m.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY m.id
LIMIT :context.row_limit
