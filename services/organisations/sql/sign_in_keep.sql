-- SPDX-License-Identifier: Apache-2.0
-- What a right password leads to: the attempt is given back (all of them where a session begins on a device that is known;
-- a password alone forgives no wrong code), a step of the second factor is used up, a password is hashed anew, a session
-- begins. A step that was used before keeps nothing.
WITH beside AS (
    UPDATE account_secrets
    SET factor_step = greatest(factor_step, :effect.factor_step::bigint),
        password_salt = coalesce(:effect.password.salt, password_salt),
        password_hash = coalesce(:effect.password.hash, password_hash),
        cost_log2 = coalesce(:effect.password.cost_log2, cost_log2),
        block_size = coalesce(:effect.password.block_size, block_size),
        lanes = coalesce(:effect.password.lanes, lanes)
    WHERE tenant_id = :context.tenant_id AND account_id = :effect.account_id
      AND (:effect.factor_step::bigint > 0 OR :effect.password.hash::bytea IS NOT NULL)
      AND (:effect.factor_step::bigint = 0 OR factor_step < :effect.factor_step::bigint)
    RETURNING 1
),
outcome AS (
    SELECT (:effect.factor_step::bigint = 0 AND :effect.password.hash::bytea IS NULL) OR EXISTS (SELECT FROM beside) AS done
),
given AS (
    UPDATE sign_in_attempts
    SET count = CASE WHEN :context.work_part::uuid IS NULL OR :effect.session_id::uuid IS NULL
                THEN greatest(count - 1, 0) ELSE 0 END
    WHERE tenant_id = :context.tenant_id AND name = :context.work_key
      AND device_id = coalesce(:context.work_part::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
      AND (SELECT done FROM outcome)
),
begun AS (
    INSERT INTO sessions (
        tenant_id, id, name, account_id, person_id, device_id, post_id, grant_ids, generation, created_at,
        refreshed_at, ends_at)
    SELECT :context.tenant_id::uuid, :effect.session_id::uuid, :context.work_key::text, :effect.account_id::uuid,
           :effect.person_id::uuid, :effect.device_id::uuid, :effect.post_id::uuid, :effect.grant_ids::uuid[], 1,
           :context.now::timestamptz, :context.now::timestamptz, :effect.ends_at::timestamptz
    WHERE :effect.session_id::uuid IS NOT NULL AND (SELECT done FROM outcome)
)
SELECT done FROM outcome
