-- SPDX-License-Identifier: Apache-2.0
-- The tree of units. One tenant: the instance itself.

CREATE TABLE units (
    tenant_id       uuid NOT NULL,    -- the instance
    id              uuid NOT NULL,
    version         bigint NOT NULL CHECK (version > 0),
    parent_id       uuid,
    kind            smallint NOT NULL CHECK (kind BETWEEN 1 AND 10),
    name            text NOT NULL CHECK (name <> ''),
    code            text NOT NULL,    -- '' for units that are no tier
    region_id       uuid,
    city_id         uuid,
    county_id       uuid,
    township_id     uuid,
    is_tenant       boolean NOT NULL,
    owner_tenant_id uuid,
    sectors         text[] NOT NULL,
    occurred_at     timestamptz NOT NULL,
    entered_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX units_code ON units (tenant_id, code) WHERE code <> '';
CREATE INDEX units_all ON units (tenant_id, code, id);
CREATE INDEX units_region ON units (region_id, code, id);
CREATE INDEX units_city ON units (city_id, code, id);
CREATE INDEX units_county ON units (county_id, code, id);
CREATE INDEX units_township ON units (township_id, code, id);

ALTER TABLE units ENABLE ROW LEVEL SECURITY;
ALTER TABLE units FORCE ROW LEVEL SECURITY;

-- anlan.scope: 'all|units|parties|confined', see common/service/walls.c. Sectors confine records, not units.
CREATE POLICY wall ON units USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[region_id, city_id, county_id, township_id] && (SELECT anlan_scope(2)::uuid[])
        OR id = ANY ((SELECT anlan_scope(3)::uuid[])::uuid[])
        OR id = ANY ((SELECT anlan_scope_units(5))::uuid[])
        OR ARRAY[region_id, city_id, county_id, township_id] && (
            SELECT array_agg(split_part(c, '/', 1)::uuid) FROM unnest(anlan_scope(4)::text[]) AS t(c))
        OR (SELECT anlan_scope(1)) = 'all'
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON units TO %I', current_database());
END $$;
