-- SPDX-License-Identifier: Apache-2.0
INSERT INTO accidents (
-- include: head_names
    , happened_at, grade, deaths, hurt, loss, demonstration)
VALUES (
-- include: head_values
    , :after.occurred_at, :after.grade, :after.deaths, :after.hurt, :after.loss, :after.demonstration)
