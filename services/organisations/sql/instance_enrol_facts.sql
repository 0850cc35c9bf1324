-- SPDX-License-Identifier: Apache-2.0
-- What the rule of EnrolInstance must know.
SELECT
    EXISTS (SELECT FROM instances i WHERE i.tenant_id = :context.tenant_id AND i.id = :request.id) AS "facts.known",
    EXISTS (SELECT FROM units u
            WHERE u.tenant_id = :context.tenant_id AND u.id = :request.unit_id AND u.retired_at IS NULL
              AND u.is_tenant AND u.parent_id IS NOT NULL) AS "facts.unit_fits",
    EXISTS (SELECT FROM instances i
            WHERE i.tenant_id = :context.tenant_id AND i.unit_id = :request.unit_id AND i.kind = :request.kind
              AND i.state <> 3) AS "facts.unit_taken",
    EXISTS (SELECT FROM instances i
            WHERE i.tenant_id = :context.tenant_id AND i.kind = 1 AND i.state <> 3) AS "facts.above_known"
