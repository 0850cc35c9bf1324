-- SPDX-License-Identifier: Apache-2.0
-- Whether what a tenant of the instance above has handed over was taken over before.
SELECT EXISTS (SELECT FROM hazards t
               WHERE t.tenant_id = :context.tenant_id AND t.id = :request.successor_id) AS "facts.taken"
