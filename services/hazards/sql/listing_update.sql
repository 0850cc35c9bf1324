-- SPDX-License-Identifier: Apache-2.0
-- The after-image takes the place of the version before it, or the transaction is undone.
WITH updated AS (
    UPDATE listings
    SET version = :after.version, state = :after.state, last_action = :after.last_action,
        state_before = :after.state_before, hazard_version = :after.hazard_version, summary = :row.summary,
        detail = :row.detail
    WHERE tenant_id = :after.tenant_id AND id = :after.id AND version = :after.version - 1
      AND state = :after.state_before
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
