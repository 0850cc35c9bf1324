-- SPDX-License-Identifier: Apache-2.0
INSERT INTO reports (
-- include: head_names
    , campaign_tenant_id, campaign_id, round, checked, found, late, reported_by)
VALUES (
-- include: head_values
    , :after.campaign_tenant_id, :after.campaign_id, :after.round, :after.checked, :after.found,
    :after.late, :after.reported_by)
