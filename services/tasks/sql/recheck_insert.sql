-- SPDX-License-Identifier: Apache-2.0
INSERT INTO rechecks (
-- include: head_names
    , hazard_id, draw_id, verdict)
VALUES (
-- include: head_values
    , :after.hazard_id, :after.draw_id, :after.verdict)
