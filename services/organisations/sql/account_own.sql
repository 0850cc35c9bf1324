-- SPDX-License-Identifier: Apache-2.0
-- The account that its person changes: he has proved that it is his.
SELECT
-- include: account_columns
    , p.name AS "facts.person_name", p.unit_id AS "facts.unit_id"
FROM accounts r
JOIN people p ON p.tenant_id = r.tenant_id AND p.id = r.person_id
WHERE r.tenant_id = :context.tenant_id AND r.name = lower(:request.name)
