-- SPDX-License-Identifier: Apache-2.0
-- The after-image takes the place of the version before it, or the transaction is undone.
WITH updated AS (
    UPDATE people
    SET version = :after.version, unit_id = :after.unit_id, region_id = :after.place.region_id,
        city_id = :after.place.city_id, county_id = :after.place.county_id, township_id = :after.place.township_id,
        name = :after.name, phone = :after.phone, phone_digest = :after.phone_digest, retired_at = :after.retired_at,
        retired_reason = :after.retired_reason
    WHERE tenant_id = :context.tenant_id AND id = :after.id AND version = :after.version - 1
    RETURNING 1
),
-- include: withheld_insert
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
