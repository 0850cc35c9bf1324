-- SPDX-License-Identifier: Apache-2.0
-- All rules that hold, with their texts, for plans.
SELECT r.summary AS "*", r.detail AS "*"
FROM notify_rules r
WHERE NOT r.retired
ORDER BY r.code, r.id
LIMIT 20000
