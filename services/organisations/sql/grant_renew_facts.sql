-- SPDX-License-Identifier: Apache-2.0
-- What the rule of RenewGrant must know besides what the directory holds; no row where there is no such grant.
SELECT r.grantee_name AS "facts.grantee_name", r.grantee_unit_id AS "facts.grantee_unit_id"
FROM grants r
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.id AND
-- include: grant_in_scope
