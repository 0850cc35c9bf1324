-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: instance_columns
FROM instances r
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.id AND
-- include: record_in_scope
