-- SPDX-License-Identifier: Apache-2.0
-- From here to the next wall, row security shows what upkeep needs and nothing of the records.
SELECT set_config('anlan.wall', 'upkeep', true),
       set_config('statement_timeout', :context.timeout_ms::int::text, true)
