-- SPDX-License-Identifier: Apache-2.0
-- From here to the next wall, row security shows one reader's streams, and what one of them has delivered.
SELECT set_config('anlan.wall', 'stream', true),
       set_config('anlan.subject', :stream.subject_id::text, true),
       set_config('anlan.stream', :stream.id::text, true),
       set_config('statement_timeout', :context.timeout_ms::int::text, true),
       set_config('lock_timeout', :context.lock_timeout_ms::int::text, true)
