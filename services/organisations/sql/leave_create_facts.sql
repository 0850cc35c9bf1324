-- SPDX-License-Identifier: Apache-2.0
-- What the rule of EnterLeave must know: who he is, whether he holds a post there, and whether he is away already.
SELECT
    (SELECT p.name FROM people p
     WHERE p.tenant_id = :context.tenant_id AND p.id = :request.person_id AND p.retired_at IS NULL
       AND EXISTS (SELECT FROM posts h
                   WHERE h.tenant_id = :context.tenant_id AND h.person_id = p.id AND h.unit_id = :request.unit_id
                     AND h.starts_at <= :request.starts_at AND (h.ends_at IS NULL OR h.ends_at > :request.starts_at)))
        AS "facts.person_name",
    EXISTS (SELECT FROM leaves l
            WHERE l.tenant_id = :context.tenant_id AND l.person_id = :request.person_id
              AND l.ends_at > :request.starts_at AND l.starts_at < :request.ends_at AND l.ends_at > l.starts_at)
        AS "facts.taken"
