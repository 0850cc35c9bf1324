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

CREATE TABLE hazards (
    tenant_id           uuid NOT NULL,
    id                  uuid NOT NULL,
    version             bigint NOT NULL CHECK (version > 0),
    region_id           uuid,
    city_id             uuid,
    county_id           uuid,
    township_id         uuid,
    unit_id             uuid NOT NULL,
    state               smallint NOT NULL,
    grade               smallint NOT NULL CHECK (grade IN (1, 2)),
    sector              text NOT NULL,    -- a code of sectors; the rules check it
    location            text NOT NULL,
    description         text NOT NULL CHECK (description <> ''),
    finding_unit_id     uuid NOT NULL,
    found_by            text NOT NULL,
    occurred_at         timestamptz NOT NULL,
    entered_at          timestamptz NOT NULL,
    responsible_unit_id uuid,
    responsible_person  text NOT NULL,
    deadline            timestamptz,
    sending_unit_id     uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT state_known CHECK (state IN (1, 2)),
    -- No hazard leaves 登记 without responsible person, unit and deadline.
    CONSTRAINT assigned_to_someone CHECK (
        state = 1 OR (responsible_unit_id IS NOT NULL AND responsible_person <> '' AND deadline IS NOT NULL))
) WITH (fillfactor = 85);

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

ALTER TABLE hazards ENABLE ROW LEVEL SECURITY;
ALTER TABLE hazards FORCE ROW LEVEL SECURITY;

-- anlan.scope: 'all|units|parties|confined', see common/service/walls.c. One opaque CASE, which the planner cannot turn
-- into index conditions; each setting is parsed once, in an InitPlan.
CREATE POLICY wall ON hazards USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[county_id, township_id, city_id, region_id] && (SELECT anlan_scope(2)::uuid[])
        OR ARRAY[unit_id, finding_unit_id, responsible_unit_id, sending_unit_id] && (SELECT anlan_scope(3)::uuid[])
        OR ARRAY[county_id || '/' || sector, township_id || '/' || sector, city_id || '/' || sector,
                 region_id || '/' || sector] && (SELECT anlan_scope(4)::text[])
        OR (SELECT anlan_scope(1)) = 'all'
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

DO $$
BEGIN
    EXECUTE format('GRANT SELECT ON sectors TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON hazards TO %I', current_database());
END $$;
