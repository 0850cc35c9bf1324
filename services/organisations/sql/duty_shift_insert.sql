-- SPDX-License-Identifier: Apache-2.0
WITH made AS (
    INSERT INTO duty_shifts (
        tenant_id, id, version, unit_id, region_id, city_id, county_id, township_id, starts_at, ends_at, leader_ids,
        leader_names, officer_ids, officer_names, occasion, change_kind, change_reason, change_person, change_at,
        cancelled, occurred_at, entered_at)
    SELECT
        :context.tenant_id, :after.id, :after.version, u.id, u.region_id, u.city_id, u.county_id, u.township_id,
        :after.starts_at, :after.ends_at, :after.leaders.person_ids, :after.leaders.names, :after.officers.person_ids,
        :after.officers.names, :after.occasion, :after.change.kind, :after.change.reason, :after.change.person_name,
        :after.change.at, :after.cancelled, :after.occurred_at, :after.entered_at
    FROM units u
    WHERE u.tenant_id = :context.tenant_id AND u.id = :after.unit_id
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM made), 1)
