-- SPDX-License-Identifier: Apache-2.0
-- All heads, under the upkeep wall.
SELECT tenant_id, position FROM heads ORDER BY tenant_id
