-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreateRole must know.
SELECT EXISTS (SELECT FROM roles r WHERE r.tenant_id = :context.tenant_id AND r.name = :request.name)
    AS "facts.name_taken"
