-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreateHazard must know of the database: the sector, if there is such a one, and whether the caller's
-- unit has entered this external_id before: it sees what it found, so that nothing is told that it may not know.
SELECT s.code AS "facts.sector", e.external_id AS "facts.external_id", k.at AS "call.at"
FROM unnest(:request.sector::text[], :request.external_id::text[], :each.tenant_id::uuid[],
            :each.caller_unit_id::uuid[])
     WITH ORDINALITY AS k(sector, external_id, tenant_id, caller_unit_id, at)
CROSS JOIN LATERAL (SELECT s.code FROM sectors s WHERE s.code = k.sector LIMIT 1) s
LEFT JOIN LATERAL (
    SELECT h.external_id FROM hazards h
    WHERE h.tenant_id = k.tenant_id AND h.finding_unit_id = k.caller_unit_id
      AND h.external_id = k.external_id AND h.external_id <> '' AND k.external_id <> ''
    LIMIT 1) e ON true
