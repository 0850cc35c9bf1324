-- SPDX-License-Identifier: Apache-2.0
-- What the rule of EnterFinding must know: the sector, if there is such a one, and whether the finding was entered before.
SELECT s.code AS "facts.sector", (
    SELECT h.external_id FROM hazards h
    WHERE h.tenant_id = :request.tenant_id AND h.finding_unit_id = :request.finding_unit_id
      AND h.external_id = :request.inspection_id::text || '/' || :request.inspection_finding::int
      AND h.external_id <> '') AS "facts.external_id"
FROM sectors s
WHERE s.code = :request.sector
