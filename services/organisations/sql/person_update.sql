-- SPDX-License-Identifier: Apache-2.0
-- The after-image takes the place of the version before it, or the transaction is undone.
WITH updated AS (
    UPDATE people p
    SET version = :after.version, unit_id = u.id, region_id = u.region_id, city_id = u.city_id,
        county_id = u.county_id, township_id = u.township_id, name = :after.name, phone = :after.phone,
        phone_digest = :after.phone_digest, retired_at = :after.retired_at, retired_reason = :after.retired_reason
    FROM units u
    WHERE p.tenant_id = :context.tenant_id AND p.id = :after.id AND p.version = :after.version - 1
      AND u.tenant_id = :context.tenant_id AND u.id = :after.unit_id
    RETURNING 1
),
-- include: withheld_insert
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
