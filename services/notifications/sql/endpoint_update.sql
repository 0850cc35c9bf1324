-- SPDX-License-Identifier: Apache-2.0
WITH updated AS (
    UPDATE endpoints
    SET version = :after.version, retired = :after.retired, summary = :row.summary, detail = :row.detail
    WHERE tenant_id = :after.tenant_id AND id = :after.id AND version = :after.version - 1
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
