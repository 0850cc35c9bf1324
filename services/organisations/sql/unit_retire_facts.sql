-- SPDX-License-Identifier: Apache-2.0
-- The unit that RetireUnit changes, whether a unit below it is active, and whether it oversees anything.
SELECT
-- include: columns
    , EXISTS (SELECT FROM units c
              WHERE c.tenant_id = :context.tenant_id AND c.parent_id = u.id AND c.retired_at IS NULL)
        AS "facts.has_active_children",
    EXISTS (SELECT FROM responsibilities r
            WHERE r.tenant_id = :context.tenant_id AND r.overseer_unit_id = u.id
              AND (r.ends_at IS NULL OR r.ends_at > :context.now)) AS "facts.oversees"
FROM units u
WHERE u.tenant_id = :context.tenant_id AND u.id = :request.id AND
-- include: in_scope
