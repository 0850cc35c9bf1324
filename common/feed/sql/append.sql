-- SPDX-License-Identifier: Apache-2.0
-- Appends to one tenant's log under its locked head: entries, results, the new position.
WITH moved AS (
    UPDATE heads SET position = :head_after
    WHERE tenant_id = :tenant_id AND position = :head_before
    RETURNING 1
), appended AS (
    INSERT INTO entries (tenant_id, position, algorithm, digest, salt, entry)
    SELECT :tenant_id, e.position, e.algorithm, e.digest, e.salt, e.entry
    FROM unnest(:position::bigint[], :algorithm::int[], :digest::bytea[], :salt::bytea[], :entry::bytea[])
         AS e(position, algorithm, digest, salt, entry)
    RETURNING 1
), remembered AS (
    INSERT INTO results (tenant_id, caller_id, request_id, position, method, request_hash, place)
    SELECT :tenant_id, r.caller_id, r.request_id, r.position, r.method, r.request_hash, r.place
    FROM unnest(:caller_id::uuid[], :request_id::uuid[], :result_position::bigint[], :method::text[],
                :request_hash::bytea[], :place::bytea[])
         AS r(caller_id, request_id, position, method, request_hash, place)
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM moved), 1) AS "position"
