-- SPDX-License-Identifier: Apache-2.0
WITH made AS (
    INSERT INTO clients (
        tenant_id, id, version, name, unit_id, region_id, city_id, county_id, township_id, public_key,
        certificate_digest, starts_at, ends_at, document, retired_at, retired_reason, tokens_from, occurred_at,
        entered_at)
    SELECT
        :context.tenant_id, :after.id, :after.version, :after.name, u.id, u.region_id, u.city_id, u.county_id,
        u.township_id, :after.public_key, :after.certificate_digest, :after.starts_at, :after.ends_at, :after.document,
        :after.retired_at, :after.retired_reason, :after.tokens_from, :after.occurred_at, :after.entered_at
    FROM units u
    WHERE u.tenant_id = :context.tenant_id AND u.id = :after.unit_id
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM made), 1)
