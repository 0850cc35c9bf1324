-- SPDX-License-Identifier: Apache-2.0
-- each: table draw_rules clock_rules calendars
-- Rules, the latest first: not the scope's, everybody's.
SELECT r.summary AS "*", r.entered_at AS "page.time", r.id AS "page.id"
FROM {table} r
WHERE (r.entered_at, r.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                              coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
ORDER BY r.entered_at DESC, r.id DESC
LIMIT :context.row_limit
