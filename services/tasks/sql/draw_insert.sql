-- SPDX-License-Identifier: Apache-2.0
INSERT INTO draws (
-- include: head_names
    , seed)
VALUES (
-- include: head_values
    , :after.seed)
