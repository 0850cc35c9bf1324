-- SPDX-License-Identifier: Apache-2.0
WITH made AS (
    INSERT INTO token_revocations (
        tenant_id, id, version, token_id, session_id, subject_id, issued_before, reason, unit_id, region_id, city_id,
        county_id, township_id, occurred_at, entered_at)
    VALUES (
        :context.tenant_id, :after.id, :after.version, :after.token_id, :after.session_id, :after.subject_id,
        :after.issued_before, :after.reason, :after.unit_id, :after.place.region_id, :after.place.city_id,
        :after.place.county_id, :after.place.township_id, :after.occurred_at, :after.entered_at)
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM made), 1)
