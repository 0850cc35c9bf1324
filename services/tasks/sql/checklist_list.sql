-- SPDX-License-Identifier: Apache-2.0
-- Editions, the latest first: not the scope's, everybody's.
SELECT r.summary AS "*", r.entered_at AS "page.time", r.id AS "page.id"
FROM checklists r
WHERE (r.entered_at, r.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                              coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
  AND (:request.of_sector = '' OR r.sector = :request.of_sector)
  AND (:request.code = '' OR r.code = :request.code)
  AND (:request.include_withdrawn OR r.state = 5)
ORDER BY r.entered_at DESC, r.id DESC
LIMIT :context.row_limit
