-- SPDX-License-Identifier: Apache-2.0
-- For psql, in a migrated database, as the superuser: rows of a county that keeps a secret and of another one, people
-- who look, and walls.asks, which asks every prepared statement that walls.asked names. statement_walls_test.c tells
-- why.
-- Needs the variable tenancy: 'county' where each county is a tenant, 'instance' where the instance is the only one.
SET client_min_messages = warning;
CREATE SCHEMA walls;

-- Every id of what is secret begins with 5ec5e7. The region and the city are above both counties and belong to neither;
-- the first id is the township's too.
CREATE FUNCTION walls.id(secret boolean, variant int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
SELECT (CASE WHEN secret THEN '5ec5e700' ELSE '0a000000' END || '-0000-7000-8000-00000000000' || variant)::uuid $$;

CREATE FUNCTION walls.level(secret boolean, name text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
SELECT CASE name WHEN 'region' THEN '0b000000-0000-7000-8000-000000000001'
                 WHEN 'city' THEN '0b000000-0000-7000-8000-000000000002'
                 WHEN 'township' THEN walls.id(secret, 0)
                 ELSE (CASE WHEN secret THEN '5ec5e701' ELSE '0a000001' END || '-0000-7000-8000-000000000003')::uuid
       END $$;

CREATE TABLE walls.tenancy AS SELECT :'tenancy'::text AS kind;
CREATE FUNCTION walls.tenant(secret boolean) RETURNS uuid LANGUAGE sql STABLE AS $$
SELECT CASE kind WHEN 'instance' THEN '0b000000-0000-7000-8000-000000000000' ELSE walls.level(secret, 'county') END
FROM walls.tenancy $$;

-- What a column, or a parameter of its name, has: ids are the same everywhere, so that whatever is joined is found.
CREATE FUNCTION walls.value(type text, name text, secret boolean, variant int) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    level text := substring(name FROM '^(region|city|county|township)_id$');
BEGIN
    IF type LIKE '%[]' THEN
        IF name = 'counts' THEN
            RETURN '{' || repeat('1,', 39) || '1}';
        END IF;
        RETURN format('{"%s"}', replace(walls.value(left(type, -2), name, secret, variant), '\', '\\'));
    ELSIF level IS NOT NULL THEN
        RETURN walls.level(secret, level);
    ELSIF name ~ 'tenant_id$' THEN
        RETURN walls.tenant(secret);
    ELSIF type = 'uuid' THEN    -- what stands above has the next one: nothing is above itself
        RETURN walls.id(secret, variant + (name IN ('above_id', 'parent_id'))::int);
    ELSIF type IN ('smallint', 'integer', 'bigint') THEN
        RETURN CASE WHEN name = 'hazard_state' THEN 2 + variant    -- 6: closed, and its re-check (14) is over
                    WHEN name <> 'state' THEN 1 + variant WHEN variant = 4 THEN 14 ELSE 1 + variant / 2 END;
    ELSIF type = 'boolean' THEN
        RETURN variant & 4 > 0;
    ELSIF type = 'bytea' THEN
        RETURN convert_to(CASE WHEN secret THEN 'secret' ELSE 'own' END || variant, 'UTF8');
    ELSIF type = 'timestamp with time zone' THEN
        RETURN CASE WHEN name = 'wound_at' THEN '2025-06-01'
                    WHEN name !~ '(until|ends_at|superseded|expires|deadline|due_at|next_at)' THEN '2026-01-01'
                    WHEN variant & 2 = 0 THEN '2030-01-01' ELSE '2026-01-10' END;
    ELSIF name IN ('sector', 'of_sector') THEN
        RETURN 'fireworks';
    END IF;
    RETURN CASE WHEN name = 'external_id' THEN walls.id(secret, variant) || '/' || 1 + variant
                WHEN name = 'label' THEN walls.id(secret, variant) || '/20000'
                WHEN name ~ '_id$' THEN walls.id(secret, variant)::text
                WHEN secret THEN 'secret' || variant ELSE 'own' || variant END;
END $$;

-- Rows of every table that has tenants, four by four: what may be missing is or is not, what ends has or has not ended.
-- What services check of each other's rows is not the question here.
CREATE PROCEDURE walls.plant() LANGUAGE plpgsql AS $$
DECLARE
    planted record;
    constrained record;
BEGIN
    FOR constrained IN SELECT conrelid::regclass AS name, conname FROM pg_constraint
                       WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace AND conrelid <> 0 LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', constrained.name, constrained.conname);
    END LOOP;
    FOR planted IN
        SELECT c.oid::regclass AS name, s.secret,
               string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns,
               string_agg(CASE WHEN v.variant & 1 > 0 AND NOT a.attnotnull
                                    AND a.attname !~ '^(region|city|county|township)_id$' THEN 'NULL'
                               ELSE quote_literal(walls.value(format_type(a.atttypid, NULL), a.attname, s.secret,
                                                              v.variant)) END, ', ' ORDER BY a.attnum) AS row
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        CROSS JOIN (VALUES (true), (false)) AS s(secret)
        CROSS JOIN generate_series(0, 7) AS v(variant)
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
          AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id')
        GROUP BY c.oid, s.secret, v.variant
    LOOP
        EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES (%s) ON CONFLICT DO NOTHING', planted.name,
                       planted.columns, planted.row);
    END LOOP;
    IF to_regclass('parties') IS NOT NULL THEN    -- to records of each table that has parties
        DELETE FROM parties;
        INSERT INTO parties (tenant_id, record_id, unit_id, kind, entered_at)
        SELECT walls.tenant(true), walls.id(true, (k.number / 8)::int), walls.id(true, (k.number % 8)::int), k.name,
               '2026-01-01'
        FROM (SELECT c.relname AS name, row_number() OVER (ORDER BY c.relname) - 1 AS number
              FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
              WHERE a.attname = 'party_ids') k;
    END IF;
END $$;

-- Every row that names what is secret is gone, but for tables that are open.
CREATE PROCEDURE walls.forget(open text[]) LANGUAGE plpgsql AS $$
DECLARE
    name regclass;
BEGIN
    FOR name IN SELECT oid::regclass FROM pg_class
                WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL (open) LOOP
        EXECUTE format('DELETE FROM %s t WHERE to_jsonb(t)::text LIKE ''%%5ec5e7%%''', name);
    END LOOP;
END $$;

CREATE PROCEDURE walls.row_security(verb text) LANGUAGE plpgsql AS $$
DECLARE
    name regclass;
BEGIN
    FOR name IN SELECT oid::regclass FROM pg_class
                WHERE relkind = 'r' AND relforcerowsecurity AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s %s ROW LEVEL SECURITY', name, verb);
    END LOOP;
END $$;

CREATE FUNCTION walls.parts(pairs text[], part int) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
SELECT ARRAY(SELECT split_part(p.pair, '/', part)
             FROM unnest(pairs) WITH ORDINALITY AS p(pair, number) ORDER BY p.number) $$;

-- Who looks: the lists of a scope (common/service/walls.c), and its pairs.
CREATE TABLE walls.people (
    name     text PRIMARY KEY,
    units    uuid[] NOT NULL DEFAULT '{}',
    parties  uuid[] NOT NULL DEFAULT '{}',
    confined text[] NOT NULL DEFAULT '{}',
    at       text[] NOT NULL DEFAULT '{}',
    kept     text[] NOT NULL DEFAULT '{}',
    pairs    text[] NOT NULL DEFAULT '{}',    -- kind/unit/sector; and its parts
    pair_kinds   int[] GENERATED ALWAYS AS (walls.parts(pairs, 1)::int[]) STORED,
    pair_units   uuid[] GENERATED ALWAYS AS (walls.parts(pairs, 2)::uuid[]) STORED,
    pair_sectors text[] GENERATED ALWAYS AS (walls.parts(pairs, 3)) STORED
);
INSERT INTO walls.people (name, units, parties, confined, at, pairs, kept)
SELECT 'owner', ARRAY[k], s.ids, '{}', s.at, ARRAY['3/' || k || '/'] || s.pairs, s.kept
FROM walls.level(true, 'county') AS k,
     (SELECT array_agg(id) AS ids, array_agg(id || '/') AS at,
             array_agg('5/' || id || '/') || array_agg('6/' || id || '/') AS pairs,
             array_agg(id || '/t/' || walls.level(true, 'county') || '/') AS kept
      FROM generate_series(0, 7) AS v, walls.id(true, v) AS id) AS s;
-- Somebody of another region, city, county and township, and the same in one sector; another township of the same
-- county; a unit beside; somebody with another sector of this county (units and people are seen whatever their sector);
-- somebody who may see nothing.
CREATE TABLE walls.elsewhere AS
SELECT array_agg(id ORDER BY kind) AS units, array_agg(kind || '/' || id ORDER BY kind) AS pairs
FROM (SELECT kind, ('0a000003-0000-7000-8000-00000000000' || kind)::uuid FROM generate_series(1, 2) AS kind
      UNION ALL SELECT 3, walls.level(false, 'county')
      UNION ALL SELECT 4, walls.level(false, 'township')) AS t(kind, id);
INSERT INTO walls.people (name, units, pairs, kept)
SELECT 'elsewhere', e.units, ARRAY(SELECT p || '/' FROM unnest(e.pairs) AS p),
       ARRAY[walls.id(true, 0) || '/t/' || walls.level(false, 'county') || '/']
FROM walls.elsewhere e;
INSERT INTO walls.people (name, confined, pairs)
SELECT 'elsewhere_in_a_sector', ARRAY(SELECT u || '/fireworks' FROM unnest(e.units) AS u),
       ARRAY(SELECT p || '/fireworks' FROM unnest(e.pairs) AS p)
FROM walls.elsewhere e;
INSERT INTO walls.people (name, units, pairs, kept)
SELECT 'another_township', ARRAY[t], ARRAY['4/' || t || '/'], ARRAY[walls.id(false, 0) || '/t/' || t || '/']
FROM (VALUES ('0a000002-0000-7000-8000-000000000004'::uuid)) AS other(t);
INSERT INTO walls.people (name, parties, at, pairs)
SELECT 'another_unit', ARRAY[u], ARRAY[u || '/'], ARRAY['5/' || u || '/', '6/' || u || '/']
FROM walls.id(false, 0) AS u;
INSERT INTO walls.people (name, confined, pairs)
SELECT 'another_sector', ARRAY[k || '/road_traffic'], ARRAY['3/' || k || '/road_traffic']
FROM walls.tenancy, walls.level(true, 'county') AS k WHERE kind = 'county';
INSERT INTO walls.people (name) VALUES ('nobody');
-- One with the owner's scope, to whom nothing is addressed.
INSERT INTO walls.people (name, units, parties, at, pairs)
SELECT 'colleague', o.units, o.parties, o.at, o.pairs FROM walls.people o WHERE o.name = 'owner';
-- Nobody's scope: that of a statement whose scope has been forgotten.
INSERT INTO walls.people (name, units, parties, confined, at, pairs, kept)
SELECT 'everything', ARRAY[walls.level(true, 'region')] || o.units, o.parties, '{}', o.at,
       ARRAY['1/' || walls.level(true, 'region') || '/', '2/' || walls.level(true, 'city') || '/',
             '4/' || walls.level(true, 'township') || '/'] || o.pairs, o.kept
FROM walls.people o WHERE o.name = 'owner';

-- Tables of which settings that are unset, empty, unknown or name nothing show rows. `open` show theirs to any scope
-- and any tenant.
CREATE FUNCTION walls.unwalled(open text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    wall text;
    setting text;
    name regclass;
    shown bigint;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', current_database());
    FOREACH wall IN ARRAY ARRAY[NULL, '', 'tenant', 'batch', 'scope', 'kept', 'stream', 'work', 'another'] LOOP
        FOREACH setting IN ARRAY ARRAY[NULL, '', '{}', '||||', '|{}|{}|{}|{}'] LOOP
            CONTINUE WHEN wall IS NULL AND setting IS NOT NULL;    -- what was set once is '' later
            CONTINUE WHEN setting = '{}' AND wall NOT IN ('batch', 'kept')
                       OR setting LIKE '%|%' AND wall NOT IN ('scope', 'another');
            IF wall IS NOT NULL THEN
                PERFORM set_config('anlan.wall', wall, true);
            END IF;
            IF setting IS NOT NULL THEN
                PERFORM set_config('anlan.' || s, setting, true)
                FROM unnest(ARRAY['tenant', 'tenants', 'scope', 'kept', 'subject', 'stream', 'key']) AS s
                WHERE CASE setting WHEN '' THEN true WHEN '{}' THEN s IN ('tenants', 'kept') ELSE s = 'scope' END;
            END IF;
            FOR name IN SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname = 'tenant_id'
                          AND has_table_privilege(c.oid, 'SELECT')
                          AND NOT (wall IN ('scope', 'tenant') AND c.relname = ANY (open)) LOOP
                EXECUTE format('SELECT count(*) FROM %s', name) INTO shown;
                IF shown > 0 THEN
                    RETURN NEXT format('%s shows %s rows behind the wall %L with %L', name, shown, wall, setting);
                END IF;
            END LOOP;
        END LOOP;
    END LOOP;
    RESET ROLE;
END $$;

CREATE FUNCTION walls.setting(list anyarray) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN cardinality(list) = 0 THEN '' ELSE list::text END $$;

-- What stands behind each wall: filled in by the test, whose statements are prepared under these names.
CREATE TABLE walls.asked (
    name       text NOT NULL,
    wall       text NOT NULL,       -- scope, tenant, kept
    scoped     boolean NOT NULL,    -- its parameters name a scope
    parameters text[] NOT NULL,
    PRIMARY KEY (name, wall)
);

-- A parameter's value. Of the request: with `bare` nothing, with `keys` ids and the most that may be asked for, with
-- `all` everything.
CREATE FUNCTION walls.given(statement text, parameter text, type text, mode text, variant int, scope walls.people)
RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    name text := substring(parameter FROM '[^.]*$');
    owns boolean := scope.name IN ('owner', 'colleague', 'everything');
BEGIN
    IF parameter LIKE 'context.page.%' THEN
        RETURN NULL;
    ELSIF name = 'scope_all' THEN
        RETURN scope.name = 'everything';
    ELSIF name = 'scope_unit' THEN
        RETURN scope.units;
    ELSIF name = 'scope_party' THEN
        RETURN scope.parties;
    ELSIF name = 'scope_confined' THEN
        RETURN scope.confined;
    ELSIF name = 'scope_at' THEN
        RETURN scope.at;
    ELSIF name = 'pair_kind' THEN
        RETURN scope.pair_kinds;
    ELSIF name = 'pair_unit' THEN
        RETURN scope.pair_units;
    ELSIF name = 'pair_sector' THEN
        RETURN scope.pair_sectors;
    ELSIF name = 'kept' THEN
        RETURN scope.kept;
    ELSIF name = 'only_unit' THEN
        RETURN CASE WHEN owns THEN walls.level(true, substring(statement FROM '[^_]*$')) ELSE scope.units[1] END;
    ELSIF parameter ~ '^(context|each)\.' THEN
        RETURN CASE WHEN name = 'now' THEN '2026-01-15' WHEN name ~ '_limit$' THEN '1000'
                    ELSE walls.value(type, name, name !~ '^caller_' OR scope.name <> 'colleague', variant) END;
    ELSIF type = 'boolean' AND mode <> 'all' THEN
        RETURN name ~ '^(include_|history)';
    ELSIF name ~ '_(from|until)$' AND type = 'timestamp with time zone' THEN
        RETURN CASE WHEN name ~ '_from$' THEN '2025-01-01' ELSE '2031-01-01' END;
    ELSIF name ~ 'tenant_id$' OR mode = 'all' OR mode = 'keys' AND name ~ '(id|ids|query|round|by)$' THEN
        RETURN walls.value(type, name, true, variant);
    END IF;
    RETURN CASE WHEN type LIKE '%[]' THEN '{}' WHEN type = 'text' THEN '' WHEN type = 'bigint' THEN '0' END;
END $$;

-- One line to run for each question of the owner, or of all others: `security` asks under a person's wall with
-- everything's scope, `scope` with the person's. Everything counts as an owner where the scope must be the whole
-- instance.
CREATE FUNCTION walls.asks(pass text, owners boolean) RETURNS SETOF text LANGUAGE sql STABLE AS $$
SELECT format('SELECT ''=%s %s %s %s''; BEGIN; SET LOCAL anlan.wall = %L; SET LOCAL anlan.tenant = %L; '
              'SET LOCAL anlan.scope = %L; SET LOCAL anlan.kept = %L; SET LOCAL ROLE %I; EXECUTE %I%s; ROLLBACK',
              a.name, a.wall, p.name, m.mode || m.variant, a.wall, walls.tenant(true),
              concat_ws('|', '', walls.setting(p.units), walls.setting(p.parties), walls.setting(p.confined),
                        walls.setting(p.at)),
              walls.setting(p.kept), current_database(), a.name,
              (SELECT '(' || string_agg(
                   quote_nullable(walls.given(a.name, a.parameters[n], t.type::text, m.mode, m.variant, s))
                   || '::' || t.type, ', ' ORDER BY n) || ')'
               FROM unnest(q.parameter_types) WITH ORDINALITY AS t(type, n)))
FROM walls.asked a
JOIN pg_prepared_statements q ON q.name = a.name
CROSS JOIN (SELECT 'bare', 0
            UNION ALL SELECT 'keys', generate_series(0, 3)
            UNION ALL SELECT 'all', generate_series(0, 7)) AS m(mode, variant)
JOIN walls.people p ON owners = p.name IN ('owner', 'everything')
                       AND (p.name <> 'everything' OR pass = 'scope' AND a.name ~ '_all$')
                       AND (p.name <> 'colleague' OR pass = 'scope' AND 'context.caller_id' = ANY (a.parameters))
JOIN walls.people s ON s.name = CASE pass WHEN 'scope' THEN p.name ELSE 'everything' END
WHERE CASE pass WHEN 'scope' THEN a.scoped ELSE a.wall <> 'tenant' END
ORDER BY a.name, a.wall, p.name, m.mode, m.variant $$;

SET statement_timeout = '60s';
SET jit = off;
SET plan_cache_mode = force_generic_plan;    -- thousands of questions, a hundred plans
SET session_replication_role = replica;
CALL walls.plant();
