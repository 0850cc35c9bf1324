-- SPDX-License-Identifier: Apache-2.0
INSERT INTO hazards (
    tenant_id, id, version, region_id, city_id, county_id, township_id, unit_id, state, grade, sector, location,
    description, finding_unit_id, found_by, occurred_at, entered_at, responsible_unit_id, responsible_person,
    deadline, sending_unit_id, last_action, state_before, halt, rebound_count, former_unit_ids, external_id,
    next_unit_id, overseer_unit_id, sector_overseer_unit_id, leader, successor_id, life)
VALUES (
    :after.tenant_id, :after.id, :after.version, :after.place.region_id, :after.place.city_id,
    :after.place.county_id, :after.place.township_id, :after.unit_id, :after.state, :after.grade, :after.sector,
    :after.location, :after.description, :after.finding_unit_id, :after.found_by, :after.occurred_at,
    :after.entered_at, :after.responsible_unit_id, :after.responsible_person, :after.deadline,
    :after.sending_unit_id, :after.last_action, :after.state_before, :after.halt, :after.rebound_count,
    :after.former_unit_ids, :after.external_id, :after.next_unit_id, :after.overseer_unit_id,
    :after.sector_overseer_unit_id, :after.leader, :after.successor_id, :after.life)
