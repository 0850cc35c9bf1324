-- SPDX-License-Identifier: Apache-2.0
-- The rules by which a first password is checked and hashed.
SELECT
-- include: rules_columns
FROM (SELECT 1) AS one
LEFT JOIN sign_in_rules rules ON rules.tenant_id = :context.tenant_id
