-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreatePost must know: the person, where the caller may see him; the unit; whether he holds the
-- post already in that time, or one that may not be held together with it; and the role.
SELECT
    EXISTS (SELECT FROM units u
            WHERE u.tenant_id = :context.tenant_id AND u.id = :request.unit_id AND u.retired_at IS NOT NULL)
        AS "facts.unit_retired",
    (SELECT p.name FROM people p
     WHERE p.tenant_id = :context.tenant_id AND p.id = :request.person_id AND p.retired_at IS NULL AND
-- include: person_seen
    ) AS "facts.person_name",
    EXISTS (SELECT FROM posts p
            WHERE p.tenant_id = :context.tenant_id AND p.person_id = :request.person_id
              AND p.unit_id = :request.unit_id AND p.role = :request.role
              AND p.starts_at < coalesce(:request.ends_at, 'infinity'::timestamptz)
              AND coalesce(p.ends_at, 'infinity'::timestamptz)
                  > coalesce(:request.starts_at, :request.occurred_at, :context.now::timestamptz)) AS "facts.post_taken",
    EXISTS (SELECT FROM roles o WHERE o.tenant_id = :context.tenant_id AND o.name = :request.role AND NOT o.retired)
        AS "facts.role_known",
    (SELECT o.name FROM roles n
     JOIN roles o ON o.tenant_id = n.tenant_id AND o.separate_group = n.separate_group AND o.id <> n.id
     JOIN posts p ON p.tenant_id = n.tenant_id AND p.role = o.name AND p.person_id = :request.person_id
      AND p.starts_at < coalesce(:request.ends_at, 'infinity'::timestamptz)
      AND coalesce(p.ends_at, 'infinity'::timestamptz)
          > coalesce(:request.starts_at, :request.occurred_at, :context.now::timestamptz)
     WHERE n.tenant_id = :context.tenant_id AND n.name = :request.role AND n.separate_group <> ''
     LIMIT 1) AS "facts.role_apart"
