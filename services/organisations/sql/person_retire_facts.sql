-- SPDX-License-Identifier: Apache-2.0
-- The person that RetirePerson changes, and whether he holds a post or answers for anything,
-- wherever it is.
SELECT
-- include: person_columns
    , EXISTS (SELECT FROM posts p
              WHERE p.tenant_id = :context.tenant_id AND p.person_id = r.id
                AND (p.ends_at IS NULL OR p.ends_at > :context.now)) AS "facts.holds_post",
    EXISTS (SELECT FROM responsibilities l
            WHERE l.tenant_id = :context.tenant_id AND l.leader_person_id = r.id
              AND (l.ends_at IS NULL OR l.ends_at > :context.now)) AS "facts.answers"
FROM people r
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.id AND
-- include: record_in_scope
