-- SPDX-License-Identifier: Apache-2.0
-- All counters of a tenant, to be held against a recount.
SELECT c.campaign_id AS unit_id, c.part::int AS part, c.label, e.slot::int AS slot, e.count
FROM campaign_counts c CROSS JOIN LATERAL unnest(c.counts) WITH ORDINALITY AS e(count, slot)
WHERE c.tenant_id = :context.tenant_id
