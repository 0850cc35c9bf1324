-- SPDX-License-Identifier: Apache-2.0
-- What the rule of OpenDutyDesk must know.
SELECT
    EXISTS (SELECT FROM units u
            WHERE u.tenant_id = :context.tenant_id AND u.id = :request.unit_id AND u.retired_at IS NOT NULL)
        AS "facts.unit_retired",
    EXISTS (SELECT FROM duty_desks d WHERE d.tenant_id = :context.tenant_id AND d.unit_id = :request.unit_id)
        AS "facts.taken"
