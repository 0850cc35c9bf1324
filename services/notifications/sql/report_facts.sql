-- SPDX-License-Identifier: Apache-2.0
SELECT (SELECT coalesce(array_agg(s.summary || s.detail ORDER BY s.unit_id), '{}') FROM report_settings s)
           AS "facts.settings",
       EXISTS (SELECT FROM report_settings s
               WHERE s.tenant_id = :context.tenant_id AND s.unit_id = :request.unit_id) AS "facts.settings_taken"
