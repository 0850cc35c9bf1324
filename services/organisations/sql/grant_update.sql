-- SPDX-License-Identifier: Apache-2.0
-- A grant changes by its steps alone: what it gives, to whom, is what was asked for.
WITH updated AS (
    UPDATE grants
    SET version = :after.version, state = :after.state, starts_at = :after.starts_at, decided = :after.decided,
        revoked = :after.revoked, revoked_at = :after.revoked.at, reviewed = :after.reviewed, verdict = :after.verdict
    WHERE tenant_id = :context.tenant_id AND id = :after.id AND version = :after.version - 1
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
