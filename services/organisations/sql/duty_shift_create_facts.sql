-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreateDutyShift must know: the desk, whether another shift holds in a part of that time, and who they are.
SELECT
    EXISTS (SELECT FROM units u
            WHERE u.tenant_id = :context.tenant_id AND u.id = :request.unit_id AND u.retired_at IS NOT NULL)
        AS "facts.unit_retired",
    EXISTS (SELECT FROM duty_desks d
            WHERE d.tenant_id = :context.tenant_id AND d.unit_id = :request.unit_id AND NOT d.closed)
        AS "facts.desk_open",
    EXISTS (SELECT FROM duty_shifts s
            WHERE s.tenant_id = :context.tenant_id AND s.unit_id = :request.unit_id AND NOT s.cancelled
              AND s.ends_at > :request.starts_at AND s.starts_at < :request.ends_at) AS "facts.taken",
-- include: duty_names
