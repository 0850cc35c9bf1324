-- SPDX-License-Identifier: Apache-2.0
-- Clocks: rules, calendars, and what strikes when.

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
        ('tracked_hazards', 0, 16, 11), ('tracked_hazards', 11, 17, 11), ('tracked_hazards', 11, 23, 11), ('tracked_hazards', 11, 24, 11),
        ('clock_rules', 0, 18, 5), ('calendars', 0, 9, 5),
        ('draw_rules', 0, 18, 5), ('draws', 0, 19, 12),
        ('rechecks', 0, 20, 1), ('rechecks', 1, 21, 13), ('rechecks', 13, 21, 13), ('rechecks', 1, 22, 14),
        ('rechecks', 13, 22, 14));
END $$;

CALL task_table('clock_rules', 'warn_days int NOT NULL');
CREATE INDEX clock_rules_entered ON clock_rules (entered_at DESC, id DESC);
CALL task_table('calendars', 'year int NOT NULL');
CREATE INDEX calendars_entered ON calendars (entered_at DESC, id DESC);

-- They are no secret: whoever has the permission reads them, wherever he is.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['clock_rules', 'calendars'] LOOP
        EXECUTE format('DROP POLICY wall ON %I', name);
        EXECUTE format($policy$
            CREATE POLICY wall ON %I USING (
                CASE (SELECT current_setting('anlan.wall', true))
                WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
                WHEN 'scope' THEN true
                ELSE false END)
                WITH CHECK (
                CASE (SELECT current_setting('anlan.wall', true))
                WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
                ELSE false END)$policy$, name);
    END LOOP;
END $$;

-- When a hazard's clock strikes next: kept with each change of what is known of it. Times alone: what looks for what is
-- due sees nothing else.
ALTER TABLE tracked_hazards ADD COLUMN clock_next_at timestamptz, ADD COLUMN clock_stage int NOT NULL DEFAULT 0,
    ADD COLUMN clock_alarm_year int NOT NULL DEFAULT 0;
CREATE TABLE clocks (
    tenant_id uuid NOT NULL,
    hazard_id uuid NOT NULL,
    next_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, hazard_id)
);
CREATE INDEX clocks_next ON clocks (next_at, tenant_id);
ALTER TABLE clocks ENABLE ROW LEVEL SECURITY;
ALTER TABLE clocks FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON clocks USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN EXISTS (    -- whoever sees the hazard
        SELECT FROM tracked_hazards h WHERE h.tenant_id = clocks.tenant_id AND h.id = clocks.hazard_id)
    WHEN 'follow' THEN true
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);
CREATE FUNCTION clocks_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.clock_next_at IS NULL THEN
        DELETE FROM clocks c WHERE c.tenant_id = NEW.tenant_id AND c.hazard_id = NEW.id;
    ELSE
        INSERT INTO clocks AS c (tenant_id, hazard_id, next_at) VALUES (NEW.tenant_id, NEW.id, NEW.clock_next_at)
        ON CONFLICT (tenant_id, hazard_id) DO UPDATE SET next_at = excluded.next_at;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER clocks_keep AFTER INSERT OR UPDATE ON tracked_hazards FOR EACH ROW EXECUTE FUNCTION clocks_keep();

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON clocks TO %I', current_database());
END $$;
