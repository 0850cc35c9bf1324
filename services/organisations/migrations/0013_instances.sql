-- SPDX-License-Identifier: Apache-2.0
-- Other instances: those above and below this one.

-- The wall of a table whose records stand at a unit, as people do: with tenant_id, unit_id and the units of all levels.
CREATE PROCEDURE wall_at_unit(name text) LANGUAGE plpgsql AS $procedure$
BEGIN
    EXECUTE format($$ALTER TABLE %1$I ENABLE ROW LEVEL SECURITY;
ALTER TABLE %1$I FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON %1$I USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[region_id, city_id, county_id, township_id] && (SELECT anlan_scope(2)::uuid[])
        OR unit_id = ANY ((SELECT anlan_scope(3)::uuid[])::uuid[])
        OR unit_id = ANY ((SELECT anlan_scope_units(5))::uuid[])
        OR ARRAY[region_id, city_id, county_id, township_id] && (
            SELECT array_agg(split_part(c, '/', 1)::uuid) FROM unnest(anlan_scope(4)::text[]) AS t(c))
        OR (SELECT anlan_scope(1)) = 'all'
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END)$$, name);
END $procedure$;

CREATE TABLE instances (
    tenant_id             uuid NOT NULL,    -- this instance
    id                    uuid NOT NULL,
    version               bigint NOT NULL CHECK (version > 0),
    kind                  smallint NOT NULL CHECK (kind IN (1, 2)),
    unit_id               uuid NOT NULL,
    region_id             uuid,
    city_id               uuid,
    county_id             uuid,
    township_id           uuid,
    display_name          text NOT NULL CHECK (display_name <> ''),
    addresses             bytea NOT NULL,    -- a packed InstanceAddresses
    certificate_authority text NOT NULL CHECK (certificate_authority <> ''),
    state                 smallint NOT NULL CHECK (state IN (1, 2, 3)),
    reason                text NOT NULL,
    occurred_at           timestamptz NOT NULL,
    entered_at            timestamptz NOT NULL,
    state_since           timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT instances_are_others CHECK (id <> tenant_id),
    CONSTRAINT instances_stopped_for_a_reason CHECK ((state = 1) = (reason = ''))
);
CALL wall_at_unit('instances');

-- An instance is where its unit is, as people are.
CREATE FUNCTION instances_followed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE instances SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE unit_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER instances_followed AFTER UPDATE ON units FOR EACH ROW
    WHEN (OLD.region_id IS DISTINCT FROM NEW.region_id OR OLD.city_id IS DISTINCT FROM NEW.city_id
          OR OLD.county_id IS DISTINCT FROM NEW.county_id OR OLD.township_id IS DISTINCT FROM NEW.township_id)
    EXECUTE FUNCTION instances_followed();

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON instances TO %I', current_database());
END $$;
