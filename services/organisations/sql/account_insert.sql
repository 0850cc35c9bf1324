-- SPDX-License-Identifier: Apache-2.0
-- The secrets stand beside the record; they are absent where tables are made anew from the log, and are kept then.
WITH made AS (
    INSERT INTO accounts (
        tenant_id, id, version, person_id, person_name, unit_id, region_id, city_id, county_id, township_id, name, state,
        disabled_reason, needs_second_factor, second_factor_since, must_change_password, password_changed_at,
        tokens_from, occurred_at, entered_at)
    SELECT
        :context.tenant_id, :after.id, :after.version, :after.person_id, :after.person_name, u.id, u.region_id,
        u.city_id, u.county_id, u.township_id, :after.name, :after.state, :after.disabled_reason,
        :after.needs_second_factor, :after.second_factor_since, :after.must_change_password,
        :after.password_changed_at, :after.tokens_from, :after.occurred_at, :after.entered_at
    FROM units u
    WHERE u.tenant_id = :context.tenant_id AND u.id = :after.unit_id
    RETURNING 1
),
beside AS (
    INSERT INTO account_secrets (tenant_id, account_id, password_salt, password_hash, cost_log2, block_size, lanes)
    SELECT :context.tenant_id::uuid, :after.id::uuid, :after.secrets.password.salt::bytea,
           :after.secrets.password.hash::bytea, :after.secrets.password.cost_log2::int,
           :after.secrets.password.block_size::int, :after.secrets.password.lanes::int
    WHERE :after.secrets.password.hash::bytea IS NOT NULL
)
SELECT anlan_expect((SELECT count(*) FROM made), 1)
