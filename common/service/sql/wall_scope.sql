-- SPDX-License-Identifier: Apache-2.0
-- From here to the next wall, row security shows the caller's scope.
SELECT set_config('anlan.wall', 'scope', true),
       set_config('anlan.scope', :context.wall_scope::text, true),
       set_config('statement_timeout', :context.timeout_ms::int::text, true),
       set_config('lock_timeout', :context.lock_timeout_ms::int::text, true)
