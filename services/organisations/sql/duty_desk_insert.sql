-- SPDX-License-Identifier: Apache-2.0
WITH made AS (
    INSERT INTO duty_desks (
        tenant_id, id, version, unit_id, region_id, city_id, county_id, township_id, telephone, closed, warn_days,
        warning, warned, warned_at, quiet_until, occurred_at, entered_at)
    SELECT
        :context.tenant_id, :after.id, :after.version, u.id, u.region_id, u.city_id, u.county_id, u.township_id,
        :after.telephone, :after.closed, :after.warn_days, :after.warning, :after.warned, :after.warning.at,
        :after.entered_at::timestamptz + interval '1 minute', :after.occurred_at, :after.entered_at
    FROM units u
    WHERE u.tenant_id = :context.tenant_id AND u.id = :after.unit_id
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM made), 1)
