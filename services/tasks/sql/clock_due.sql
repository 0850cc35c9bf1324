-- SPDX-License-Identifier: Apache-2.0
-- Tenants in which a clock strikes now.
SELECT DISTINCT d.tenant_id AS unit_id
FROM (SELECT c.tenant_id FROM clocks c WHERE c.next_at <= :context.now::timestamptz ORDER BY c.next_at LIMIT 5000) d
LIMIT 64
