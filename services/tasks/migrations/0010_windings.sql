-- SPDX-License-Identifier: Apache-2.0
-- Clocks that run are wound anew when a rule or a calendar is set that holds for them.

-- (kind, state before, action, state): the table in task_life.h.
CREATE OR REPLACE FUNCTION task_life_allows(kind text, state_before smallint, action smallint, state smallint)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (kind, coalesce(state_before, 0::smallint), action, state) IN (
        ('campaigns', 0, 1, 1), ('campaigns', 0, 2, 1), ('campaigns', 1, 3, 1), ('campaigns', 1, 4, 1),
        ('campaigns', 1, 5, 1), ('campaigns', 1, 6, 2), ('campaigns', 0, 27, 1), ('campaigns', 0, 27, 2),
        ('campaigns', 1, 27, 1), ('campaigns', 1, 27, 2),
        ('receipts', 0, 2, 3),
        ('reports', 0, 7, 4), ('reports', 4, 8, 4),
        ('checklists', 0, 9, 5), ('checklists', 5, 10, 6),
        ('inspections', 0, 11, 7), ('inspections', 7, 12, 8), ('inspections', 7, 13, 8), ('inspections', 7, 14, 9),
        ('inspections', 7, 15, 10), ('inspections', 8, 12, 8), ('inspections', 8, 13, 8), ('inspections', 8, 14, 9),
        ('tracked_hazards', 0, 16, 11), ('tracked_hazards', 11, 17, 11), ('tracked_hazards', 11, 23, 11),
        ('tracked_hazards', 11, 24, 11), ('tracked_hazards', 11, 28, 11),
        ('clock_rules', 0, 18, 5), ('calendars', 0, 9, 5),
        ('accidents', 0, 25, 15), ('accidents', 15, 26, 15), ('draw_rules', 0, 18, 5), ('draws', 0, 19, 12),
        ('rechecks', 0, 20, 1), ('rechecks', 1, 21, 13), ('rechecks', 13, 21, 13), ('rechecks', 1, 22, 14),
        ('rechecks', 13, 22, 14));
END $$;

-- By what a hazard's clock was wound: all rules and calendars for it that had been entered by then, NULL: none, or it does
-- not run; whether it counts working days; and the units above its own that are none of the place.
ALTER TABLE tracked_hazards ADD COLUMN clock_as_of timestamptz, ADD COLUMN clock_working boolean NOT NULL DEFAULT false,
    ADD COLUMN clock_unit_ids uuid[] NOT NULL DEFAULT '{}';

-- Hazards that are to be rectified, by each unit whose rules and calendars hold for them. A rule is new to those that
-- were wound by what had been entered before it; a calendar, to those of them that count working days. What looks for
-- these reads the index, for each unit that has a rule, tenant by tenant.
CREATE TABLE clock_units (
    tenant_id uuid NOT NULL,
    hazard_id uuid NOT NULL,
    unit_id   uuid NOT NULL,
    working   boolean NOT NULL,
    wound_at  timestamptz NOT NULL,    -- clock_as_of; -infinity for none
    PRIMARY KEY (tenant_id, hazard_id, unit_id)
);
CREATE INDEX clock_units_wound ON clock_units (unit_id, working, tenant_id, wound_at);

-- Its units while it is to be rectified (ASSIGNED, RECTIFYING); none otherwise.
CREATE FUNCTION clock_units_of(h tracked_hazards) RETURNS uuid[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN h.deadline IS NOT NULL AND h.hazard_state IN (2, 3)
        THEN array_remove(ARRAY[h.region_id, h.city_id, h.county_id, h.township_id, h.unit_id] || h.clock_unit_ids, NULL)
        ELSE '{}' END
$$;

-- Those that there are: each is wound anew once, where a rule holds for it.
ALTER TABLE tracked_hazards NO FORCE ROW LEVEL SECURITY;
INSERT INTO clock_units (tenant_id, hazard_id, unit_id, working, wound_at)
SELECT DISTINCT h.tenant_id, h.id, u.id, false, '-infinity'::timestamptz
FROM tracked_hazards h CROSS JOIN LATERAL unnest(clock_units_of(h)) AS u(id);
ALTER TABLE tracked_hazards FORCE ROW LEVEL SECURITY;

CREATE FUNCTION clock_units_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    units uuid[] := clock_units_of(NEW);
BEGIN
    DELETE FROM clock_units c WHERE c.tenant_id = NEW.tenant_id AND c.hazard_id = NEW.id AND c.unit_id <> ALL (units);
    INSERT INTO clock_units AS c (tenant_id, hazard_id, unit_id, working, wound_at)
    SELECT DISTINCT NEW.tenant_id, NEW.id, u.id, NEW.clock_working, coalesce(NEW.clock_as_of, '-infinity')
    FROM unnest(units) AS u(id)
    ON CONFLICT (tenant_id, hazard_id, unit_id)
        DO UPDATE SET working = excluded.working, wound_at = excluded.wound_at
        WHERE (c.working, c.wound_at) IS DISTINCT FROM (excluded.working, excluded.wound_at);
    RETURN NULL;
END $$;
CREATE TRIGGER clock_units_begin AFTER INSERT ON tracked_hazards FOR EACH ROW
    WHEN (NEW.deadline IS NOT NULL AND NEW.hazard_state IN (2, 3)) EXECUTE FUNCTION clock_units_keep();
CREATE TRIGGER clock_units_keep AFTER UPDATE ON tracked_hazards FOR EACH ROW
    WHEN ((OLD.hazard_state, OLD.deadline, OLD.clock_as_of, OLD.clock_working, OLD.clock_unit_ids)
          IS DISTINCT FROM (NEW.hazard_state, NEW.deadline, NEW.clock_as_of, NEW.clock_working, NEW.clock_unit_ids))
    EXECUTE FUNCTION clock_units_keep();

ALTER TABLE clock_units ENABLE ROW LEVEL SECURITY;
ALTER TABLE clock_units FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON clock_units USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN (SELECT anlan_scope(1)) = 'all' OR EXISTS (    -- whoever sees the hazard
        SELECT FROM tracked_hazards h WHERE h.tenant_id = clock_units.tenant_id AND h.id = clock_units.hazard_id)
    WHEN 'follow' THEN true
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

-- What looks for clocks that are to be wound reads when rules and calendars were entered, and nothing else.
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
                WHEN 'follow' THEN true
                ELSE false END)
                WITH CHECK (
                CASE (SELECT current_setting('anlan.wall', true))
                WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
                ELSE false END)$policy$, name);
    END LOOP;
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON clock_units TO %I', current_database());
END $$;
