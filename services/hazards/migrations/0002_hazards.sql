-- SPDX-License-Identifier: Apache-2.0
-- The ledger of hazards.

-- Sectors (行业领域) are data: rows are added, none is deleted.
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

-- (state before, action, state): the table in hazard_life.h. A function, since PostgreSQL reads a constraint's text anew for
-- each statement that writes a row.
CREATE FUNCTION hazard_life_allows(state_before smallint, action smallint, state smallint) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (state_before, action, state) IN (
        (0, 1, 1), (0, 3, 2), (0, 2, 6),
        (1, 3, 2), (1, 2, 6), (1, 23, 1), (1, 16, 1), (1, 20, 1), (1, 21, 8), (1, 22, 1),
        (2, 4, 3), (2, 5, 1), (2, 6, 2), (2, 7, 2), (2, 8, 2), (2, 9, 2), (2, 23, 2), (2, 16, 2), (2, 20, 2),
        (2, 21, 8), (2, 22, 2),
        (3, 10, 4), (3, 6, 2), (3, 7, 3), (3, 8, 3), (3, 9, 3), (3, 23, 3), (3, 16, 3), (3, 20, 3), (3, 21, 8),
        (3, 22, 3),
        (4, 11, 6), (4, 11, 5), (4, 12, 3), (4, 23, 4), (4, 16, 4), (4, 17, 4), (4, 19, 4), (4, 20, 4), (4, 21, 8),
        (4, 22, 4),
        (5, 13, 6), (5, 12, 3), (5, 17, 5), (5, 18, 5), (5, 19, 5),
        (6, 14, 7), (6, 15, 3),
        (7, 14, 7), (7, 15, 3));
END $$;

