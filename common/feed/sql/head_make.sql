-- SPDX-License-Identifier: Apache-2.0
-- The head of a tenant that has no log yet; another process may make it at the same time.
INSERT INTO heads (tenant_id, position) VALUES (:tenant_id, 0) ON CONFLICT (tenant_id) DO NOTHING
