-- SPDX-License-Identifier: Apache-2.0
WITH made AS (
    INSERT INTO people (
        tenant_id, id, version, unit_id, region_id, city_id, county_id, township_id, name, phone, phone_digest,
        occurred_at, entered_at, retired_at, retired_reason)
    SELECT
        :context.tenant_id, :after.id, :after.version, u.id, u.region_id, u.city_id, u.county_id, u.township_id,
        :after.name, :after.phone, :after.phone_digest, :after.occurred_at, :after.entered_at, :after.retired_at,
        :after.retired_reason
    FROM units u
    WHERE u.tenant_id = :context.tenant_id AND u.id = :after.unit_id
    RETURNING 1
),
-- include: withheld_insert
SELECT anlan_expect((SELECT count(*) FROM made), 1)
