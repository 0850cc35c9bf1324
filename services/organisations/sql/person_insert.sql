-- SPDX-License-Identifier: Apache-2.0
WITH made AS (
    INSERT INTO people (
        tenant_id, id, version, unit_id, region_id, city_id, county_id, township_id, name, phone, phone_digest,
        occurred_at, entered_at, retired_at, retired_reason)
    VALUES (
        :context.tenant_id, :after.id, :after.version, :after.unit_id, :after.place.region_id, :after.place.city_id,
        :after.place.county_id, :after.place.township_id, :after.name, :after.phone, :after.phone_digest,
        :after.occurred_at, :after.entered_at, :after.retired_at, :after.retired_reason)
    RETURNING 1
),
-- include: withheld_insert
SELECT anlan_expect((SELECT count(*) FROM made), 1)
