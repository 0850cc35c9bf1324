-- SPDX-License-Identifier: Apache-2.0
-- The account that an administrator changes, as far as his scope covers its person, who is named as he is now.
SELECT
-- include: account_columns
    , p.name AS "facts.person_name", p.unit_id AS "facts.unit_id", p.region_id AS "facts.region_id",
    p.city_id AS "facts.city_id", p.county_id AS "facts.county_id", p.township_id AS "facts.township_id",
    EXISTS (SELECT FROM posts r
            WHERE r.tenant_id = :context.tenant_id AND r.person_id = p.id
              AND (r.ends_at IS NULL OR r.ends_at > :context.now) AND NOT
-- include: record_in_scope
    ) AS "facts.beyond_scope"
FROM accounts r
JOIN (
    SELECT * FROM people r
    WHERE r.tenant_id = :context.tenant_id AND
-- include: record_in_scope
) AS p ON p.id = r.person_id
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.id
