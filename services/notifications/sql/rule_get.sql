-- SPDX-License-Identifier: Apache-2.0
SELECT r.summary AS "*", r.detail AS "*"
FROM notify_rules r
WHERE r.tenant_id = :request.tenant_id AND r.id = :request.id AND
-- include: rule_in_scope
