-- SPDX-License-Identifier: Apache-2.0
-- What the rule of UpdateSignInRules must know.
SELECT coalesce(rules.version, 0) AS "facts.version"
FROM (SELECT 1) AS one
LEFT JOIN sign_in_rules rules ON rules.tenant_id = :context.tenant_id
