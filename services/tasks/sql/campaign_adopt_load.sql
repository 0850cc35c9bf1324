-- SPDX-License-Identifier: Apache-2.0
-- What is to adopt, and the campaign above as far as it is seen.
SELECT r.summary AS "*", r.detail AS "*", a.whole AS "facts.above"
FROM campaigns r
LEFT JOIN LATERAL (SELECT a.summary || a.detail AS whole FROM campaigns a
                   WHERE a.tenant_id = r.above_tenant_id AND a.id = r.above_id LIMIT 1) a ON true
WHERE r.tenant_id = :request.tenant_id AND r.id = :request.id AND
-- include: in_hand
