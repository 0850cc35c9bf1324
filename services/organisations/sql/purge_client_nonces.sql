-- SPDX-License-Identifier: Apache-2.0
-- Forgets what is past its time, a lump at a time, under the upkeep wall.
DELETE FROM client_nonces
WHERE (tenant_id, client_id, nonce) IN (SELECT tenant_id, client_id, nonce FROM client_nonces WHERE expires_at < now() - interval '10 minutes' LIMIT 1000)
