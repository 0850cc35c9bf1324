-- SPDX-License-Identifier: Apache-2.0
-- The reader has a page: what it delivered is known, what it withdrew is not.
WITH gone AS (
    DELETE FROM stream_records r
    USING unnest(:records.gone_tenant_id::uuid[], :records.gone_record_id::uuid[]) AS g(tenant_id, record_id)
    WHERE r.stream_id = :stream.id AND r.tenant_id = g.tenant_id AND r.record_id = g.record_id)
INSERT INTO stream_records (stream_id, tenant_id, record_id)
SELECT :stream.id, k.tenant_id, k.record_id
FROM unnest(:records.tenant_id::uuid[], :records.record_id::uuid[]) AS k(tenant_id, record_id)
ON CONFLICT DO NOTHING
