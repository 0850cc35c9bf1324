-- SPDX-License-Identifier: Apache-2.0
-- Where the caller stands: his unit of record, where he is a person of the directory.
SELECT
    p.unit_id AS "facts.unit_id", p.region_id AS "facts.region_id", p.city_id AS "facts.city_id",
    p.county_id AS "facts.county_id", p.township_id AS "facts.township_id"
FROM (SELECT 1) AS one
LEFT JOIN people p ON p.tenant_id = :context.tenant_id AND p.id = :context.caller_id
