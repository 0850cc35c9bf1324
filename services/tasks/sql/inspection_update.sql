-- SPDX-License-Identifier: Apache-2.0
-- The after-image takes the place of the version before it, or the transaction is undone.
WITH updated AS (
    UPDATE inspections SET
-- include: head_set
        , visited_at = :after.visited_at
    WHERE
-- include: head_was
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
