-- SPDX-License-Identifier: Apache-2.0
-- each: which,condition all,true open,m.state=1
-- A page of the inbox of a post and of a person: an ordered read for each.
SELECT m.summary AS "*", m.entered_at AS "page.time", m.id AS "page.id"
FROM (
    (SELECT m.summary, m.entered_at, m.id
     FROM messages m
     WHERE m.unit_id = :context.caller_unit_id AND m.person_id IS NULL AND {condition}
       AND m.role IN ('', :context.caller_role)
       AND (m.entered_at, m.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                   coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)) AND
-- include: in_scope
     ORDER BY m.entered_at DESC, m.id DESC
     LIMIT :context.row_limit)
    UNION ALL
    (SELECT m.summary, m.entered_at, m.id
     FROM messages m
     WHERE m.person_id = :context.caller_id AND {condition}
       AND (m.entered_at, m.id) < (coalesce(:context.page.time, 'infinity'::timestamptz),
                                   coalesce(:context.page.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)) AND
-- include: in_scope
     ORDER BY m.entered_at DESC, m.id DESC
     LIMIT :context.row_limit)) m
ORDER BY m.entered_at DESC, m.id DESC
LIMIT :context.row_limit
