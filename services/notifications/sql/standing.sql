-- SPDX-License-Identifier: Apache-2.0
-- All rules and endpoints that hold, for plans over this service's own log.
(SELECT r.summary || r.detail AS "rule", NULL::bytea AS "endpoint"
 FROM notify_rules r
 WHERE NOT r.retired
 ORDER BY r.code, r.id
 LIMIT 20000)
UNION ALL
(SELECT NULL::bytea, e.summary || e.detail
 FROM endpoints e
 WHERE NOT e.retired
 ORDER BY e.code, e.id
 LIMIT 20000)
