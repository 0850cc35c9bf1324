-- SPDX-License-Identifier: Apache-2.0
-- A number in full: the withheld value whose digest the record holds now. Read under the tenant's wall, for that is all
-- that withheld numbers are shown to; the record itself must be within the caller's scope.
SELECT r.id, 'anlan.organisations.v1.Person'::text AS record_type, r.unit_id, coalesce(w.value, '') AS number
FROM people r
LEFT JOIN withheld w ON w.tenant_id = r.tenant_id AND w.record_id = r.id AND w.field = 'phone'
    AND sha256(w.salt || convert_to(w.value, 'UTF8')) = r.phone_digest
WHERE r.tenant_id = :context.tenant_id AND r.id = :request.id AND :request.of::int IS NULL AND
-- include: record_in_scope
UNION ALL
SELECT u.id, 'anlan.organisations.v1.Unit'::text, u.id, coalesce(w.value, '')
FROM units u
LEFT JOIN withheld w ON w.tenant_id = u.tenant_id AND w.record_id = u.id
    AND w.field = CASE :request.of::int WHEN 1 THEN 'profile.responsible_phone' ELSE 'profile.safety_phone' END
    AND sha256(w.salt || convert_to(w.value, 'UTF8'))
        = CASE :request.of::int WHEN 1 THEN u.responsible_phone_digest ELSE u.safety_phone_digest END
WHERE u.tenant_id = :context.tenant_id AND u.id = :request.id AND :request.of::int IS NOT NULL AND
-- include: in_scope
