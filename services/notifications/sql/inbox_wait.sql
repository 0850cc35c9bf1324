-- SPDX-License-Identifier: Apache-2.0
-- What came to an inbox after a position of the unit's tenant, the oldest first.
SELECT m.summary AS "*", m.id AS "page.id"
FROM (
    (SELECT m.summary, m.position, m.id
     FROM messages m
     WHERE m.unit_id = :context.caller_unit_id AND m.person_id IS NULL AND m.role IN ('', :context.caller_role)
       AND m.tenant_id = :context.tenant_id AND m.position > :request.after_position AND
-- include: in_scope
     ORDER BY m.position
     LIMIT :context.row_limit)
    UNION ALL
    (SELECT m.summary, m.position, m.id
     FROM messages m
     WHERE m.person_id = :context.caller_id AND m.tenant_id = :context.tenant_id
       AND m.position > :request.after_position AND
-- include: in_scope
     ORDER BY m.position
     LIMIT :context.row_limit)) m
ORDER BY m.position
LIMIT :context.row_limit
