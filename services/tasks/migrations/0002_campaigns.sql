-- SPDX-License-Identifier: Apache-2.0
-- Campaigns, and what all tables of tasks share: a head of columns that scopes, lists and constraints read, and the record
-- as its packed message, summary ‖ detail, the very bytes of the after-image of its last entry.

-- Sectors (行业领域) are data: rows are added, none is deleted. Codes are those of the ledger.
CREATE TABLE sectors (
    code text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9_]{0,31}$'),
    zh   text NOT NULL,
    en   text NOT NULL
);
INSERT INTO sectors (code, zh, en) VALUES
    ('road_traffic', '道路交通', 'Road traffic'),
    ('food_and_drugs', '食品药品', 'Food and drugs'),
    ('hazardous_chemicals', '危化物品', 'Hazardous chemicals'),
    ('fireworks', '烟花爆竹', 'Fireworks'),
    ('public_order', '社会治安', 'Public order'),
    ('public_places', '公共场所', 'Public places'),
    ('coal_mines', '煤矿', 'Coal mines'),
    ('fire_safety', '消防', 'Fire safety'),
    ('construction', '建筑施工', 'Construction'),
    ('industry_and_trade', '工贸', 'Industry and trade'),
    ('special_equipment', '特种设备', 'Special equipment'),
    ('other', '其他', 'Other');

-- (kind, state before, action, state): the table in task_life.h.
CREATE FUNCTION task_life_allows(kind text, state_before smallint, action smallint, state smallint) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (kind, coalesce(state_before, 0::smallint), action, state) IN (
        ('campaigns', 0, 1, 1), ('campaigns', 0, 2, 1), ('campaigns', 1, 3, 1), ('campaigns', 1, 4, 1),
        ('campaigns', 1, 5, 1), ('campaigns', 1, 6, 2),
        ('receipts', 0, 2, 3),
        ('reports', 0, 7, 4), ('reports', 4, 8, 4));
END $$;

-- Units besides a record's own that see it, as a page of lists reads them.
CREATE TABLE parties (
    tenant_id  uuid NOT NULL,
    record_id  uuid NOT NULL,
    unit_id    uuid NOT NULL,
    kind       text NOT NULL,    -- the record's table
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, record_id, unit_id)
);
CREATE INDEX parties_unit ON parties (unit_id, kind, entered_at DESC, record_id DESC);
ALTER TABLE parties ENABLE ROW LEVEL SECURITY;
ALTER TABLE parties FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON parties USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        unit_id = ANY ((SELECT anlan_scope(2)::uuid[])::uuid[]) OR unit_id = ANY ((SELECT anlan_scope(3)::uuid[])::uuid[])
        OR (SELECT anlan_scope(1)) = 'all'
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

-- Keeps them; nobody who sees a record ever ceases to.
CREATE FUNCTION parties_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO parties (tenant_id, record_id, unit_id, kind, entered_at)
    SELECT NEW.tenant_id, NEW.id, u, TG_TABLE_NAME, NEW.entered_at FROM unnest(NEW.party_ids) AS p(u)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- Makes a table of records: the head that all have, its own columns, the life of its kind, the indexes of its pages, its
-- wall, what the service may do.
CREATE PROCEDURE task_table(name text, columns text) LANGUAGE plpgsql AS $procedure$
DECLARE
    level text;
BEGIN
    EXECUTE format($table$
        CREATE TABLE %I (
            tenant_id    uuid NOT NULL,
            id           uuid NOT NULL,
            version      bigint NOT NULL CHECK (version > 0),
            region_id    uuid,
            city_id      uuid,
            county_id    uuid,
            township_id  uuid,
            unit_id      uuid NOT NULL,
            state        smallint NOT NULL,
            last_action  smallint NOT NULL,
            state_before smallint,            -- NULL: it was new
            sector       text NOT NULL,       -- '' for several, or none
            party_ids    uuid[] NOT NULL,     -- units besides its own that see it
            entered_at   timestamptz NOT NULL,
            summary      bytea NOT NULL,      -- all but the detail
            detail       bytea NOT NULL,
            %s,
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT life CHECK (task_life_allows(%L, state_before, last_action, state)))$table$, name, columns, name);
    FOREACH level IN ARRAY ARRAY['region', 'city', 'county', 'township'] LOOP
        EXECUTE format('CREATE INDEX %I ON %I (%I, entered_at DESC, id DESC)', name || '_' || level, name, level || '_id');
    END LOOP;
    EXECUTE format('CREATE INDEX %I ON %I (unit_id, entered_at DESC, id DESC)', name || '_unit', name);
    EXECUTE format('CREATE TRIGGER parties_keep AFTER INSERT OR UPDATE ON %I FOR EACH ROW WHEN (NEW.party_ids <> ''{}'') '
                   'EXECUTE FUNCTION parties_keep()', name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format($policy$
        CREATE POLICY wall ON %I USING (
            CASE current_setting('anlan.wall', true)
            WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
            WHEN 'scope' THEN
                ARRAY[county_id, township_id, city_id, region_id] && (SELECT anlan_scope(2)::uuid[])
                OR unit_id = ANY ((SELECT anlan_scope(3)::uuid[])::uuid[])
                OR party_ids && (SELECT anlan_scope(2)::uuid[]) OR party_ids && (SELECT anlan_scope(3)::uuid[])
                OR ARRAY[unit_id || '/', unit_id || '/' || sector] && (SELECT anlan_scope(5)::text[])
                OR ARRAY[county_id || '/' || sector, township_id || '/' || sector, city_id || '/' || sector,
                         region_id || '/' || sector] && (SELECT anlan_scope(4)::text[])
                OR (SELECT anlan_scope(1)) = 'all'
            ELSE false END)
            WITH CHECK (
            CASE current_setting('anlan.wall', true)
            WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
            ELSE false END)$policy$, name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO %I', name, current_database());
END $procedure$;

CALL task_table('campaigns', '
    above_tenant_id uuid,
    above_id        uuid,
    received_by     text NOT NULL,
    CONSTRAINT above CHECK ((above_id IS NULL) = (above_tenant_id IS NULL))');
-- A unit receives a campaign from above once.
CREATE UNIQUE INDEX campaigns_received ON campaigns (tenant_id, above_id, unit_id) WHERE above_id IS NOT NULL;
CREATE INDEX campaigns_above ON campaigns (above_id, unit_id) WHERE above_id IS NOT NULL;

CALL task_table('receipts', '
    campaign_id uuid NOT NULL,
    received_by text NOT NULL CHECK (received_by <> '''')');
CREATE UNIQUE INDEX receipts_once ON receipts (tenant_id, campaign_id, unit_id);

CALL task_table('reports', '
    campaign_tenant_id uuid NOT NULL,
    campaign_id        uuid NOT NULL,
    round              int NOT NULL CHECK (round >= 0),
    checked            int NOT NULL CHECK (checked >= 0),
    found              int NOT NULL CHECK (found >= 0),
    late               boolean NOT NULL,
    reported_by        text NOT NULL CHECK (reported_by <> '''')');
CREATE UNIQUE INDEX reports_once ON reports (tenant_id, campaign_id, unit_id, round);
CREATE INDEX reports_campaign ON reports (campaign_id, round, unit_id);

DO $$
BEGIN
    EXECUTE format('GRANT SELECT ON sectors TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT ON parties TO %I', current_database());
END $$;
