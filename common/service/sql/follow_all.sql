-- SPDX-License-Identifier: Apache-2.0
SELECT source, tenant_id, position, ordinal, record_id, service, method, reason, message, tries, stuck_at
FROM follow_stuck
ORDER BY source, tenant_id, position, ordinal, record_id
LIMIT 1000
