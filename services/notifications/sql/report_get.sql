-- SPDX-License-Identifier: Apache-2.0
SELECT u.summary AS "*", u.detail AS "*"
FROM urgent_reports u
WHERE u.tenant_id = :request.tenant_id AND u.id = :request.id AND
-- include: report_in_scope
