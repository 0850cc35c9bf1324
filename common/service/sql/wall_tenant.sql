-- SPDX-License-Identifier: Apache-2.0
-- From here to the next wall, row security shows one tenant.
SELECT set_config('anlan.wall', 'tenant', true),
       set_config('anlan.tenant', :context.tenant_id::text, true),
       set_config('statement_timeout', :context.timeout_ms::int::text, true),
       set_config('lock_timeout', :context.lock_timeout_ms::int::text, true)
