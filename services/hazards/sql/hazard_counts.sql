-- SPDX-License-Identifier: Apache-2.0
-- All counters of a tenant, to be held against a recount.
SELECT c.unit_id, c.part::int AS part, c.sector AS label, c.grade::int AS first, c.state::int AS second, c.count
FROM hazard_counts c
WHERE c.tenant_id = :context.tenant_id
