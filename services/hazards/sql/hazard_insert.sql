-- SPDX-License-Identifier: Apache-2.0
INSERT INTO hazards (
    tenant_id, id, version, region_id, city_id, county_id, township_id, unit_id, state, grade, sector, location,
    description, finding_unit_id, found_by, occurred_at, entered_at, responsible_unit_id, responsible_person, deadline,
    sending_unit_id)
VALUES (
    :after.tenant_id, :after.id, :after.version, :after.place.region_id, :after.place.city_id, :after.place.county_id,
    :after.place.township_id, :after.unit_id, :after.state, :after.grade, :after.sector, :after.location,
    :after.description, :after.finding_unit_id, :after.found_by, :after.occurred_at, :after.entered_at,
    :after.responsible_unit_id, :after.responsible_person, :after.deadline, :after.sending_unit_id)
