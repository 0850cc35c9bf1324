-- SPDX-License-Identifier: Apache-2.0
INSERT INTO draw_rules (
-- include: head_names
    , share_permille)
VALUES (
-- include: head_values
    , :after.share_permille)
