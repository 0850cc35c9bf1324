-- SPDX-License-Identifier: Apache-2.0
-- each: level region city county township
-- The ledger's page for one territory in all sectors: one index read.
SELECT
-- include: columns
    , h.entered_at AS "page.time", h.id AS "page.id"
FROM hazards h
WHERE h.{level}_id = :context.only_unit
  AND (h.entered_at, h.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                              coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
ORDER BY h.entered_at DESC, h.id DESC
LIMIT :context.row_limit
