-- SPDX-License-Identifier: Apache-2.0
-- Roles and grants. A role is no secret: whoever may read roles sees them all.

CREATE TABLE roles (
    tenant_id      uuid NOT NULL,    -- the instance
    id             uuid NOT NULL,
    version        bigint NOT NULL CHECK (version > 0),
    name           text NOT NULL CHECK (name <> ''),
    zh             text NOT NULL,
    en             text NOT NULL,
    permissions    text[] NOT NULL,
    separate_group text NOT NULL,
    retired        boolean NOT NULL,
    occurred_at    timestamptz NOT NULL,
    entered_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT roles_name UNIQUE (tenant_id, name)
);
ALTER TABLE roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE roles FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON roles USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN (SELECT nullif(current_setting('anlan.scope', true), '')) IS NOT NULL
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

-- A grant is seen by those whose territory has its place, by its unit, and by the units of grantor, grantee and requester.
-- Steps that nobody searches stand packed: requested, decided, revoked, reviewed (message GrantStep).
CREATE TABLE grants (
    tenant_id           uuid NOT NULL,
    id                  uuid NOT NULL,
    version             bigint NOT NULL CHECK (version > 0),
    region_id           uuid,
    city_id             uuid,
    county_id           uuid,
    township_id         uuid,
    state               smallint NOT NULL CHECK (state BETWEEN 1 AND 4),
    ground              smallint NOT NULL CHECK (ground BETWEEN 1 AND 6),
    grantor_post_id     uuid NOT NULL,
    grantor_person_id   uuid NOT NULL,
    grantor_person_name text NOT NULL,
    grantor_unit_id     uuid NOT NULL,
    parent_id           uuid,
    grantee_kind        smallint NOT NULL CHECK (grantee_kind BETWEEN 1 AND 3),
    grantee_id          uuid NOT NULL,
    grantee_name        text NOT NULL,
    grantee_unit_id     uuid,
    unit_id             uuid NOT NULL,
    sectors             text[] NOT NULL,
    permissions         text[] NOT NULL CHECK (cardinality(permissions) > 0),
    starts_at           timestamptz,
    ends_at             timestamptz NOT NULL,
    depth               integer NOT NULL CHECK (depth BETWEEN 0 AND 4),
    reason              text NOT NULL CHECK (reason <> ''),
    document            text NOT NULL,
    renews_id           uuid,
    requested           bytea NOT NULL,
    decided             bytea,
    revoked             bytea,
    reviewed            bytea,
    verdict             smallint,
    requester_unit_id   uuid,
    revoked_at          timestamptz,
    occurred_at         timestamptz NOT NULL,
    entered_at          timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT grants_end_after_their_beginning CHECK (ends_at > starts_at),
    -- An approved one has a beginning, and was decided by somebody, or taken in an emergency.
    CONSTRAINT grants_approved CHECK (state <> 2 OR (starts_at IS NOT NULL AND (decided IS NOT NULL OR ground = 6))),
    CONSTRAINT grants_revoked CHECK ((state = 4) = (revoked_at IS NOT NULL))
);
CREATE INDEX grants_unit ON grants (unit_id, id);
CREATE INDEX grants_grantee ON grants (grantee_id, id);
CREATE INDEX grants_grantor ON grants (grantor_person_id, id);
CREATE INDEX grants_waiting ON grants (id) WHERE state = 1;
CREATE INDEX grants_unreviewed ON grants (id) WHERE ground = 6 AND reviewed IS NULL;
ALTER TABLE grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE grants FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON grants USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[region_id, city_id, county_id, township_id] && (SELECT anlan_scope(2)::uuid[])
        OR ARRAY[unit_id, grantor_unit_id, grantee_unit_id, requester_unit_id] && (SELECT anlan_scope(3)::uuid[])
        OR unit_id = ANY ((SELECT anlan_scope_units(5))::uuid[])
        OR ARRAY[region_id, city_id, county_id, township_id] && (SELECT anlan_scope_units(4))
        OR (SELECT anlan_scope(1)) = 'all'
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON roles, grants TO %I', current_database());
END $$;
