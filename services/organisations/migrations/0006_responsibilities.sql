-- SPDX-License-Identifier: Apache-2.0
-- The responsibility list. A line is seen by those whose territory has its place, by its unit and by the overseer.

CREATE TABLE responsibilities (
    tenant_id        uuid NOT NULL,    -- the instance
    id               uuid NOT NULL,
    version          bigint NOT NULL CHECK (version > 0),
    unit_id          uuid NOT NULL,
    region_id        uuid,
    city_id          uuid,
    county_id        uuid,
    township_id      uuid,
    sector           text NOT NULL,    -- '' for all
    overseer_unit_id uuid NOT NULL,
    leader_person_id uuid NOT NULL,
    leader_name      text NOT NULL CHECK (leader_name <> ''),
    leader_position  text NOT NULL,
    starts_at        timestamptz NOT NULL,
    ends_at          timestamptz,
    document         text NOT NULL CHECK (document <> ''),
    end_document     text NOT NULL,
    occurred_at      timestamptz NOT NULL,
    entered_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT responsibilities_end_after_their_beginning CHECK (ends_at >= starts_at)
);
CREATE INDEX responsibilities_unit ON responsibilities (unit_id, id);
CREATE INDEX responsibilities_overseer ON responsibilities (overseer_unit_id, id);
CREATE INDEX responsibilities_leader ON responsibilities (leader_person_id, id);
ALTER TABLE responsibilities ENABLE ROW LEVEL SECURITY;
ALTER TABLE responsibilities FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON responsibilities USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[region_id, city_id, county_id, township_id] && (SELECT anlan_scope(2)::uuid[])
        OR ARRAY[unit_id, overseer_unit_id] && (SELECT anlan_scope(3)::uuid[])
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
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON responsibilities TO %I', current_database());
END $$;
