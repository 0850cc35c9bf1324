-- SPDX-License-Identifier: Apache-2.0
SELECT
-- include: columns
    , h.external_id, h.life
FROM hazards h
WHERE h.tenant_id = :request.tenant_id AND h.id = :request.id AND
-- include: in_scope
