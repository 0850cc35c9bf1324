-- SPDX-License-Identifier: Apache-2.0
-- From here to the next wall, row security shows what one piece of work concerns: the rows of its key.
SELECT set_config('anlan.wall', 'work', true),
       set_config('anlan.tenant', :context.tenant_id::text, true),
       set_config('anlan.key', :context.work_key::text, true),
       set_config('statement_timeout', :context.timeout_ms::int::text, true),
       set_config('lock_timeout', :context.timeout_ms::int::text, true)
