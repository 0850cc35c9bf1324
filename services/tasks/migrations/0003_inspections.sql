-- SPDX-License-Identifier: Apache-2.0
-- Checklists and inspections.

-- (kind, state before, action, state): the table in task_life.h.
CREATE OR REPLACE FUNCTION task_life_allows(kind text, state_before smallint, action smallint, state smallint)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (kind, coalesce(state_before, 0::smallint), action, state) IN (
        ('campaigns', 0, 1, 1), ('campaigns', 0, 2, 1), ('campaigns', 1, 3, 1), ('campaigns', 1, 4, 1),
        ('campaigns', 1, 5, 1), ('campaigns', 1, 6, 2),
        ('receipts', 0, 2, 3),
        ('reports', 0, 7, 4), ('reports', 4, 8, 4),
        ('checklists', 0, 9, 5), ('checklists', 5, 10, 6),
        ('inspections', 0, 11, 7), ('inspections', 7, 12, 8), ('inspections', 7, 13, 8), ('inspections', 7, 14, 9),
        ('inspections', 7, 15, 10), ('inspections', 8, 12, 8), ('inspections', 8, 13, 8), ('inspections', 8, 14, 9));
END $$;

CALL task_table('checklists', 'code text NOT NULL, edition text NOT NULL');
CREATE UNIQUE INDEX checklists_edition ON checklists (tenant_id, code, edition);
CREATE INDEX checklists_entered ON checklists (entered_at DESC, id DESC);
-- What is looked at is no secret: whoever has the permission reads it, wherever he is.
DROP POLICY wall ON checklists;
CREATE POLICY wall ON checklists USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN true
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

-- Nobody has been there before it began, and it is not done before somebody was.
CALL task_table('inspections', '
    site_id     uuid NOT NULL,
    campaign_id uuid,
    planned_for timestamptz NOT NULL,
    visited_at  timestamptz,
    CONSTRAINT visited CHECK ((state IN (8, 9)) = (visited_at IS NOT NULL))');
CREATE INDEX inspections_site ON inspections (site_id, visited_at DESC);
CREATE INDEX inspections_campaign ON inspections (campaign_id) WHERE campaign_id IS NOT NULL;