-- A record is kept as the packed message anlan.hazards.v1.Hazard: summary ‖ detail are the bytes of the after-image of its
-- last entry. The columns beside them are what scopes, lists, counters and constraints read.
CREATE TABLE hazards (
    tenant_id               uuid NOT NULL,
    id                      uuid NOT NULL,
    version                 bigint NOT NULL CHECK (version > 0),
    region_id               uuid,
    city_id                 uuid,
    county_id               uuid,
    township_id             uuid,
    unit_id                 uuid NOT NULL,
    state                   smallint NOT NULL,
    grade                   smallint NOT NULL CHECK (grade IN (1, 2)),
    sector                  text NOT NULL,    -- a code of sectors; the rules check it
    finding_unit_id         uuid NOT NULL,
    entered_at              timestamptz NOT NULL,
    responsible_unit_id     uuid,
    responsible_person      text NOT NULL,
    deadline                timestamptz,
    sending_unit_id         uuid,
    last_action             smallint NOT NULL,
    state_before            smallint,             -- NULL: it was new
    halt                    smallint CHECK (halt BETWEEN 1 AND 3),
    former_unit_ids         uuid[] NOT NULL,
    external_id             text NOT NULL,
    summary                 bytea NOT NULL,    -- all but the life
    detail                  bytea NOT NULL,    -- the life
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT life CHECK (hazard_life_allows(coalesce(state_before, 0::smallint), last_action, state)),
    -- No hazard leaves 登记 without responsible person, unit and deadline, unless it is voided.
    CONSTRAINT responsible CHECK (
        state IN (1, 8) OR (responsible_unit_id IS NOT NULL AND responsible_person <> '' AND deadline IS NOT NULL)),
    -- Nothing is closed, confirmed or voided while operations are halted for it.
    CONSTRAINT resumed CHECK (state NOT IN (6, 7, 8) OR coalesce(halt, 3) = 3)
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX hazards_external ON hazards (tenant_id, finding_unit_id, external_id) WHERE external_id <> '';

-- A page for any tier or party, in all sectors or one, is one index read.
CREATE INDEX hazards_entered ON hazards (entered_at DESC, id DESC);
CREATE INDEX hazards_region ON hazards (region_id, entered_at DESC, id DESC);
CREATE INDEX hazards_city ON hazards (city_id, entered_at DESC, id DESC);
CREATE INDEX hazards_county ON hazards (county_id, entered_at DESC, id DESC);
CREATE INDEX hazards_township ON hazards (township_id, entered_at DESC, id DESC);
CREATE INDEX hazards_region_sector ON hazards (region_id, sector, entered_at DESC, id DESC);
CREATE INDEX hazards_city_sector ON hazards (city_id, sector, entered_at DESC, id DESC);
CREATE INDEX hazards_county_sector ON hazards (county_id, sector, entered_at DESC, id DESC);
CREATE INDEX hazards_township_sector ON hazards (township_id, sector, entered_at DESC, id DESC);
CREATE INDEX hazards_unit ON hazards (unit_id, entered_at DESC, id DESC);
CREATE INDEX hazards_finding ON hazards (finding_unit_id, entered_at DESC, id DESC);
CREATE INDEX hazards_responsible ON hazards (responsible_unit_id, entered_at DESC, id DESC)
    WHERE responsible_unit_id IS NOT NULL;
CREATE INDEX hazards_sending ON hazards (sending_unit_id, entered_at DESC, id DESC)
    WHERE sending_unit_id IS NOT NULL;

-- A page of some states and grades: an ordered read for each of them.
CREATE INDEX hazards_region_state ON hazards (region_id, state, grade, entered_at DESC, id DESC);
CREATE INDEX hazards_city_state ON hazards (city_id, state, grade, entered_at DESC, id DESC);
CREATE INDEX hazards_county_state ON hazards (county_id, state, grade, entered_at DESC, id DESC);
CREATE INDEX hazards_township_state ON hazards (township_id, state, grade, entered_at DESC, id DESC);

-- What is to be rectified, by its deadline.
CREATE INDEX hazards_region_due ON hazards (region_id, deadline, id) WHERE state IN (2, 3);
CREATE INDEX hazards_city_due ON hazards (city_id, deadline, id) WHERE state IN (2, 3);
CREATE INDEX hazards_county_due ON hazards (county_id, deadline, id) WHERE state IN (2, 3);
CREATE INDEX hazards_township_due ON hazards (township_id, deadline, id) WHERE state IN (2, 3);
CREATE INDEX hazards_unit_due ON hazards (unit_id, deadline, id) WHERE state IN (2, 3);
CREATE INDEX hazards_finding_due ON hazards (finding_unit_id, deadline, id) WHERE state IN (2, 3);
CREATE INDEX hazards_responsible_due ON hazards (responsible_unit_id, deadline, id) WHERE state IN (2, 3);
CREATE INDEX hazards_sending_due ON hazards (sending_unit_id, deadline, id) WHERE state IN (2, 3);

-- Units that have passed a hazard on: a page of what they keep a view of is one index read.
CREATE TABLE hazard_views (
    tenant_id  uuid NOT NULL,
    hazard_id  uuid NOT NULL,
    unit_id    uuid NOT NULL,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, hazard_id, unit_id)
);
CREATE INDEX hazard_views_unit ON hazard_views (unit_id, entered_at DESC, hazard_id DESC);

CREATE FUNCTION hazard_views_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hazard_views (tenant_id, hazard_id, unit_id, entered_at)
    SELECT NEW.tenant_id, NEW.id, u, NEW.entered_at FROM unnest(NEW.former_unit_ids) AS f(u)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER hazard_views_keep AFTER INSERT OR UPDATE ON hazards FOR EACH ROW
    WHEN (NEW.former_unit_ids <> '{}') EXECUTE FUNCTION hazard_views_keep();

