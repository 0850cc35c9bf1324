-- SPDX-License-Identifier: Apache-2.0
-- What TakeOverHazard goes on with, as far as the caller may read it, and whether that has been done.
SELECT
    h.tenant_id AS "facts.origin.tenant_id", h.id AS "facts.origin.id", h.state AS "facts.origin.state",
    h.grade AS "facts.origin.grade", h.sector AS "facts.origin.sector", h.location AS "facts.origin.location",
    h.description AS "facts.origin.description", h.finding_unit_id AS "facts.origin.finding_unit_id",
    h.found_by AS "facts.origin.found_by", h.occurred_at AS "facts.origin.occurred_at", h.halt AS "facts.origin.halt",
    h.rebound_count AS "facts.origin.rebound_count", h.successor_id AS "facts.origin.successor_id", h.life AS "facts.origin.life",
    EXISTS (SELECT FROM hazards t
            WHERE t.tenant_id = :context.tenant_id AND t.id = h.successor_id) AS "facts.taken"
FROM hazards h
WHERE h.tenant_id = :request.origin_tenant_id AND h.id = :request.origin_id AND
-- include: in_scope
