-- SPDX-License-Identifier: Apache-2.0
-- The unit that remains after MergeUnits, those that are merged into it, and what stands below these: no more than
-- LIMIT_CHANGES, which the rule holds against how many there are. Retired units stay below what they stood below.
WITH RECURSIVE kept AS (
    SELECT u.id FROM units u
    WHERE u.tenant_id = :context.tenant_id AND u.id = :request.id AND
-- include: in_scope
), merged AS (
    SELECT m.id
    FROM kept CROSS JOIN (SELECT DISTINCT i.id FROM unnest(:request.merged_ids::uuid[]) AS i(id)) i
    CROSS JOIN LATERAL (
        SELECT m.id FROM units m WHERE m.tenant_id = :context.tenant_id AND m.id = i.id LIMIT 1) m
), below AS (
    SELECT c.id, 2 AS depth FROM merged m
    JOIN units c ON c.tenant_id = :context.tenant_id AND c.parent_id = m.id AND c.retired_at IS NULL
    UNION ALL
    SELECT c.id, b.depth + 1 FROM below b
    JOIN units c ON c.tenant_id = :context.tenant_id AND c.parent_id = b.id
    WHERE b.depth < 64    -- more than the tree has
), changed AS (
    SELECT k.id, 0 AS depth FROM kept k
    UNION ALL
    SELECT m.id, 1 FROM merged m WHERE m.id <> :request.id
    UNION ALL
    SELECT b.id, b.depth FROM below b
)
SELECT
-- include: columns
    , (SELECT count(*) FROM merged m WHERE m.id <> :request.id)::int AS "facts.merged",
    EXISTS (SELECT FROM below b WHERE b.id = :request.id OR b.id = ANY (:request.merged_ids::uuid[]))
        AS "facts.nested",
    EXISTS (SELECT FROM merged m
            JOIN responsibilities r ON r.overseer_unit_id = m.id AND r.tenant_id = :context.tenant_id
            WHERE r.ends_at IS NULL OR r.ends_at > :context.now) AS "facts.oversees",
    (SELECT count(*) FROM changed) AS "facts.behind"
FROM (SELECT c.id, c.depth FROM changed c ORDER BY c.depth, c.id LIMIT 2000) c
JOIN units u ON u.tenant_id = :context.tenant_id AND u.id = c.id
ORDER BY c.depth, c.id
