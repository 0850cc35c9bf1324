-- SPDX-License-Identifier: Apache-2.0
-- Versions of a tenant's hazards whose withheld words are not there, or are not what was entered.
SELECT h.id AS "page.id", d.version::int AS "page.first"
FROM hazards h
CROSS JOIN LATERAL unnest(h.payload_digests) WITH ORDINALITY AS d(digest, version)
LEFT JOIN hazard_payloads w ON w.tenant_id = h.tenant_id AND w.hazard_id = h.id AND w.version = d.version
WHERE h.tenant_id = :context.tenant_id AND h.restricted_to_unit_id IS NOT NULL AND d.digest <> ''
  AND sha256(w.salt || w.payload) IS DISTINCT FROM d.digest
ORDER BY h.id, d.version
LIMIT :context.row_limit
