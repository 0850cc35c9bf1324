-- SPDX-License-Identifier: Apache-2.0
-- Locks the heads of a transaction's tenants until it ends, in the order of their ids. No row: the tenant has no log yet.
SELECT tenant_id, position FROM heads WHERE tenant_id = ANY (:tenant_id::uuid[]) ORDER BY tenant_id FOR UPDATE
