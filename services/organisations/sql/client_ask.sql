-- SPDX-License-Identifier: Apache-2.0
-- What signing in as a client must know. No row: there is no such client.
SELECT
    c.id AS client_id, c.name AS client_name, c.public_key, c.certificate_digest, c.unit_id,
    c.retired_at IS NULL AND c.starts_at <= :context.now AND c.ends_at > :context.now AS active, c.ends_at,
    (SELECT h.position FROM heads h WHERE h.tenant_id = :context.tenant_id) AS position,
-- include: rules_columns
FROM clients c
LEFT JOIN sign_in_rules rules ON rules.tenant_id = :context.tenant_id
WHERE c.tenant_id = :context.tenant_id AND c.id = :context.work_key::uuid
