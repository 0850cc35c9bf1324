-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreateUnit must know: who has its codes, and what its parent and its regulators are. The parent may
-- have moved since the mirror saw it.
SELECT
    EXISTS (SELECT FROM units o WHERE o.tenant_id = :context.tenant_id AND o.code = :request.code AND o.code <> '')
        AS "facts.code_taken",
    EXISTS (SELECT FROM units o
            WHERE o.tenant_id = :context.tenant_id AND o.credit_code = :request.credit_code AND o.credit_code <> ''
              AND o.retired_at IS NULL) AS "facts.credit_code_taken",
    EXISTS (SELECT FROM units o WHERE o.tenant_id = :context.tenant_id AND o.id = :request.id) AS "facts.id_taken",
    u.retired_at IS NOT NULL AS "facts.parent_retired", u.owner_tenant_id AS "facts.parent_tenant_id",
    u.region_id AS "facts.parent_place.region_id", u.city_id AS "facts.parent_place.city_id",
    u.county_id AS "facts.parent_place.county_id", u.township_id AS "facts.parent_place.township_id",
-- include: regulators_known
FROM (SELECT) one
LEFT JOIN units u ON u.tenant_id = :context.tenant_id AND u.id = :request.parent_id
