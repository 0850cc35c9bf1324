-- SPDX-License-Identifier: Apache-2.0
-- Units move and merge. People, posts and lines of the responsibility list are where their unit is: their levels, by
-- which row security shows them, follow it and are no part of the record.

ALTER TABLE units
    ADD COLUMN moves     bytea,    -- a packed Moves
    ADD COLUMN following bigint NOT NULL DEFAULT 0 CHECK (following >= 0);

-- All below a unit, the retired too: their places follow as well.
DROP INDEX units_parent;
CREATE INDEX units_parent ON units (tenant_id, parent_id);

CREATE FUNCTION units_followed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE people SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE tenant_id = NEW.tenant_id AND unit_id = NEW.id;
    UPDATE posts SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE tenant_id = NEW.tenant_id AND unit_id = NEW.id;
    UPDATE responsibilities SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE tenant_id = NEW.tenant_id AND unit_id = NEW.id;
    UPDATE unit_keys SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE tenant_id = NEW.tenant_id AND unit_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER units_followed AFTER UPDATE ON units FOR EACH ROW
    WHEN ((OLD.region_id, OLD.city_id, OLD.county_id, OLD.township_id)
          IS DISTINCT FROM (NEW.region_id, NEW.city_id, NEW.county_id, NEW.township_id))
    EXECUTE FUNCTION units_followed();

-- What a key says of the unit besides its place.
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
