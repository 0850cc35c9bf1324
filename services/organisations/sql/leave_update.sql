-- SPDX-License-Identifier: Apache-2.0
-- A leave changes only by its end.
WITH updated AS (
    UPDATE leaves
    SET version = :after.version, ends_at = :after.ends_at
    WHERE tenant_id = :context.tenant_id AND id = :after.id AND version = :after.version - 1
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
