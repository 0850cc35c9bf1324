-- SPDX-License-Identifier: Apache-2.0
-- LIMIT keeps the order of the joins: one index read for each request, whatever the planner believes of the tables.
SELECT r.tenant_id, r.caller_id, r.request_id, r.method, r.request_hash, r.place, r.position, e.entry
FROM unnest(:tenant_id::uuid[], :caller_id::uuid[], :request_id::uuid[]) AS q(tenant_id, caller_id, request_id)
CROSS JOIN LATERAL (
    SELECT * FROM results r
    WHERE r.tenant_id = q.tenant_id AND r.caller_id = q.caller_id AND r.request_id = q.request_id
    LIMIT 1) r
CROSS JOIN LATERAL (
    SELECT e.entry FROM entries e WHERE e.tenant_id = r.tenant_id AND e.position = r.position
    LIMIT 1) e
