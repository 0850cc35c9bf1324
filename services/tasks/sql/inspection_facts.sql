-- SPDX-License-Identifier: Apache-2.0
-- What the rule of PlanInspection must know: the sector, the checklist, and whether the tenant has the campaign.
SELECT coalesce((SELECT :request.sector::text WHERE NOT EXISTS (SELECT FROM sectors s WHERE s.code = :request.sector)), '')
           AS "facts.unknown_sector",
       (SELECT r.summary || r.detail FROM checklists r
        WHERE r.tenant_id = :request.checklist_tenant_id AND r.id = :request.checklist_id) AS "facts.checklist",
       EXISTS (SELECT FROM campaigns r
               WHERE r.tenant_id = :context.tenant_id AND r.id = :request.campaign_id AND r.state = 1 AND
-- include: in_scope
       ) AS "facts.campaign"
