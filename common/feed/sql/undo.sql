-- SPDX-License-Identifier: Apache-2.0
-- Raises: what stands before it up to the last Sync is undone.
SELECT anlan_expect(0, 1)
