-- SPDX-License-Identifier: Apache-2.0
-- From here to the next wall, row security shows counters, heads, entries and results of a transaction's tenants, and no record.
SELECT set_config('anlan.wall', 'batch', true),
       set_config('anlan.tenants', :tenant_id::uuid[]::text, true),
       set_config('statement_timeout', :context.timeout_ms::int::text, true),
       set_config('lock_timeout', :context.lock_timeout_ms::int::text, true)
