-- SPDX-License-Identifier: Apache-2.0
-- The log of a service: heads, entries, and the results of requests.

-- A statement that touches another number of rows than its rule foresaw undoes the transaction.
CREATE FUNCTION anlan_expect(touched bigint, foreseen bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    IF touched <> foreseen THEN
        RAISE EXCEPTION 'touched % rows, % foreseen', touched, foreseen USING ERRCODE = 'data_exception';
    END IF;
    RETURN touched;
END $$;

-- Settings that choose the wall: a transaction sets them anew before each statement that needs another. Unset and ''
-- both deny.
CREATE FUNCTION anlan_tenant() RETURNS uuid
LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('anlan.tenant', true), '')::uuid $$;

-- The tenants that a transaction writes, where common code reads and writes their logs.
CREATE FUNCTION anlan_tenants() RETURNS uuid[]
LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('anlan.tenants', true), '')::uuid[] $$;

-- A part of the caller's scope; NULL where it is not set or empty, and NULL denies.
CREATE FUNCTION anlan_scope(part int) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT nullif(split_part(current_setting('anlan.scope', true), '|', part), '') $$;

-- The units of a part of the caller's scope that names unit/sector; NULL likewise.
CREATE FUNCTION anlan_scope_units(part int) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(split_part(c, '/', 1)::uuid) FROM unnest(anlan_scope(part)::text[]) AS t(c) $$;

-- One row for each tenant: its last position. Locked before anything else of the tenant is read or written.
CREATE TABLE heads (
    tenant_id uuid PRIMARY KEY,
    position  bigint NOT NULL CHECK (position >= 0)
) WITH (fillfactor = 20);

-- Every change, once, as the bytes that were hashed. The service's role cannot change or delete them.
CREATE TABLE entries (
    tenant_id uuid NOT NULL,
    position  bigint NOT NULL CHECK (position > 0),
    algorithm smallint NOT NULL,
    digest    bytea NOT NULL,
    salt      bytea,
    entry     bytea,
    PRIMARY KEY (tenant_id, position)
);

-- Which request made which entry, kept for repeats: the entry's after-image is the reply.
CREATE TABLE results (
    tenant_id    uuid NOT NULL,
    caller_id    uuid NOT NULL,
    request_id   uuid NOT NULL,
    position     bigint NOT NULL,
    method       text NOT NULL,
    request_hash bytea NOT NULL,
    place        bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, caller_id, request_id)
);
CREATE INDEX results_created ON results USING brin (created_at);

-- How far the logs of other services that this one follows have been applied: moved in the transaction of the effects.
CREATE TABLE follow_cursors (
    source    text NOT NULL,
    tenant_id uuid NOT NULL,
    position  bigint NOT NULL CHECK (position >= 0),
    PRIMARY KEY (source, tenant_id)
) WITH (fillfactor = 20);

-- One process at a time follows a service. A second one would do no harm, and everything twice.
CREATE TABLE follow_leases (
    source text PRIMARY KEY,
    holder uuid NOT NULL,
    until  timestamptz NOT NULL
) WITH (fillfactor = 20);

-- What followed from an entry and was refused: the log behind it goes on, and this is tried again until it is settled.
CREATE TABLE follow_stuck (
    source    text NOT NULL,
    tenant_id uuid NOT NULL,
    position  bigint NOT NULL,    -- of a stream's record: its version
    ordinal   int NOT NULL,
    record_id uuid NOT NULL,      -- of a stream's record; nil: an entry of a log
    service   text NOT NULL,     -- whose method it is; '': this one's
    method    text NOT NULL,     -- '': what follows from the entry could not even be said; request is the entry then
    request   bytea NOT NULL,
    settled   int[] NOT NULL,    -- reasons of refusals that mean that there is nothing to do
    reason    text NOT NULL,
    message   text NOT NULL,
    tries     int NOT NULL,
    stuck_at  timestamptz NOT NULL DEFAULT now(),
    retry_at  timestamptz NOT NULL,
    PRIMARY KEY (source, tenant_id, position, ordinal, record_id)
);
CREATE INDEX follow_stuck_retry ON follow_stuck (source, retry_at);

-- How far the streams of the instance above have been applied, likewise.
CREATE TABLE follow_streams (
    source      text PRIMARY KEY,
    instance_id uuid NOT NULL,        -- whose stream it is
    cursor      text NOT NULL,
    digest      bytea NOT NULL,       -- the running digest behind it
    held        bigint NOT NULL,      -- records that it shows
    moved_at    timestamptz NOT NULL
) WITH (fillfactor = 50);

ALTER TABLE heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE heads FORCE ROW LEVEL SECURITY;
ALTER TABLE entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE entries FORCE ROW LEVEL SECURITY;
ALTER TABLE results ENABLE ROW LEVEL SECURITY;
ALTER TABLE results FORCE ROW LEVEL SECURITY;
ALTER TABLE follow_cursors ENABLE ROW LEVEL SECURITY;
ALTER TABLE follow_cursors FORCE ROW LEVEL SECURITY;
ALTER TABLE follow_leases ENABLE ROW LEVEL SECURITY;
ALTER TABLE follow_leases FORCE ROW LEVEL SECURITY;
ALTER TABLE follow_stuck ENABLE ROW LEVEL SECURITY;
ALTER TABLE follow_stuck FORCE ROW LEVEL SECURITY;
ALTER TABLE follow_streams ENABLE ROW LEVEL SECURITY;
ALTER TABLE follow_streams FORCE ROW LEVEL SECURITY;

