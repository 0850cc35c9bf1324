-- SPDX-License-Identifier: Apache-2.0
-- Forgets what is past its time, a lump at a time, under the upkeep wall.
DELETE FROM sign_in_attempts
WHERE (tenant_id, name, device_id) IN (SELECT tenant_id, name, device_id FROM sign_in_attempts WHERE since < now() - interval '1 day' LIMIT 1000)
