-- SPDX-License-Identifier: Apache-2.0
-- The unit that SetUnitCode changes, and whether another has the code.
SELECT
-- include: columns
    , EXISTS (SELECT FROM units o
              WHERE o.tenant_id = :context.tenant_id AND o.code = :request.code AND o.code <> '' AND o.id <> u.id)
        AS "facts.code_taken"
FROM units u
WHERE u.tenant_id = :context.tenant_id AND u.id = :request.id AND
-- include: in_scope
