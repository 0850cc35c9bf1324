-- SPDX-License-Identifier: Apache-2.0
-- All counters of a tenant, to be held against a recount.
SELECT c.campaign_id AS unit_id, c.part::int AS part, c.label, c.day AS first, c.standing::int AS second, c.count
FROM campaign_counts c
WHERE c.tenant_id = :context.tenant_id
