-- SPDX-License-Identifier: Apache-2.0
-- Raises where another process has moved it. Once it has stopped it stays so until somebody has it tried again.
WITH kept AS (
    INSERT INTO copies AS c (tenant_id, instance_id, position, source_position, checked_position, contact_at, fault,
                             fault_position, fault_at)
    VALUES (:tenant_id, :instance_id, :position, :source_position, :checked_position, now(), :fault, :fault_position,
            CASE WHEN :fault = '' THEN NULL ELSE now() END)
    ON CONFLICT (tenant_id) DO UPDATE
    SET instance_id = excluded.instance_id, position = excluded.position, source_position = excluded.source_position,
        checked_position = excluded.checked_position, contact_at = excluded.contact_at, fault = excluded.fault,
        fault_position = excluded.fault_position, fault_at = excluded.fault_at
    WHERE c.position = :before AND c.fault = ''
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM kept), 1) AS "position"
