-- SPDX-License-Identifier: Apache-2.0
WITH made AS (
    INSERT INTO responsibilities (
        tenant_id, id, version, unit_id, region_id, city_id, county_id, township_id, sector, overseer_unit_id,
        leader_person_id, leader_name, leader_position, starts_at, ends_at, document, end_document, occurred_at,
        entered_at)
    SELECT
        :context.tenant_id, :after.id, :after.version, u.id, u.region_id, u.city_id, u.county_id, u.township_id,
        :after.sector, :after.overseer_unit_id, :after.leader_person_id, :after.leader_name, :after.leader_position,
        :after.starts_at, :after.ends_at, :after.document, :after.end_document, :after.occurred_at, :after.entered_at
    FROM units u
    WHERE u.tenant_id = :context.tenant_id AND u.id = :after.unit_id
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM made), 1)
