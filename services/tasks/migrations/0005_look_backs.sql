-- SPDX-License-Identifier: Apache-2.0
-- Look-backs: rules, draws, re-checks.

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
        ('inspections', 7, 15, 10), ('inspections', 8, 12, 8), ('inspections', 8, 13, 8), ('inspections', 8, 14, 9),
        ('tracked_hazards', 0, 16, 11), ('tracked_hazards', 11, 17, 11),
        ('draw_rules', 0, 18, 5), ('draws', 0, 19, 12),
        ('rechecks', 0, 20, 1), ('rechecks', 1, 21, 13), ('rechecks', 13, 21, 13), ('rechecks', 1, 22, 14),
        ('rechecks', 13, 22, 14));
END $$;

CALL task_table('draw_rules', 'share_permille int NOT NULL CHECK (share_permille BETWEEN 0 AND 1000)');
CREATE INDEX draw_rules_entered ON draw_rules (entered_at DESC, id DESC);
-- How one draws is no secret: whoever has the permission reads it, wherever he is.
DROP POLICY wall ON draw_rules;
CREATE POLICY wall ON draw_rules USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN true
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

CALL task_table('draws', 'seed text NOT NULL CHECK (seed <> '''')');

CALL task_table('rechecks', '
    hazard_id uuid NOT NULL,
    draw_id   uuid NOT NULL,
    verdict   smallint CHECK (verdict IN (1, 2)),
    CONSTRAINT checked CHECK ((state = 14) = (verdict IS NOT NULL))');
-- A hazard is to be re-checked once at a time.
CREATE UNIQUE INDEX rechecks_open ON rechecks (tenant_id, hazard_id) WHERE state <> 14;
CREATE INDEX rechecks_draw ON rechecks (draw_id);
