-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: duty_desk_columns
FROM duty_desks r
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.id AND
-- include: record_in_scope
