-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: grant_columns
FROM grants r
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.id AND
-- include: grant_in_scope
