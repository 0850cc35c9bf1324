-- SPDX-License-Identifier: Apache-2.0
INSERT INTO checklists (
-- include: head_names
    , code, edition)
VALUES (
-- include: head_values
    , :after.code, :after.edition)
