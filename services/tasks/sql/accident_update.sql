-- SPDX-License-Identifier: Apache-2.0
-- The after-image takes the place of the version before it, or the transaction is undone.
WITH updated AS (
    UPDATE accidents SET
-- include: head_set
        , grade = :after.grade, deaths = :after.deaths, hurt = :after.hurt, loss = :after.loss
    WHERE
-- include: head_was
    RETURNING 1)
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
