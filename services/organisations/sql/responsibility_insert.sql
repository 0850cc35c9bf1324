-- SPDX-License-Identifier: Apache-2.0
INSERT INTO responsibilities (
    tenant_id, id, version, unit_id, region_id, city_id, county_id, township_id, sector, overseer_unit_id,
    leader_person_id, leader_name, leader_position, starts_at, ends_at, document, end_document, occurred_at, entered_at)
VALUES (
    :context.tenant_id, :after.id, :after.version, :after.unit_id, :after.place.region_id, :after.place.city_id,
    :after.place.county_id, :after.place.township_id, :after.sector, :after.overseer_unit_id, :after.leader_person_id,
    :after.leader_name, :after.leader_position, :after.starts_at, :after.ends_at, :after.document,
    :after.end_document, :after.occurred_at, :after.entered_at)
