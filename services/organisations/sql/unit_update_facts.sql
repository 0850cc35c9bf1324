-- SPDX-License-Identifier: Apache-2.0
-- The unit that UpdateUnit changes, whether another has its credit code, and what its regulators are.
SELECT
-- include: columns
    , EXISTS (SELECT FROM units o
              WHERE o.tenant_id = :context.tenant_id AND o.credit_code = :request.credit_code AND o.credit_code <> ''
                AND o.retired_at IS NULL AND o.id <> u.id) AS "facts.credit_code_taken",
-- include: regulators_known
FROM units u
WHERE u.tenant_id = :context.tenant_id AND u.id = :request.id AND
-- include: in_scope
