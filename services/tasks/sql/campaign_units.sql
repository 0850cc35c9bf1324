-- SPDX-License-Identifier: Apache-2.0
-- The units to which a campaign is deployed, what of it they have received, and what they have reported of a round. For
-- those who have the campaign in hand: they see all that lies below it.
SELECT u.id AS unit_id, coalesce(t.entered_at, c.entered_at) AS received_at,
       coalesce(t.received_by, c.received_by) AS received_by, c.id AS campaign_id, c.tenant_id AS campaign_tenant_id,
       p.entered_at AS reported_at, p.reported_by, p.found, p.checked, p.late, p.id AS report_id, u.id AS "page.id"
FROM campaigns r
CROSS JOIN LATERAL unnest(r.party_ids) AS u(id)
LEFT JOIN receipts t ON t.tenant_id = r.tenant_id AND t.campaign_id = r.id AND t.unit_id = u.id
LEFT JOIN campaigns c ON c.above_id = r.id AND c.above_tenant_id = r.tenant_id AND c.unit_id = u.id
LEFT JOIN reports p ON p.campaign_id = r.id AND p.campaign_tenant_id = r.tenant_id AND p.unit_id = u.id
                       AND p.round = :request.round
WHERE r.tenant_id = :request.tenant_id AND r.id = :request.id
  AND (NOT :request.missing OR p.id IS NULL)
  AND (NOT :request.not_received OR (t.id IS NULL AND c.id IS NULL))
  AND u.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid) AND
-- include: in_hand
ORDER BY u.id
LIMIT :context.row_limit
