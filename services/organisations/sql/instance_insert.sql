-- SPDX-License-Identifier: Apache-2.0
WITH made AS (
    INSERT INTO instances (
        tenant_id, id, version, kind, unit_id, region_id, city_id, county_id, township_id, display_name, addresses,
        certificate_authority, state, reason, occurred_at, entered_at, state_since)
    SELECT
        :context.tenant_id, :after.id, :after.version, :after.kind, u.id, u.region_id, u.city_id, u.county_id,
        u.township_id, :after.display_name, :after.addresses, :after.certificate_authority, :after.state,
        :after.reason, :after.occurred_at, :after.entered_at, :after.state_since
    FROM units u
    WHERE u.tenant_id = :context.tenant_id AND u.id = :after.unit_id
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM made), 1)
