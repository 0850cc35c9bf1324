-- SPDX-License-Identifier: Apache-2.0
-- Forgets results that are past their 30 days, a lump at a time, under the upkeep wall.
DELETE FROM results
WHERE (tenant_id, caller_id, request_id) IN (
    SELECT tenant_id, caller_id, request_id FROM results
    WHERE created_at < now() - interval '30 days'
    LIMIT 1000)
