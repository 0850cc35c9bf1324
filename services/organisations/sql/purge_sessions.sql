-- SPDX-License-Identifier: Apache-2.0
-- Forgets what is past its time, a lump at a time, under the upkeep wall.
DELETE FROM sessions
WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM sessions WHERE ends_at < now() - interval '30 days' LIMIT 1000)
