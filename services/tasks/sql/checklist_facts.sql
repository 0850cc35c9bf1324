-- SPDX-License-Identifier: Apache-2.0
-- The sector, where the list has it, and whether the tenant has such an edition.
SELECT coalesce((SELECT :request.sector::text WHERE NOT EXISTS (SELECT FROM sectors s WHERE s.code = :request.sector)), '')
           AS "facts.unknown_sector",
       EXISTS (SELECT FROM checklists r
               WHERE r.tenant_id = :context.tenant_id AND r.code = :request.code AND r.edition = :request.edition)
           AS "facts.taken"
