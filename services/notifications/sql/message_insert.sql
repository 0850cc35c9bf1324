-- SPDX-License-Identifier: Apache-2.0
INSERT INTO messages (
    tenant_id, id, version, region_id, city_id, county_id, township_id, unit_id, role, person_id, urgency, state, sector,
    about_unit_id, finding_unit_id, responsible_unit_id, sending_unit_id, position, entered_at, due_at,
    subject_id, summary, detail)
VALUES (
    :after.tenant_id, :after.id, :after.version, :after.place.region_id, :after.place.city_id, :after.place.county_id,
    :after.place.township_id, :after.unit_id, :after.role, :after.person_id, :after.urgency, :after.state, :after.sector,
    :after.about_unit_id, :after.finding_unit_id, :after.responsible_unit_id, :after.sending_unit_id, :after.position,
    :after.entered_at, :after.due_at, :after.subject_id, :row.summary, :row.detail)
