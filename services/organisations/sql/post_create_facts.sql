-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreatePost must know: the person, wherever his unit of record is; the unit; and whether he holds the
-- post already in that time.
SELECT
    EXISTS (SELECT FROM units u
            WHERE u.tenant_id = :context.tenant_id AND u.id = :request.unit_id AND u.retired_at IS NOT NULL)
        AS "facts.unit_retired",
    (SELECT r.name FROM people r
     WHERE r.tenant_id = :context.tenant_id AND r.id = :request.person_id AND r.retired_at IS NULL)
        AS "facts.person_name",
    EXISTS (SELECT FROM posts p
            WHERE p.tenant_id = :context.tenant_id AND p.person_id = :request.person_id
              AND p.unit_id = :request.unit_id AND p.role = :request.role
              AND p.starts_at < coalesce(:request.ends_at, 'infinity'::timestamptz)
              AND coalesce(p.ends_at, 'infinity'::timestamptz)
                  > coalesce(:request.starts_at, :request.occurred_at, :context.now::timestamptz)) AS "facts.post_taken"
