-- SPDX-License-Identifier: Apache-2.0
-- Tenants in which a clock strikes now, each by the clock that is due the longest. The version is the second: a tenant's clocks
-- strike once in each, as many as one call takes, until none is due. Those of a copied tenant strike at their owner's.
SELECT d.tenant_id, d.hazard_id AS id, extract(epoch FROM :context.now::timestamptz)::bigint AS version, d.next_at AS due_at
FROM (
    SELECT DISTINCT ON (c.tenant_id) c.tenant_id, c.hazard_id, c.next_at
    FROM (SELECT c.tenant_id, c.hazard_id, c.next_at FROM clocks c WHERE c.next_at <= :context.now::timestamptz
            AND NOT EXISTS (SELECT FROM copies k WHERE k.tenant_id = c.tenant_id)
          ORDER BY c.next_at, c.hazard_id LIMIT 5000) c
    ORDER BY c.tenant_id, c.next_at, c.hazard_id) d
ORDER BY d.next_at, d.hazard_id
LIMIT :context.row_limit
