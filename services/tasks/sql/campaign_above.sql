-- SPDX-License-Identifier: Apache-2.0
-- The campaign that is to be received, as far as it is seen, and whether the unit has it already.
SELECT r.summary || r.detail AS "facts.above",
    EXISTS (SELECT FROM campaigns t
            WHERE t.tenant_id = :context.tenant_id AND t.above_id = r.id AND t.unit_id = :request.unit_id) AS "facts.taken"
FROM campaigns r
WHERE r.tenant_id = :request.above_tenant_id AND r.id = :request.above_id AND
-- include: in_scope
