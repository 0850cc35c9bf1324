-- SPDX-License-Identifier: Apache-2.0
INSERT INTO campaigns (
-- include: head_names
    , above_tenant_id, above_id, received_by)
VALUES (
-- include: head_values
    , :after.above_tenant_id, :after.above_id, :after.received_by)
