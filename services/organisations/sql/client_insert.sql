-- SPDX-License-Identifier: Apache-2.0
WITH made AS (
    INSERT INTO clients (
        tenant_id, id, version, name, unit_id, region_id, city_id, county_id, township_id, public_key,
        certificate_digest, starts_at, ends_at, document, retired_at, retired_reason, tokens_from, occurred_at,
        entered_at)
    VALUES (
        :context.tenant_id, :after.id, :after.version, :after.name, :after.unit_id, :after.place.region_id,
        :after.place.city_id, :after.place.county_id, :after.place.township_id, :after.public_key,
        :after.certificate_digest, :after.starts_at, :after.ends_at, :after.document, :after.retired_at,
        :after.retired_reason, :after.tokens_from, :after.occurred_at, :after.entered_at)
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM made), 1)
