-- SPDX-License-Identifier: Apache-2.0
-- The after-image takes the place of the version before it, or the transaction is undone. Of the secrets, what is absent
-- stays; another key of the second factor begins without a step that was used.
WITH updated AS (
    UPDATE accounts a
    SET version = :after.version, person_name = :after.person_name, unit_id = u.id, region_id = u.region_id,
        city_id = u.city_id, county_id = u.county_id, township_id = u.township_id, state = :after.state, disabled_reason = :after.disabled_reason,
        needs_second_factor = :after.needs_second_factor, second_factor_since = :after.second_factor_since,
        must_change_password = :after.must_change_password, password_changed_at = :after.password_changed_at,
        tokens_from = :after.tokens_from
    FROM units u
    WHERE a.tenant_id = :context.tenant_id AND a.id = :after.id AND a.version = :after.version - 1
      AND u.tenant_id = :context.tenant_id AND u.id = :after.unit_id
    RETURNING 1
),
beside AS (
    UPDATE account_secrets
    SET password_salt = coalesce(:after.secrets.password.salt, password_salt),
        password_hash = coalesce(:after.secrets.password.hash, password_hash),
        cost_log2 = coalesce(:after.secrets.password.cost_log2, cost_log2),
        block_size = coalesce(:after.secrets.password.block_size, block_size),
        lanes = coalesce(:after.secrets.password.lanes, lanes),
        factor_algorithm = CASE WHEN :after.secrets.drop_second_factor THEN NULL
                           ELSE coalesce(:after.secrets.second_factor.algorithm, factor_algorithm) END,
        factor_period = CASE WHEN :after.secrets.drop_second_factor THEN NULL
                        ELSE coalesce(:after.secrets.second_factor.period, factor_period) END,
        factor_sealed = CASE WHEN :after.secrets.drop_second_factor THEN NULL
                        ELSE coalesce(:after.secrets.second_factor.sealed, factor_sealed) END
    WHERE tenant_id = :context.tenant_id AND account_id = :after.id
      AND (:after.secrets.password.hash::bytea IS NOT NULL OR :after.secrets.second_factor.sealed::bytea IS NOT NULL
           OR :after.secrets.drop_second_factor)
),
attempts AS (
    DELETE FROM sign_in_attempts
    WHERE tenant_id = :context.tenant_id AND name = :after.name AND :after.secrets.password.hash::bytea IS NOT NULL
)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
