-- SPDX-License-Identifier: Apache-2.0
-- The after-image takes the place of the version before it, or the transaction is undone.
WITH updated AS (
    UPDATE clients
    SET version = :after.version, retired_at = :after.retired_at, retired_reason = :after.retired_reason,
        tokens_from = :after.tokens_from
    WHERE tenant_id = :context.tenant_id AND id = :after.id AND version = :after.version - 1
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
