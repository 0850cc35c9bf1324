-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: columns
FROM units u
WHERE u.tenant_id = :context.tenant_id AND u.id = :request.id AND
-- include: in_scope
UNION ALL
SELECT
-- include: columns
FROM units u
WHERE u.tenant_id = :context.tenant_id AND u.code = :request.code AND u.code <> '' AND
-- include: in_scope
UNION ALL
SELECT
-- include: columns
FROM units u
WHERE u.tenant_id = :context.tenant_id AND u.credit_code = :request.credit_code AND u.credit_code <> ''
  AND u.retired_at IS NULL AND
-- include: in_scope
