-- SPDX-License-Identifier: Apache-2.0
-- Units move and merge. People, posts and lines of the responsibility list are where their unit is: their levels, by
-- which row security shows them, follow it and are no part of the record.

ALTER TABLE units
    ADD COLUMN moves     bytea,    -- a packed Moves
    ADD COLUMN following bigint NOT NULL DEFAULT 0 CHECK (following >= 0);

-- All below a unit, the retired too: their places follow as well. No index begins with tenant_id but the primary key: there
-- is one tenant, and a plan that is made while the table is small takes any of them to find a unit by its id, and then
-- reads the whole tree until the table is analysed.
DROP INDEX units_parent;
CREATE INDEX units_parent ON units (parent_id);
DROP INDEX units_all;
CREATE INDEX units_all ON units (code, id) WHERE version > 0;    -- said by the list of the whole instance alone
DROP INDEX unit_keys_unit;
CREATE INDEX unit_keys_unit ON unit_keys (unit_id);

-- (The conditions name no tenant, for the same reason: row security does.)
CREATE FUNCTION units_followed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE people SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE unit_id = NEW.id;
    UPDATE posts SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE unit_id = NEW.id;
    UPDATE responsibilities SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE unit_id = NEW.id;
    UPDATE unit_keys SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE unit_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER units_followed AFTER UPDATE ON units FOR EACH ROW
    WHEN ((OLD.region_id, OLD.city_id, OLD.county_id, OLD.township_id)
          IS DISTINCT FROM (NEW.region_id, NEW.city_id, NEW.county_id, NEW.township_id))
    EXECUTE FUNCTION units_followed();

-- What a key says of the unit besides its place. A unit that is new has no keys to be taken away.
CREATE OR REPLACE FUNCTION unit_keys_keep() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM unit_keys k WHERE k.unit_id = NEW.id;
    END IF;
    INSERT INTO unit_keys (tenant_id, key, quality, unit_id, kind, code, region_id, city_id, county_id, township_id,
                           retired)
    SELECT NEW.tenant_id, k.key, k.quality, NEW.id, NEW.kind, NEW.code, NEW.region_id, NEW.city_id, NEW.county_id,
           NEW.township_id, NEW.retired_at IS NOT NULL
    FROM unit_search_keys(NEW.name, NEW.code, NEW.credit_code, NEW.former_names) k
    ON CONFLICT DO NOTHING;    -- a unit that is made anew from the log may find its keys
    RETURN NULL;
END $$;
DROP TRIGGER unit_keys_kept ON units;
CREATE TRIGGER unit_keys_kept AFTER UPDATE ON units FOR EACH ROW
    WHEN ((OLD.name, OLD.code, OLD.credit_code, OLD.former_names, OLD.kind, OLD.retired_at)
          IS DISTINCT FROM
          (NEW.name, NEW.code, NEW.credit_code, NEW.former_names, NEW.kind, NEW.retired_at))
    EXECUTE FUNCTION unit_keys_keep();

DO $$
BEGIN
    EXECUTE format('GRANT UPDATE ON unit_keys TO %I', current_database());
END $$;
