-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: responsibility_columns
FROM responsibilities r
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.id AND
-- include: responsibility_in_scope
