-- SPDX-License-Identifier: Apache-2.0
-- Appends to the logs of a transaction's tenants under their locked heads: entries, results, the new positions.
WITH moved AS (
    UPDATE heads h SET position = n.after
    FROM unnest(:tenant_id::uuid[], :head_before::bigint[], :head_after::bigint[]) AS n(tenant_id, before, after)
    WHERE h.tenant_id = n.tenant_id AND h.position = n.before
    RETURNING 1
), appended AS (
    INSERT INTO entries (tenant_id, position, algorithm, digest, salt, entry)
    SELECT e.tenant_id, e.position, e.algorithm, e.digest, e.salt, e.entry
    FROM unnest(:entry_tenant_id::uuid[], :position::bigint[], :algorithm::int[], :digest::bytea[], :salt::bytea[],
                :entry::bytea[])
         AS e(tenant_id, position, algorithm, digest, salt, entry)
    RETURNING 1
), remembered AS (
    INSERT INTO results (tenant_id, caller_id, request_id, position, method, request_hash, place)
    SELECT r.tenant_id, r.caller_id, r.request_id, r.position, r.method, r.request_hash, r.place
    FROM unnest(:result_tenant_id::uuid[], :caller_id::uuid[], :request_id::uuid[], :result_position::bigint[],
                :method::text[], :request_hash::bytea[], :place::bytea[])
         AS r(tenant_id, caller_id, request_id, position, method, request_hash, place)
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM moved), cardinality(:tenant_id::uuid[])) AS "position"
