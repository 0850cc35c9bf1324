-- SPDX-License-Identifier: Apache-2.0
SELECT s.summary AS "*", s.detail AS "*"
FROM report_settings s
WHERE s.tenant_id = :request.tenant_id AND s.id = :request.id AND
-- include: settings_in_scope
