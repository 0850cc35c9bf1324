-- SPDX-License-Identifier: Apache-2.0
-- The account that its person changes: he has proved that it is his.
SELECT
-- include: account_columns
    , p.name AS "facts.person_name", p.unit_id AS "facts.unit_id", p.region_id AS "facts.region_id",
    p.city_id AS "facts.city_id", p.county_id AS "facts.county_id", p.township_id AS "facts.township_id"
FROM accounts r
JOIN people p ON p.tenant_id = r.tenant_id AND p.id = r.person_id
WHERE r.tenant_id = :context.tenant_id AND r.name = lower(:request.name)
