-- SPDX-License-Identifier: Apache-2.0
-- The unit that RetireUnit changes, and whether a unit below it is active.
SELECT
-- include: columns
    , EXISTS (SELECT FROM units c
              WHERE c.tenant_id = :context.tenant_id AND c.parent_id = u.id AND c.retired_at IS NULL)
        AS "facts.has_active_children"
FROM units u
WHERE u.tenant_id = :context.tenant_id AND u.id = :request.id AND
-- include: in_scope
