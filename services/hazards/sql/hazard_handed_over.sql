-- SPDX-License-Identifier: Apache-2.0
-- What TakeOverHazard goes on with, as far as the caller may read it, and whether that has been done.
SELECT h.summary || h.detail AS "facts.origin",
    EXISTS (SELECT FROM hazards t
            WHERE t.tenant_id = :context.tenant_id AND t.id = h.successor_id) AS "facts.taken"
FROM hazards h
WHERE h.tenant_id = :request.origin_tenant_id AND h.id = :request.origin_id AND
-- include: in_scope
