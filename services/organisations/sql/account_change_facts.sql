-- SPDX-License-Identifier: Apache-2.0
-- The account that an administrator changes, as far as his scope covers its person, who is named as he is now.
SELECT
-- include: account_columns
    , p.name AS "facts.person_name", p.unit_id AS "facts.unit_id",
    EXISTS (SELECT FROM posts r
            WHERE r.tenant_id = :context.tenant_id AND r.person_id = p.id
              AND (r.ends_at IS NULL OR r.ends_at > :context.now) AND NOT
-- include: record_in_scope
    ) AS "facts.beyond_scope",
    ARRAY(SELECT DISTINCT o.name FROM posts q
          JOIN roles o ON o.tenant_id = q.tenant_id AND o.name = q.role AND o.separate_group <> ''
          WHERE q.tenant_id = :context.tenant_id AND q.person_id = p.id
            AND (q.ends_at IS NULL OR q.ends_at > :context.now)) AS "facts.apart_roles"
FROM accounts r
JOIN (
    SELECT * FROM people r
    WHERE r.tenant_id = :context.tenant_id AND
-- include: record_in_scope
) AS p ON p.id = r.person_id
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.id
