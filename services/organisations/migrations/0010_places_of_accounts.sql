-- SPDX-License-Identifier: Apache-2.0
-- Accounts and clients are where their unit is, as people are: their levels follow it and are no part of the record.
CREATE OR REPLACE FUNCTION units_followed() RETURNS trigger
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
    UPDATE accounts SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE unit_id = NEW.id;
    UPDATE clients SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE unit_id = NEW.id;
    UPDATE unit_keys SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE unit_id = NEW.id;
    RETURN NULL;
END $$;
