-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreateAccount must know: the person, as far as the caller's scope covers him.
SELECT
    p.name AS "facts.person_name", p.unit_id AS "facts.unit_id",
    EXISTS (SELECT FROM accounts a
            WHERE a.tenant_id = :context.tenant_id AND a.name = lower(:request.name)) AS "facts.name_taken",
    EXISTS (SELECT FROM accounts a
            WHERE a.tenant_id = :context.tenant_id AND a.person_id = :request.person_id) AS "facts.has_account",
    EXISTS (SELECT FROM posts r
            WHERE r.tenant_id = :context.tenant_id AND r.person_id = p.id
              AND (r.ends_at IS NULL OR r.ends_at > :context.now) AND NOT
-- include: record_in_scope
    ) AS "facts.beyond_scope",
    ARRAY(SELECT DISTINCT o.name FROM posts q
          JOIN roles o ON o.tenant_id = q.tenant_id AND o.name = q.role AND o.separate_group <> ''
          WHERE q.tenant_id = :context.tenant_id AND q.person_id = p.id
            AND (q.ends_at IS NULL OR q.ends_at > :context.now)) AS "facts.apart_roles"
FROM (SELECT 1) AS one
LEFT JOIN (
    SELECT * FROM people r
    WHERE r.tenant_id = :context.tenant_id AND r.id = :request.person_id AND r.retired_at IS NULL AND
-- include: record_in_scope
) AS p ON true
