-- SPDX-License-Identifier: Apache-2.0
-- each: table campaigns reports inspections draws rechecks accidents
-- One record, as far as it is seen.
SELECT r.summary AS "*", r.detail AS "*"
FROM {table} r
WHERE r.tenant_id = :request.tenant_id AND r.id = :request.id AND
-- include: in_scope
