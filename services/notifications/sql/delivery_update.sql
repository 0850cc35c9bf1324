-- SPDX-License-Identifier: Apache-2.0
WITH updated AS (
    UPDATE deliveries
    SET version = :after.version, state = :after.state, due_at = :after.due_at, summary = :row.summary,
        detail = :row.detail
    WHERE tenant_id = :after.tenant_id AND id = :after.id AND version = :after.version - 1
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
