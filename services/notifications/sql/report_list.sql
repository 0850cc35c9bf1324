-- SPDX-License-Identifier: Apache-2.0
-- Reports within the scope, the newest first: they are few.
SELECT u.summary AS "*", u.entered_at AS "page.time", u.id AS "page.id"
FROM urgent_reports u
WHERE (u.entered_at, u.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                              coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)) AND
-- include: report_in_scope
ORDER BY u.entered_at DESC, u.id DESC
LIMIT :context.row_limit
