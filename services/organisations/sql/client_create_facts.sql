-- SPDX-License-Identifier: Apache-2.0
-- What the rule of RegisterClient must know.
SELECT
    EXISTS (SELECT FROM units u
            WHERE u.tenant_id = :context.tenant_id AND u.id = :request.unit_id AND u.retired_at IS NOT NULL)
        AS "facts.unit_retired",
    EXISTS (SELECT FROM clients c
            WHERE c.tenant_id = :context.tenant_id AND c.name = :request.name) AS "facts.name_taken"
