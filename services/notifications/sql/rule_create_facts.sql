-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreateRule must know.
SELECT EXISTS (SELECT FROM notify_rules r
               WHERE r.tenant_id = :context.tenant_id AND r.unit_id = :request.unit_id AND r.code = :request.code)
    AS "facts.code_taken"
