-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: account_columns
FROM accounts r
WHERE r.tenant_id = :context.tenant_id AND (r.id = :request.id OR r.name = lower(:request.name)) AND
-- include: record_in_scope
