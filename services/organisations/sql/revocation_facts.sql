-- SPDX-License-Identifier: Apache-2.0
-- What the rule of RevokeTokens must know: whose they are, as far as the caller's scope covers him.
SELECT
    f.unit_id AS "facts.unit_id", f.region_id AS "facts.region_id", f.city_id AS "facts.city_id",
    f.county_id AS "facts.county_id", f.township_id AS "facts.township_id"
FROM (SELECT 1) AS one
LEFT JOIN (
    SELECT r.unit_id, r.region_id, r.city_id, r.county_id, r.township_id FROM people r
    WHERE r.tenant_id = :context.tenant_id AND r.id = :request.subject_id AND
-- include: record_in_scope
    UNION ALL
    SELECT r.unit_id, r.region_id, r.city_id, r.county_id, r.township_id FROM clients r
    WHERE r.tenant_id = :context.tenant_id AND r.id = :request.subject_id AND
-- include: record_in_scope
) AS f ON true
