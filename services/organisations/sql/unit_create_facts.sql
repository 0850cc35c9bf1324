-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreateUnit must know: who has its codes, and what its parent and its regulators are.
SELECT
    EXISTS (SELECT FROM units o WHERE o.tenant_id = :context.tenant_id AND o.code = :request.code AND o.code <> '')
        AS "facts.code_taken",
    EXISTS (SELECT FROM units o
            WHERE o.tenant_id = :context.tenant_id AND o.credit_code = :request.credit_code AND o.credit_code <> ''
              AND o.retired_at IS NULL) AS "facts.credit_code_taken",
    EXISTS (SELECT FROM units p
            WHERE p.tenant_id = :context.tenant_id AND p.id = :request.parent_id AND p.retired_at IS NOT NULL)
        AS "facts.parent_retired",
-- include: regulators_known
