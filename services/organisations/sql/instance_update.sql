-- SPDX-License-Identifier: Apache-2.0
-- The after-image takes the place of the version before it, or the transaction is undone.
WITH updated AS (
    UPDATE instances
    SET version = :after.version, display_name = :after.display_name, addresses = :after.addresses,
        certificate_authority = :after.certificate_authority, state = :after.state, reason = :after.reason,
        state_since = :after.state_since
    WHERE tenant_id = :context.tenant_id AND id = :after.id AND version = :after.version - 1
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
