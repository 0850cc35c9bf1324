-- SPDX-License-Identifier: Apache-2.0
UPDATE follow_stuck
SET tries = tries + 1, reason = :reason, message = :message, retry_at = now() + :rest::int * interval '1 second'
WHERE source = :source AND tenant_id = :tenant_id AND position = :position AND ordinal = :ordinal
  AND record_id = coalesce(:record_id::uuid, '00000000-0000-0000-0000-000000000000')
