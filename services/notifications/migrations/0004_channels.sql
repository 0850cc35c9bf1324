-- SPDX-License-Identifier: Apache-2.0
-- Endpoints, and deliveries: messages on their way to them. Packed, as messages are.
CREATE TABLE endpoints (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    version     bigint NOT NULL CHECK (version > 0),
    region_id   uuid,
    city_id     uuid,
    county_id   uuid,
    township_id uuid,
    unit_id     uuid NOT NULL,
    code        text NOT NULL,
    retired     boolean NOT NULL,
    summary     bytea NOT NULL,
    detail      bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, unit_id, code)
);
CREATE INDEX endpoints_code ON endpoints (code, id);

-- state: 1 waits, 2 is being sent, 3 sent, 4 dead, 5 withdrawn. What waits or is being sent is due some time, and nothing
-- else: one attempt of a delivery is under way at a time.
CREATE TABLE deliveries (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    version     bigint NOT NULL CHECK (version > 0),
    region_id   uuid,
    city_id     uuid,
    county_id   uuid,
    township_id uuid,
    unit_id     uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    message_id  uuid NOT NULL,
    receiver    text NOT NULL,
    state       smallint NOT NULL CHECK (state BETWEEN 1 AND 5),
    due_at      timestamptz CHECK ((due_at IS NOT NULL) = (state IN (1, 2))),
    entered_at  timestamptz NOT NULL,
    summary     bytea NOT NULL,
    detail      bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, message_id, endpoint_id)
) WITH (fillfactor = 80);

-- What is due of each receiver, the longest first; what is being sent there; a page of all, and of dead letters.
CREATE INDEX deliveries_due ON deliveries (receiver, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_sending ON deliveries (receiver) WHERE state = 2;
CREATE INDEX deliveries_entered ON deliveries (entered_at DESC, id DESC);
CREATE INDEX deliveries_dead ON deliveries (entered_at DESC, id DESC) WHERE state = 4;

ALTER TABLE endpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE endpoints FORCE ROW LEVEL SECURITY;
ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE deliveries FORCE ROW LEVEL SECURITY;

-- Plans read all endpoints, and who sends reads all deliveries.
CREATE POLICY wall ON endpoints USING (
    CASE current_setting('anlan.wall', true)
    WHEN 'follow' THEN true
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[county_id, region_id, city_id, township_id] && (SELECT anlan_scope(2)::uuid[])
        OR unit_id = ANY ((SELECT anlan_scope(3)::uuid[])::uuid[])
        OR anlan_scope(1) = 'all'
    ELSE false END)
    WITH CHECK (
    CASE current_setting('anlan.wall', true)
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

CREATE POLICY wall ON deliveries USING (
    CASE current_setting('anlan.wall', true)
    WHEN 'follow' THEN true
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[county_id, region_id, city_id, township_id] && (SELECT anlan_scope(2)::uuid[])
        OR unit_id = ANY ((SELECT anlan_scope(3)::uuid[])::uuid[])
        OR anlan_scope(1) = 'all'
    ELSE false END)
    WITH CHECK (
    CASE current_setting('anlan.wall', true)
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

-- Who sends reads the messages that are sent: those that a delivery under way names, besides those that are due.
DROP POLICY wall ON messages;
CREATE POLICY wall ON messages USING (
    CASE current_setting('anlan.wall', true)
    WHEN 'follow' THEN
        due_at <= now()
        OR EXISTS (SELECT FROM deliveries d
                   WHERE d.tenant_id = messages.tenant_id AND d.message_id = messages.id AND d.due_at IS NOT NULL)
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        county_id = ANY ((SELECT anlan_scope(2)::uuid[])::uuid[])
        OR region_id = ANY ((SELECT anlan_scope(2)::uuid[])::uuid[])
        OR city_id = ANY ((SELECT anlan_scope(2)::uuid[])::uuid[])
        OR township_id = ANY ((SELECT anlan_scope(2)::uuid[])::uuid[])
        OR ARRAY[about_unit_id, finding_unit_id, responsible_unit_id, sending_unit_id]
           && (SELECT anlan_scope(3)::uuid[])
        OR ARRAY[about_unit_id || '/', about_unit_id || '/' || sector] && (SELECT anlan_scope(5)::text[])
        OR ARRAY[county_id || '/' || sector, township_id || '/' || sector, city_id || '/' || sector,
                 region_id || '/' || sector] && (SELECT anlan_scope(4)::text[])
        OR anlan_scope(1) = 'all'
    ELSE false END)
    WITH CHECK (
    CASE current_setting('anlan.wall', true)
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON endpoints TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON deliveries TO %I', current_database());
END $$;
