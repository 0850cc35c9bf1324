-- SPDX-License-Identifier: Apache-2.0
-- Tenants in which a clock runs that was wound before the latest rule, or, where it counts working days, the latest
-- calendar, of a unit whose rules hold for it: each by one such clock. For each unit with a rule the index is read tenant by
-- tenant, and for each of them once more. Calendars of years long gone move nothing. The version is the second: a tenant's
-- clocks are wound once in each, as many as one call takes, until all are. Those of a copied tenant are wound at their
-- owner's.
WITH RECURSIVE latest AS MATERIALIZED (
-- include: clock_latest
), below AS (
    SELECT l.unit_id, l.working, l.entered_at, f.tenant_id
    FROM latest l CROSS JOIN LATERAL (
        SELECT c.tenant_id FROM clock_units c WHERE c.unit_id = l.unit_id AND c.working = l.working
        ORDER BY c.tenant_id LIMIT 1) f
    UNION ALL
    SELECT b.unit_id, b.working, b.entered_at, f.tenant_id
    FROM below b CROSS JOIN LATERAL (
        SELECT c.tenant_id FROM clock_units c
        WHERE c.unit_id = b.unit_id AND c.working = b.working AND c.tenant_id > b.tenant_id
        ORDER BY c.tenant_id LIMIT 1) f
)
SELECT d.tenant_id, d.hazard_id AS id, extract(epoch FROM :context.now::timestamptz)::bigint AS version, d.entered_at AS due_at
FROM (
    SELECT DISTINCT ON (b.tenant_id) b.tenant_id, f.hazard_id, b.entered_at
    FROM below b CROSS JOIN LATERAL (
        SELECT c.hazard_id FROM clock_units c
        WHERE c.unit_id = b.unit_id AND c.working = b.working AND c.tenant_id = b.tenant_id AND c.wound_at < b.entered_at
        ORDER BY c.wound_at LIMIT 1) f
    WHERE NOT EXISTS (SELECT FROM copies k WHERE k.tenant_id = b.tenant_id)
    ORDER BY b.tenant_id, b.entered_at, f.hazard_id) d
ORDER BY d.entered_at, d.hazard_id
LIMIT :context.row_limit
