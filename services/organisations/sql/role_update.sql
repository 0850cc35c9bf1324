-- SPDX-License-Identifier: Apache-2.0
WITH updated AS (
    UPDATE roles
    SET version = :after.version, zh = :after.zh, en = :after.en, permissions = :after.permissions,
        separate_group = :after.separate_group, retired = :after.retired
    WHERE tenant_id = :context.tenant_id AND id = :after.id AND version = :after.version - 1
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
