-- SPDX-License-Identifier: Apache-2.0
-- A report, and the settings of all units: the rule takes the nearest.
SELECT u.summary AS "*", u.detail AS "*",
       (SELECT coalesce(array_agg(s.summary || s.detail ORDER BY s.unit_id), '{}') FROM report_settings s)
           AS "facts.settings"
FROM urgent_reports u
WHERE u.tenant_id = :request.tenant_id AND u.id = :request.id AND
-- include: report_in_scope
