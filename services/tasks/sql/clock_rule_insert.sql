-- SPDX-License-Identifier: Apache-2.0
INSERT INTO clock_rules (
-- include: head_names
    , warn_days)
VALUES (
-- include: head_values
    , :after.warn_days)
