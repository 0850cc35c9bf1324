-- SPDX-License-Identifier: Apache-2.0
WITH made AS (
    INSERT INTO leaves (
        tenant_id, id, version, person_id, person_name, unit_id, region_id, city_id, county_id, township_id,
        starts_at, ends_at, reason, occurred_at, entered_at)
    SELECT
        :context.tenant_id, :after.id, :after.version, :after.person_id, :after.person_name, u.id, u.region_id,
        u.city_id, u.county_id, u.township_id, :after.starts_at, :after.ends_at, :after.reason, :after.occurred_at,
        :after.entered_at
    FROM units u
    WHERE u.tenant_id = :context.tenant_id AND u.id = :after.unit_id
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM made), 1)
