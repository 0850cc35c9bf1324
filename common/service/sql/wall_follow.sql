-- SPDX-License-Identifier: Apache-2.0
-- From here to the next wall, row security shows how far others' logs have been followed, and what the plans of that read.
SELECT set_config('anlan.wall', 'follow', true),
       set_config('statement_timeout', :context.timeout_ms::int::text, true),
       set_config('lock_timeout', :context.timeout_ms::int::text, true)
