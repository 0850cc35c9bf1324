-- SPDX-License-Identifier: Apache-2.0
-- Which of some records the reader has.
SELECT k.at
FROM unnest(:records.tenant_id::uuid[], :records.record_id::uuid[]) WITH ORDINALITY AS k(tenant_id, record_id, at)
CROSS JOIN LATERAL (
    SELECT 1 FROM stream_records r
    WHERE r.stream_id = :stream.id AND r.tenant_id = k.tenant_id AND r.record_id = k.record_id
    LIMIT 1) r
ORDER BY k.at
