-- SPDX-License-Identifier: Apache-2.0
-- What the rule of BreakGlass must know: the acting person.
SELECT p.name AS "facts.grantee_name", p.unit_id AS "facts.grantee_unit_id"
FROM (SELECT 1) one
LEFT JOIN people p ON p.tenant_id = :context.tenant_id AND p.id = :context.caller_id AND p.retired_at IS NULL
