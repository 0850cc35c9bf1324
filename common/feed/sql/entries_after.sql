-- SPDX-License-Identifier: Apache-2.0
SELECT position, entry, salt, digest, algorithm
FROM entries
WHERE tenant_id = :tenant_id AND position > :after
ORDER BY position
LIMIT :row_limit
