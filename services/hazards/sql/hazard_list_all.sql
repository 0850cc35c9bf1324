-- SPDX-License-Identifier: Apache-2.0
-- The ledger's page for the whole instance.
SELECT
-- include: columns
    , h.entered_at AS "page.time", h.id AS "page.id"
FROM hazards h
WHERE :context.scope_all
  AND (h.entered_at, h.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                              coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
ORDER BY h.entered_at DESC, h.id DESC
LIMIT :context.row_limit
