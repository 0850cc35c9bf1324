-- SPDX-License-Identifier: Apache-2.0
-- What is withheld of a hazard, as far as it is what its record has the digests of. The wall of keepers shows the
-- hazard, and the statement holds the caller to what he may have by itself.
SELECT h.id, 'anlan.hazards.v1.Hazard'::text AS record_type, h.unit_id, h.sector, h.restricted_to_unit_id,
       string_agg(w.payload, ''::bytea ORDER BY d.version) AS payload,
       count(w.payload) < count(*) FILTER (WHERE d.digest <> '') AS incomplete
FROM hazards h
LEFT JOIN LATERAL unnest(h.payload_digests) WITH ORDINALITY AS d(digest, version) ON true
LEFT JOIN hazard_payloads w ON w.tenant_id = h.tenant_id AND w.hazard_id = h.id AND w.version = d.version
    AND sha256(w.salt || w.payload) = d.digest
WHERE h.tenant_id = :request.tenant_id AND h.id = :request.id AND h.restricted_to_unit_id IS NOT NULL
  AND hazard_kept_keys(h.restricted_to_unit_id, ARRAY[h.region_id, h.city_id, h.county_id, h.township_id],
                       ARRAY[h.unit_id, h.finding_unit_id, h.responsible_unit_id, h.sending_unit_id], h.unit_id,
                       h.sector)
      && :context.kept::text[]
GROUP BY h.tenant_id, h.id