CREATE POLICY wall ON heads USING (
    CASE current_setting('anlan.wall', true) WHEN 'batch' THEN tenant_id = ANY ((SELECT anlan_tenants())::uuid[])
    WHEN 'tenant' THEN tenant_id = anlan_tenant()
    WHEN 'upkeep' THEN true ELSE false END)
    WITH CHECK (
    CASE current_setting('anlan.wall', true) WHEN 'batch' THEN tenant_id = ANY ((SELECT anlan_tenants())::uuid[])
    WHEN 'tenant' THEN tenant_id = anlan_tenant()
    ELSE false END);
CREATE POLICY wall ON entries USING (
    CASE current_setting('anlan.wall', true) WHEN 'batch' THEN tenant_id = ANY ((SELECT anlan_tenants())::uuid[])
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);
-- Upkeep sees only what may go.
CREATE POLICY wall ON results USING (
    CASE current_setting('anlan.wall', true) WHEN 'batch' THEN tenant_id = ANY ((SELECT anlan_tenants())::uuid[])
    WHEN 'tenant' THEN tenant_id = anlan_tenant()
    WHEN 'upkeep' THEN created_at < now() - interval '30 days' ELSE false END);

CREATE POLICY wall ON follow_cursors USING (current_setting('anlan.wall', true) = 'follow');
CREATE POLICY wall ON follow_leases USING (current_setting('anlan.wall', true) = 'follow');
CREATE POLICY wall ON follow_stuck USING (current_setting('anlan.wall', true) = 'follow');
CREATE POLICY wall ON follow_streams USING (current_setting('anlan.wall', true) = 'follow');

-- The service's role is named like its database.
DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON heads TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT ON entries TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON results TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON follow_cursors TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON follow_leases TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON follow_stuck TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON follow_streams TO %I', current_database());
END $$;

-- What the reader of a part of the logs has been given: where his stream is, and which records he has. Unset and '' deny.
CREATE FUNCTION anlan_subject() RETURNS uuid
LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('anlan.subject', true), '')::uuid $$;
CREATE FUNCTION anlan_stream() RETURNS uuid
LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('anlan.stream', true), '')::uuid $$;

CREATE TABLE streams (
    id          uuid PRIMARY KEY,
    subject_id  uuid NOT NULL,    -- person or client
    post_id     uuid,             -- the acting post in which it began; NULL: by grants alone
    record_type text NOT NULL,
    projection  text NOT NULL,
    unit_id     uuid,
    sector      text NOT NULL,
    page        bigint NOT NULL CHECK (page >= 0),    -- the last page that the reader is known to have
    state       bytea NOT NULL,                       -- anlan.service.StreamState there
    next_state  bytea,                                -- … and behind the page that was served next
    opened_at   timestamptz NOT NULL DEFAULT now(),
    used_at     timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
CREATE INDEX streams_subject ON streams (subject_id, used_at);

CREATE TABLE stream_records (
    stream_id uuid NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    tenant_id uuid NOT NULL,
    record_id uuid NOT NULL,
    PRIMARY KEY (stream_id, tenant_id, record_id)
);

-- What is shown of records to whom. Rows are data: a service's migrations bring the first.
CREATE TABLE projections (
    record_type text NOT NULL,
    name        text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,31}$'),
    rank        int NOT NULL,         -- who names none gets the first that he may have
    permission  text NOT NULL,        -- what one needs, and within what
    shows       text[] NOT NULL,      -- paths of fields, "actor" for who made a change; {*}: everything
    PRIMARY KEY (record_type, name)
);

ALTER TABLE streams ENABLE ROW LEVEL SECURITY;
ALTER TABLE streams FORCE ROW LEVEL SECURITY;
ALTER TABLE stream_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE stream_records FORCE ROW LEVEL SECURITY;
ALTER TABLE projections ENABLE ROW LEVEL SECURITY;
ALTER TABLE projections FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON streams USING (
    CASE current_setting('anlan.wall', true) WHEN 'stream' THEN subject_id = anlan_subject()
    WHEN 'upkeep' THEN used_at < now() - interval '1 day' ELSE false END);
CREATE POLICY wall ON stream_records USING (
    CASE current_setting('anlan.wall', true) WHEN 'stream' THEN stream_id = (SELECT anlan_stream()) ELSE false END);
CREATE POLICY wall ON projections USING (true);    -- the service's role reads them, its owner writes them

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON streams TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON stream_records TO %I', current_database());
    EXECUTE format('GRANT SELECT ON projections TO %I', current_database());
END $$;

-- Logs that are copies of another instance's: this one applies their entries and adds none. The position is that of the
-- head, moved in the same transaction.
CREATE TABLE copies (
    tenant_id        uuid PRIMARY KEY,
    instance_id      uuid NOT NULL,      -- from which it comes
    position         bigint NOT NULL CHECK (position >= 0),
    source_position  bigint NOT NULL,    -- its last position there, when that was last seen
    checked_position bigint NOT NULL,    -- up to here it has been held against the source since it began anew
    contact_at       timestamptz NOT NULL,
    fault            text NOT NULL,      -- why nothing is copied any more; '': all is well
    fault_position   bigint NOT NULL,
    fault_at         timestamptz,
    CONSTRAINT copies_stopped_at_a_time CHECK ((fault = '') = (fault_at IS NULL))
) WITH (fillfactor = 50);
ALTER TABLE copies ENABLE ROW LEVEL SECURITY;
ALTER TABLE copies FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON copies USING (current_setting('anlan.wall', true) = 'follow');
DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON copies TO %I', current_database());
END $$;
