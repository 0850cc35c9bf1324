-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreateHazard must know of the database: the sector, if there is such a one, and whether the caller's
-- unit has entered this external_id before: it sees what it found, so that nothing is told that it may not know.
SELECT s.code AS "facts.sector", e.external_id AS "facts.external_id"
FROM sectors s
LEFT JOIN LATERAL (
    SELECT h.external_id FROM hazards h
    WHERE h.tenant_id = :context.tenant_id AND h.finding_unit_id = :context.caller_unit_id
      AND h.external_id = :request.external_id AND h.external_id <> '' AND :request.external_id <> ''
    LIMIT 1) e ON true
WHERE s.code = :request.sector
