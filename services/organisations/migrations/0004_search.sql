-- SPDX-License-Identifier: Apache-2.0
-- Search: for each unit the endings of its name and its codes, so that a part of a name is the beginning of a key. Under
-- row security only leakproof operators reach an index; comparing text is, matching patterns is not.

CREATE TABLE unit_keys (
    tenant_id   uuid NOT NULL,
    key         text NOT NULL,
    quality     smallint NOT NULL,    -- 1 the whole of a name or code, 2 an ending of the name, 3 one of a former name
    unit_id     uuid NOT NULL,
    kind        smallint NOT NULL,
    code        text NOT NULL,
    region_id   uuid,
    city_id     uuid,
    county_id   uuid,
    township_id uuid,
    retired     boolean NOT NULL,
    PRIMARY KEY (tenant_id, key, unit_id, quality)
);
CREATE INDEX unit_keys_unit ON unit_keys (tenant_id, unit_id);

ALTER TABLE unit_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE unit_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON unit_keys USING (
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
    ELSE false END);

-- The keys of a unit. A query has at most 32 characters, and so has a key.
CREATE FUNCTION unit_search_keys(name text, code text, credit_code text, former_names text[])
RETURNS TABLE (key text, quality smallint)
LANGUAGE sql IMMUTABLE AS $$
    SELECT DISTINCT ON (k.key) k.key, k.quality::smallint
    FROM (
        SELECT left(lower(substr(name, i)), 32), CASE WHEN i = 1 THEN 1 ELSE 2 END
        FROM generate_series(1, char_length(name)) AS i
        UNION ALL SELECT code, 1 WHERE code <> ''
        UNION ALL SELECT lower(credit_code), 1 WHERE credit_code <> ''
        UNION ALL
        SELECT left(lower(substr(f, i)), 32), 3
        FROM unnest(former_names) AS f, generate_series(1, char_length(f)) AS i
    ) AS k(key, quality)
    ORDER BY k.key, k.quality
$$;

-- Keeps the keys as an index is kept: whatever statement writes the unit.
CREATE FUNCTION unit_keys_keep() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM unit_keys k WHERE k.tenant_id = NEW.tenant_id AND k.unit_id = NEW.id;
    INSERT INTO unit_keys (tenant_id, key, quality, unit_id, kind, code, region_id, city_id, county_id, township_id,
                           retired)
    SELECT NEW.tenant_id, k.key, k.quality, NEW.id, NEW.kind, NEW.code, NEW.region_id, NEW.city_id, NEW.county_id,
           NEW.township_id, NEW.retired_at IS NOT NULL
    FROM unit_search_keys(NEW.name, NEW.code, NEW.credit_code, NEW.former_names) k;
    RETURN NULL;
END $$;

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON unit_keys TO %I', current_database());
END $$;

-- The owner does not pass row security either, so it is lifted for the units that are there already.
ALTER TABLE units NO FORCE ROW LEVEL SECURITY;
ALTER TABLE unit_keys NO FORCE ROW LEVEL SECURITY;
INSERT INTO unit_keys (tenant_id, key, quality, unit_id, kind, code, region_id, city_id, county_id, township_id, retired)
SELECT u.tenant_id, k.key, k.quality, u.id, u.kind, u.code, u.region_id, u.city_id, u.county_id, u.township_id,
       u.retired_at IS NOT NULL
FROM units u CROSS JOIN LATERAL unit_search_keys(u.name, u.code, u.credit_code, u.former_names) k;
ALTER TABLE unit_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE units FORCE ROW LEVEL SECURITY;

CREATE TRIGGER unit_keys_made AFTER INSERT ON units FOR EACH ROW EXECUTE FUNCTION unit_keys_keep();
CREATE TRIGGER unit_keys_kept AFTER UPDATE ON units FOR EACH ROW
    WHEN ((OLD.name, OLD.code, OLD.credit_code, OLD.former_names, OLD.kind, OLD.region_id, OLD.city_id, OLD.county_id,
           OLD.township_id, OLD.retired_at)
          IS DISTINCT FROM
          (NEW.name, NEW.code, NEW.credit_code, NEW.former_names, NEW.kind, NEW.region_id, NEW.city_id, NEW.county_id,
           NEW.township_id, NEW.retired_at))
    EXECUTE FUNCTION unit_keys_keep();
