-- SPDX-License-Identifier: Apache-2.0
-- each: table campaigns checklists
-- The after-image takes the place of the version before it, or the transaction is undone.
WITH updated AS (
    UPDATE {table} SET
-- include: head_set
    WHERE
-- include: head_was
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
