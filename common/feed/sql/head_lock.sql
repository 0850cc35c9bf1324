-- SPDX-License-Identifier: Apache-2.0
-- Locks a tenant's head until the transaction ends. No row: the tenant has no log yet.
SELECT tenant_id, position FROM heads WHERE tenant_id = :tenant_id FOR UPDATE
