-- SPDX-License-Identifier: Apache-2.0
WITH updated AS (
    UPDATE duty_desks
    SET version = :after.version, telephone = :after.telephone, closed = :after.closed, warn_days = :after.warn_days,
        warning = :after.warning, warned = :after.warned, warned_at = :after.warning.at,
        occurred_at = :after.occurred_at
    WHERE tenant_id = :context.tenant_id AND id = :after.id AND version = :after.version - 1
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
