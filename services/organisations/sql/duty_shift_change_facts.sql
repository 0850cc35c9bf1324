-- SPDX-License-Identifier: Apache-2.0
-- The shift that ChangeDutyShift changes, and who will be on duty.
SELECT
-- include: duty_shift_columns
    ,
-- include: duty_names
FROM duty_shifts r
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.id AND
-- include: record_in_scope
