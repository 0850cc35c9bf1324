-- SPDX-License-Identifier: Apache-2.0
-- Whether a campaign of the instance above is here.
SELECT EXISTS (SELECT FROM campaigns t WHERE t.tenant_id = :request.tenant_id AND t.id = :request.id) AS "facts.taken"
