-- SPDX-License-Identifier: Apache-2.0
-- What the reader has, in the order of its keys.
SELECT tenant_id, record_id
FROM stream_records
WHERE stream_id = :stream.id
  AND (tenant_id, record_id) > (coalesce(:state.sweep_tenant_id::uuid, '00000000-0000-0000-0000-000000000000'::uuid),
                                coalesce(:state.sweep_record_id::uuid, '00000000-0000-0000-0000-000000000000'::uuid))
ORDER BY tenant_id, record_id
LIMIT :context.row_limit
