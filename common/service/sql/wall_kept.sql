-- SPDX-License-Identifier: Apache-2.0
-- From here to the next wall, row security shows what units keep to themselves, for whom they let.
SELECT set_config('anlan.wall', 'kept', true),
       set_config('anlan.kept', :context.kept::text[]::text, true),
       set_config('statement_timeout', :context.timeout_ms::int::text, true),
       set_config('lock_timeout', :context.lock_timeout_ms::int::text, true)
