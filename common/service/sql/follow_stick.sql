-- SPDX-License-Identifier: Apache-2.0
-- Of an entry whose commands needed several transactions some may have been refused before.
INSERT INTO follow_stuck (source, tenant_id, position, ordinal, record_id, service, method, request, settled, reason,
                          message, tries, retry_at)
VALUES (:source, :tenant_id, :position, :ordinal,
        coalesce(:record_id::uuid, '00000000-0000-0000-0000-000000000000'), :service, :method, :request,
        :settled::int[], :reason, :message, 1,
        now() + :rest::int * interval '1 second')
ON CONFLICT (source, tenant_id, position, ordinal, record_id)
DO UPDATE SET tries = follow_stuck.tries + 1, reason = excluded.reason, message = excluded.message
