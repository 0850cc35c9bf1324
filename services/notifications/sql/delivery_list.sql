-- SPDX-License-Identifier: Apache-2.0
-- each: which,condition all,true dead,d.state=4
-- A page of deliveries within the scope, the newest first.
SELECT d.summary AS "*", d.entered_at AS "page.time", d.id AS "page.id"
FROM deliveries d
WHERE {condition}
  AND (d.entered_at, d.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                              coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)) AND
-- include: delivery_in_scope
ORDER BY d.entered_at DESC, d.id DESC
LIMIT :context.row_limit
