-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreateEndpoint must know.
SELECT EXISTS (SELECT FROM endpoints e
               WHERE e.tenant_id = :context.tenant_id AND e.unit_id = :request.unit_id AND e.code = :request.code)
    AS "facts.code_taken"
