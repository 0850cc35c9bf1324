-- SPDX-License-Identifier: Apache-2.0
-- What the rule of RequestGrant must know: who the grantee is, wherever his unit of record is.
SELECT coalesce(p.name, u.name, c.name) AS "facts.grantee_name", coalesce(p.unit_id, u.id) AS "facts.grantee_unit_id"
FROM (SELECT 1) one
LEFT JOIN people p ON p.tenant_id = :context.tenant_id AND p.id = :request.grantee_person_id AND p.retired_at IS NULL
LEFT JOIN units u ON u.tenant_id = :context.tenant_id AND u.id = :request.grantee_unit_id AND u.retired_at IS NULL
LEFT JOIN clients c ON c.tenant_id = :context.tenant_id AND c.id = :request.grantee_client_id AND c.retired_at IS NULL
    AND c.ends_at > :context.now
