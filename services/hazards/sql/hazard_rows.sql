-- SPDX-License-Identifier: Apache-2.0
-- All rows of a tenant in the order of their ids, a page at a time, to be held against the log.
SELECT
-- include: columns
    , h.external_id, h.life
    , h.id AS "page.id"
FROM hazards h
WHERE h.tenant_id = :context.tenant_id
  AND h.id > coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY h.id
LIMIT :context.row_limit
