-- SPDX-License-Identifier: Apache-2.0
INSERT INTO calendars (
-- include: head_names
    , year)
VALUES (
-- include: head_values
    , :after.year)
