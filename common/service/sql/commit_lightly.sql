-- SPDX-License-Identifier: Apache-2.0
-- What this transaction writes may be lost by a crash.
SELECT set_config('synchronous_commit', 'off', true)
