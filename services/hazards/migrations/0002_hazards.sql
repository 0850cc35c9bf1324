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

-- anlan.scope: 'all|units|parties|kinds|units|sectors', see common/service/walls.c. One opaque CASE, which the planner
-- cannot turn into index conditions; the settings are parsed once, in InitPlans.
CREATE POLICY wall ON hazards USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        (SELECT split_part(current_setting('anlan.scope', true), '|', 1)) = 'all'
        OR county_id = ANY ((SELECT nullif(split_part(current_setting('anlan.scope', true), '|', 2), '')::uuid[])::uuid[])
        OR city_id = ANY ((SELECT nullif(split_part(current_setting('anlan.scope', true), '|', 2), '')::uuid[])::uuid[])
        OR region_id = ANY ((SELECT nullif(split_part(current_setting('anlan.scope', true), '|', 2), '')::uuid[])::uuid[])
        OR township_id = ANY ((SELECT nullif(split_part(current_setting('anlan.scope', true), '|', 2), '')::uuid[])::uuid[])
        OR unit_id = ANY ((SELECT nullif(split_part(current_setting('anlan.scope', true), '|', 3), '')::uuid[])::uuid[])
        OR finding_unit_id = ANY ((SELECT nullif(split_part(current_setting('anlan.scope', true), '|', 3), '')::uuid[])::uuid[])
        OR responsible_unit_id = ANY ((SELECT nullif(split_part(current_setting('anlan.scope', true), '|', 3), '')::uuid[])::uuid[])
        OR sending_unit_id = ANY ((SELECT nullif(split_part(current_setting('anlan.scope', true), '|', 3), '')::uuid[])::uuid[])
        OR EXISTS (
            SELECT 1
            FROM unnest((SELECT nullif(split_part(current_setting('anlan.scope', true), '|', 4), '')::int[]),
                        (SELECT nullif(split_part(current_setting('anlan.scope', true), '|', 5), '')::uuid[]),
                        (SELECT nullif(split_part(current_setting('anlan.scope', true), '|', 6), '')::text[]))
                 AS s(kind, unit, sector)
            WHERE s.sector = hazards.sector
              AND CASE s.kind WHEN 1 THEN s.unit = region_id WHEN 2 THEN s.unit = city_id
                              WHEN 3 THEN s.unit = county_id WHEN 4 THEN s.unit = township_id
                              WHEN 5 THEN s.unit IN (unit_id, finding_unit_id, responsible_unit_id, sending_unit_id)
                              ELSE false END)
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
