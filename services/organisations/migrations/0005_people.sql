-- SPDX-License-Identifier: Apache-2.0
-- People and their posts. A row is seen by those whose territory has its place, and by its unit.

CREATE TABLE people (
    tenant_id      uuid NOT NULL,    -- the instance
    id             uuid NOT NULL,
    version        bigint NOT NULL CHECK (version > 0),
    unit_id        uuid NOT NULL,    -- of record
    region_id      uuid,
    city_id        uuid,
    county_id      uuid,
    township_id    uuid,
    name           text NOT NULL CHECK (name <> ''),
    phone          text NOT NULL,    -- masked; in full it stands in withheld
    phone_digest   bytea NOT NULL,
    occurred_at    timestamptz NOT NULL,
    entered_at     timestamptz NOT NULL,
    retired_at     timestamptz,
    retired_reason text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT people_retired_for_a_reason CHECK ((retired_at IS NULL) = (retired_reason = ''))
);
CREATE INDEX people_unit ON people (unit_id, id);
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
ALTER TABLE people FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON people USING (
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

CREATE TABLE posts (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    version      bigint NOT NULL CHECK (version > 0),
    person_id    uuid NOT NULL,
    person_name  text NOT NULL,
    unit_id      uuid NOT NULL,
    region_id    uuid,
    city_id      uuid,
    county_id    uuid,
    township_id  uuid,
    role         text NOT NULL CHECK (role <> ''),
    sectors      text[] NOT NULL,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz,
    document     text NOT NULL,
    end_document text NOT NULL,
    occurred_at  timestamptz NOT NULL,
    entered_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT posts_end_after_their_beginning CHECK (ends_at >= starts_at)
);
CREATE INDEX posts_unit ON posts (unit_id, id);
CREATE INDEX posts_person ON posts (person_id, id);
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
ALTER TABLE posts FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON posts USING (
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

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON people, posts TO %I', current_database());
END $$;