-- How many hazards a unit has in a sector, by grade and state. part 1: in a tenant's ledger; 2: in a township; 3: found at
-- the unit; 4: for which it is responsible. One row, since a step changes two of its counts.
CREATE TABLE hazard_counts (
    tenant_id   uuid NOT NULL,
    unit_id     uuid NOT NULL,
    part        smallint NOT NULL CHECK (part BETWEEN 1 AND 4),
    sector      text NOT NULL,
    region_id   uuid,
    city_id     uuid,
    county_id   uuid,
    township_id uuid,
    counts      bigint[] NOT NULL,    -- element 2 (state - 1) + grade; never below 0: hazard_counted.sql sees to it
    PRIMARY KEY (tenant_id, unit_id, part, sector)
) WITH (fillfactor = 50);
CREATE INDEX hazard_counts_unit ON hazard_counts (unit_id, part, sector);
CREATE INDEX hazard_counts_region ON hazard_counts (region_id, part, unit_id, sector);
CREATE INDEX hazard_counts_city ON hazard_counts (city_id, part, unit_id, sector);
CREATE INDEX hazard_counts_county ON hazard_counts (county_id, part, unit_id, sector);
CREATE INDEX hazard_counts_township ON hazard_counts (township_id, part, unit_id, sector);

ALTER TABLE hazards ENABLE ROW LEVEL SECURITY;
ALTER TABLE hazards FORCE ROW LEVEL SECURITY;

-- anlan.scope: 'all|units|parties|confined|at', see common/service/walls.c. One opaque CASE, which the planner cannot
-- turn into index conditions; each setting is parsed once, in an InitPlan.
CREATE POLICY wall ON hazards USING (
    CASE current_setting('anlan.wall', true)
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        county_id = ANY ((SELECT anlan_scope(2)::uuid[])::uuid[])
        OR region_id = ANY ((SELECT anlan_scope(2)::uuid[])::uuid[])
        OR city_id = ANY ((SELECT anlan_scope(2)::uuid[])::uuid[])
        OR township_id = ANY ((SELECT anlan_scope(2)::uuid[])::uuid[])
        OR ARRAY[unit_id, finding_unit_id, responsible_unit_id, sending_unit_id] || former_unit_ids
           && (SELECT anlan_scope(3)::uuid[])
        OR ARRAY[unit_id || '/', unit_id || '/' || sector] && (SELECT anlan_scope(5)::text[])
        OR ARRAY[county_id || '/' || sector, township_id || '/' || sector, city_id || '/' || sector,
                 region_id || '/' || sector] && (SELECT anlan_scope(4)::text[])
        OR anlan_scope(1) = 'all'
    ELSE false END)
    WITH CHECK (
    CASE current_setting('anlan.wall', true)
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

ALTER TABLE hazard_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE hazard_views FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON hazard_views USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN EXISTS (    -- whoever sees the hazard: its own wall says who
        SELECT FROM hazards h WHERE h.tenant_id = hazard_views.tenant_id AND h.id = hazard_views.hazard_id)
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

ALTER TABLE hazard_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE hazard_counts FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON hazard_counts USING (
    CASE current_setting('anlan.wall', true)
    WHEN 'batch' THEN tenant_id = ANY ((SELECT anlan_tenants())::uuid[])
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[county_id, township_id, city_id, region_id] && (SELECT anlan_scope(2)::uuid[])
        OR (part > 2 AND unit_id = ANY ((SELECT anlan_scope(3)::uuid[])::uuid[]))
        OR (part = 3 AND ARRAY[unit_id || '/', unit_id || '/' || sector] && (SELECT anlan_scope(5)::text[]))
        OR ARRAY[county_id || '/' || sector, township_id || '/' || sector, city_id || '/' || sector,
                 region_id || '/' || sector] && (SELECT anlan_scope(4)::text[])
        OR (SELECT anlan_scope(1)) = 'all'
    ELSE false END)
    WITH CHECK (
    CASE current_setting('anlan.wall', true)
    WHEN 'batch' THEN tenant_id = ANY ((SELECT anlan_tenants())::uuid[])
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

DO $$
BEGIN
    EXECUTE format('GRANT SELECT ON sectors TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON hazards TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT ON hazard_views TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON hazard_counts TO %I', current_database());
END $$;
