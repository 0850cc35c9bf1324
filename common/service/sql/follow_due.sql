-- SPDX-License-Identifier: Apache-2.0
SELECT source, tenant_id, position, ordinal, record_id, service, method, request, settled, reason, message, tries, stuck_at
FROM follow_stuck
WHERE source = :source AND retry_at <= now()
ORDER BY retry_at
LIMIT 16
