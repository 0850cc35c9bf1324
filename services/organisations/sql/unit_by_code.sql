-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreateUnit must know of the database: the unit that holds the code already, if there is one. It is
-- read under the tenant's wall: a code is unique in the instance, whoever may see its holder.
SELECT u.id, u.version, u.code FROM units u
WHERE u.tenant_id = :context.tenant_id AND u.code = :request.code AND u.code <> ''
