-- SPDX-License-Identifier: Apache-2.0
-- What is to be extended, and the first of the sectors that the list does not have.
SELECT r.summary AS "*", r.detail AS "*",
    coalesce((SELECT u.code FROM unnest(:request.sectors::text[]) AS u(code)
              WHERE NOT EXISTS (SELECT FROM sectors s WHERE s.code = u.code) LIMIT 1), '') AS "facts.unknown_sector"
FROM campaigns r
WHERE r.tenant_id = :request.tenant_id AND r.id = :request.id AND
-- include: in_hand
