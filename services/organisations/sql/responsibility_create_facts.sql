-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreateResponsibility must know: what unit and overseer are, and whether the caller may name
-- that one; the leader, where he may see him; and whether another line holds in a part of that time.
SELECT
    EXISTS (SELECT FROM units u
            WHERE u.tenant_id = :context.tenant_id AND u.id = :request.unit_id AND u.retired_at IS NOT NULL)
        AS "facts.unit_retired",
    EXISTS (SELECT FROM units u
            WHERE u.tenant_id = :context.tenant_id AND u.id = :request.overseer_unit_id AND u.retired_at IS NOT NULL)
        AS "facts.overseer_retired",
    EXISTS (SELECT FROM units o
            JOIN units u ON u.tenant_id = :context.tenant_id AND u.id = :request.unit_id
            WHERE o.tenant_id = :context.tenant_id AND o.id = :request.overseer_unit_id AND
-- include: overseer_seen
    ) AS "facts.overseer_seen",
    (SELECT p.name FROM people p
     WHERE p.tenant_id = :context.tenant_id AND p.id = :request.leader_person_id AND p.retired_at IS NULL AND
-- include: person_seen
    ) AS "facts.leader_name",
    EXISTS (SELECT FROM responsibilities r
            WHERE r.tenant_id = :context.tenant_id AND r.unit_id = :request.unit_id AND r.sector = :request.sector
              AND r.starts_at < coalesce(:request.ends_at, 'infinity'::timestamptz)
              AND coalesce(r.ends_at, 'infinity'::timestamptz)
                  > coalesce(:request.starts_at, :request.occurred_at, :context.now::timestamptz)) AS "facts.taken"
