-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: role_columns
FROM roles r
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.id
