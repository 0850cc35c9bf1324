-- SPDX-License-Identifier: Apache-2.0
-- The person that UpdatePerson changes, and what the unit of record is.
SELECT
-- include: person_columns
    , EXISTS (SELECT FROM units u
            WHERE u.tenant_id = :context.tenant_id AND u.id = :request.unit_id AND u.retired_at IS NOT NULL)
        AS "facts.unit_retired"
FROM people r
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.id AND
-- include: record_in_scope
