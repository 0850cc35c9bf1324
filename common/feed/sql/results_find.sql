-- SPDX-License-Identifier: Apache-2.0
SELECT r.caller_id, r.request_id, r.method, r.request_hash, r.place, r.position, e.entry
FROM unnest(:caller_id::uuid[], :request_id::uuid[]) AS q(caller_id, request_id)
JOIN results r ON r.tenant_id = :tenant_id AND r.caller_id = q.caller_id AND r.request_id = q.request_id
JOIN entries e ON e.tenant_id = :tenant_id AND e.position = r.position
