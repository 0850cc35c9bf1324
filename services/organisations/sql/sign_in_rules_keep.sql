-- SPDX-License-Identifier: Apache-2.0
-- The first rules, or those that take the place of the version before; otherwise the transaction is undone.
WITH kept AS (
    INSERT INTO sign_in_rules AS r (
        tenant_id, version, cost_log2, block_size, lanes, password_min_chars, attempts_most, attempts_window_s, token_s,
        session_s, reason, occurred_at, entered_at)
    VALUES (
        :after.id, :after.version, :after.cost_log2, :after.block_size, :after.lanes, :after.password_min_chars,
        :after.attempts_most, :after.attempts_window_s, :after.token_s, :after.session_s, :after.reason,
        :after.occurred_at, :after.entered_at)
    ON CONFLICT (tenant_id) DO UPDATE
    SET version = excluded.version, cost_log2 = excluded.cost_log2, block_size = excluded.block_size,
        lanes = excluded.lanes, password_min_chars = excluded.password_min_chars,
        attempts_most = excluded.attempts_most, attempts_window_s = excluded.attempts_window_s,
        token_s = excluded.token_s, session_s = excluded.session_s, reason = excluded.reason,
        occurred_at = excluded.occurred_at, entered_at = excluded.entered_at
    WHERE r.version = excluded.version - 1
    RETURNING 1
)
SELECT anlan_expect((SELECT count(*) FROM kept), 1)
