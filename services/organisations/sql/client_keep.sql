-- SPDX-License-Identifier: Apache-2.0
-- An assertion is used up.
WITH used AS (
    INSERT INTO client_nonces (tenant_id, client_id, nonce, expires_at)
    VALUES (:context.tenant_id, :effect.client_id, :effect.nonce, :effect.expires_at)
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT EXISTS (SELECT FROM used) AS done
