-- SPDX-License-Identifier: Apache-2.0
INSERT INTO receipts (
-- include: head_names
    , campaign_id, received_by)
VALUES (
-- include: head_values
    , :after.campaign_id, :after.received_by)
