-- SPDX-License-Identifier: Apache-2.0
-- Inboxes, and the rules by which they fill.

-- A record is kept as the packed message anlan.notifications.v1.Message: summary ‖ detail are the bytes of the after-image
-- of its last entry. The columns beside them are what scopes and lists read. Levels, sector and parties are those of what it
-- tells of: who does not reach that does not see the message.
CREATE TABLE messages (
    tenant_id           uuid NOT NULL,
    id                  uuid NOT NULL,
    version             bigint NOT NULL CHECK (version > 0),
    region_id           uuid,
    city_id             uuid,
    county_id           uuid,
    township_id         uuid,
    unit_id             uuid NOT NULL,    -- who receives it
    role                text NOT NULL,
    person_id           uuid,
    urgency             smallint NOT NULL CHECK (urgency BETWEEN 1 AND 3),
    state               smallint NOT NULL CHECK (state IN (1, 2)),
    sector              text NOT NULL,
    about_unit_id       uuid NOT NULL,
    finding_unit_id     uuid,
    responsible_unit_id uuid,
    sending_unit_id     uuid,
    position            bigint NOT NULL,
    entered_at          timestamptz NOT NULL,
    due_at              timestamptz,    -- when the next rung of its ladder is due
    subject_id          uuid,
    summary             bytea NOT NULL,
    detail              bytea NOT NULL,
    PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 90);

-- A page of an inbox, all of it or what is open, and what came since: one index read each.
CREATE INDEX messages_unit ON messages (unit_id, entered_at DESC, id DESC) WHERE person_id IS NULL;
CREATE INDEX messages_unit_open ON messages (unit_id, entered_at DESC, id DESC) WHERE person_id IS NULL AND state = 1;
CREATE INDEX messages_person ON messages (person_id, entered_at DESC, id DESC) WHERE person_id IS NOT NULL;
CREATE INDEX messages_person_open ON messages (person_id, entered_at DESC, id DESC)
    WHERE person_id IS NOT NULL AND state = 1;
CREATE INDEX messages_unit_position ON messages (unit_id, position) WHERE person_id IS NULL;
CREATE INDEX messages_person_position ON messages (person_id, position) WHERE person_id IS NOT NULL;
CREATE INDEX messages_due ON messages (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX messages_subject ON messages (tenant_id, subject_id) WHERE due_at IS NOT NULL;

-- Rules, packed likewise.
CREATE TABLE notify_rules (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    version     bigint NOT NULL CHECK (version > 0),
    region_id   uuid,
    city_id     uuid,
    county_id   uuid,
    township_id uuid,
    unit_id     uuid NOT NULL,
    code        text NOT NULL,
    source      text NOT NULL,
    retired     boolean NOT NULL,
    summary     bytea NOT NULL,
    detail      bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, unit_id, code)
);
CREATE INDEX notify_rules_source ON notify_rules (source) WHERE NOT retired;

ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
ALTER TABLE notify_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE notify_rules FORCE ROW LEVEL SECURITY;

-- One opaque CASE, which the planner cannot turn into index conditions; each setting is parsed once, in an InitPlan.
CREATE POLICY wall ON messages USING (
    CASE current_setting('anlan.wall', true)
    WHEN 'follow' THEN due_at <= now()    -- the scheduler, of all tenants
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

-- Plans read all rules.
CREATE POLICY wall ON notify_rules USING (
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

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON messages TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON notify_rules TO %I', current_database());
END $$;
