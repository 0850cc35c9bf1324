-- SPDX-License-Identifier: Apache-2.0
-- What is stuck is tried again at once.
UPDATE follow_stuck SET retry_at = now()
