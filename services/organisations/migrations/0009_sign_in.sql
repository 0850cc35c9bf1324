-- SPDX-License-Identifier: Apache-2.0
-- Accounts, clients and what they sign in with. The work wall shows one sign-in what belongs to its key: the name of an
-- account, the id of a session or of a client (common/service/sql/wall_work.sql).

-- The key of the work wall; NULL where it is unset or '', and NULL denies.
CREATE FUNCTION anlan_key() RETURNS text
LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('anlan.key', true), '') $$;

CREATE TABLE accounts (
    tenant_id            uuid NOT NULL,    -- the instance
    id                   uuid NOT NULL,
    version              bigint NOT NULL CHECK (version > 0),
    person_id            uuid NOT NULL,
    person_name          text NOT NULL,
    unit_id              uuid NOT NULL,    -- of record, when it was last changed
    region_id            uuid,
    city_id              uuid,
    county_id            uuid,
    township_id          uuid,
    name                 text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
    state                smallint NOT NULL CHECK (state IN (1, 2)),
    disabled_reason      text NOT NULL,
    needs_second_factor  boolean NOT NULL,
    second_factor_since  timestamptz,
    must_change_password boolean NOT NULL,
    password_changed_at  timestamptz NOT NULL,
    tokens_from          timestamptz,
    occurred_at          timestamptz NOT NULL,
    entered_at           timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT accounts_disabled_for_a_reason CHECK ((state = 1) = (disabled_reason = ''))
);
CREATE UNIQUE INDEX accounts_name ON accounts (tenant_id, name);
CREATE UNIQUE INDEX accounts_person ON accounts (tenant_id, person_id);
CREATE INDEX accounts_unit ON accounts (unit_id, id);

-- Where a person is signed in. `generation` is that of the refresh token that is good now.
CREATE TABLE sessions (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    name         text NOT NULL,    -- of the account
    account_id   uuid NOT NULL,
    person_id    uuid NOT NULL,
    device_id    uuid NOT NULL,
    post_id      uuid NOT NULL,
    grant_ids    uuid[] NOT NULL,
    generation   bigint NOT NULL CHECK (generation > 0),
    request_id   uuid,             -- of the refresh that made it
    created_at   timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    ended_at     timestamptz,      -- by a refresh token that was used twice
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX sessions_end ON sessions (ends_at);
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON sessions USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant())
        AND (id::text = (SELECT anlan_key()) OR name = (SELECT anlan_key()))
    WHEN 'upkeep' THEN ends_at < now() - interval '30 days'
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant())
        AND (id::text = (SELECT anlan_key()) OR name = (SELECT anlan_key()))
    ELSE false END);

ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON accounts USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[region_id, city_id, county_id, township_id] && (SELECT anlan_scope(2)::uuid[])
        OR unit_id = ANY ((SELECT anlan_scope(3)::uuid[])::uuid[])
        OR unit_id = ANY ((SELECT anlan_scope_units(5))::uuid[])
        OR ARRAY[region_id, city_id, county_id, township_id] && (
            SELECT array_agg(split_part(c, '/', 1)::uuid) FROM unnest(anlan_scope(4)::text[]) AS t(c))
        OR (SELECT anlan_scope(1)) = 'all'
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant())
        AND (name = (SELECT anlan_key()) OR id = (SELECT s.account_id FROM sessions s WHERE s.id::text = (SELECT anlan_key())))
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant())
        AND (name = (SELECT anlan_key()) OR id = (SELECT s.account_id FROM sessions s WHERE s.id::text = (SELECT anlan_key())))
    ELSE false END);

-- What proves that a person is the account's; no record, no entry. Kept when the tables are made anew from the log.
CREATE TABLE account_secrets (
    tenant_id        uuid NOT NULL,
    account_id       uuid NOT NULL,
    password_salt    bytea NOT NULL CHECK (length(password_salt) = 16),
    password_hash    bytea NOT NULL CHECK (length(password_hash) = 32),
    cost_log2        integer NOT NULL,
    block_size       integer NOT NULL,
    lanes            integer NOT NULL,
    factor_algorithm integer,
    factor_period    integer,
    factor_sealed    bytea,
    factor_step      bigint NOT NULL DEFAULT 0,    -- the last one whose code was accepted
    PRIMARY KEY (tenant_id, account_id)
);
ALTER TABLE account_secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON account_secrets USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant()) AND account_id = ANY (ARRAY(SELECT a.id FROM accounts a))
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant()) AND account_id = ANY (ARRAY(SELECT a.id FROM accounts a))
    ELSE false END);

-- Attempts to sign in that have not succeeded, for each name (whether anybody has it or not), and for each device on
-- which the account was signed in with before; the nil device stands for all others.
CREATE TABLE sign_in_attempts (
    tenant_id uuid NOT NULL,
    name      text NOT NULL,
    device_id uuid NOT NULL,
    count     integer NOT NULL,
    since     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, name, device_id)
);
CREATE INDEX sign_in_attempts_since ON sign_in_attempts USING brin (since);
ALTER TABLE sign_in_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON sign_in_attempts USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant()) AND name = (SELECT anlan_key())
    WHEN 'upkeep' THEN since < now() - interval '1 day'
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant()) AND name = (SELECT anlan_key())
    ELSE false END);

-- What is data about signing in; no row: the columns' defaults.
CREATE TABLE sign_in_rules (
    tenant_id          uuid PRIMARY KEY,
    cost_log2          integer NOT NULL DEFAULT 15 CHECK (cost_log2 BETWEEN 14 AND 20),
    block_size         integer NOT NULL DEFAULT 8 CHECK (block_size BETWEEN 8 AND 32),
    lanes              integer NOT NULL DEFAULT 1 CHECK (lanes BETWEEN 1 AND 16),
    password_min_chars integer NOT NULL DEFAULT 10 CHECK (password_min_chars BETWEEN 8 AND 64),
    attempts_most      integer NOT NULL DEFAULT 10 CHECK (attempts_most BETWEEN 3 AND 100),
    attempts_window_s  integer NOT NULL DEFAULT 900 CHECK (attempts_window_s BETWEEN 1 AND 86400),
    token_s            integer NOT NULL DEFAULT 900 CHECK (token_s BETWEEN 60 AND 3600),
    session_s          integer NOT NULL DEFAULT 43200 CHECK (session_s BETWEEN 600 AND 2592000),
    CONSTRAINT sign_in_rules_memory CHECK ((128::bigint << cost_log2) * block_size <= 268435456)
);
ALTER TABLE sign_in_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON sign_in_rules USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

CREATE TABLE clients (
    tenant_id          uuid NOT NULL,
    id                 uuid NOT NULL,
    version            bigint NOT NULL CHECK (version > 0),
    name               text NOT NULL CHECK (name <> ''),
    unit_id            uuid NOT NULL,
    region_id          uuid,
    city_id            uuid,
    county_id          uuid,
    township_id        uuid,
    public_key         bytea NOT NULL CHECK (length(public_key) IN (0, 32)),
    certificate_digest bytea NOT NULL CHECK (length(certificate_digest) IN (0, 32)),
    starts_at          timestamptz NOT NULL,
    ends_at            timestamptz NOT NULL,
    document           text NOT NULL,
    retired_at         timestamptz,
    retired_reason     text NOT NULL,
    tokens_from        timestamptz,
    occurred_at        timestamptz NOT NULL,
    entered_at         timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT clients_retired_for_a_reason CHECK ((retired_at IS NULL) = (retired_reason = '')),
    CONSTRAINT clients_prove_themselves CHECK (length(public_key) + length(certificate_digest) > 0),
    CONSTRAINT clients_end_after_their_beginning CHECK (ends_at > starts_at)
);
CREATE UNIQUE INDEX clients_name ON clients (tenant_id, name);
CREATE INDEX clients_unit ON clients (unit_id, id);
ALTER TABLE clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE clients FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON clients USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[region_id, city_id, county_id, township_id] && (SELECT anlan_scope(2)::uuid[])
        OR unit_id = ANY ((SELECT anlan_scope(3)::uuid[])::uuid[])
        OR unit_id = ANY ((SELECT anlan_scope_units(5))::uuid[])
        OR ARRAY[region_id, city_id, county_id, township_id] && (
            SELECT array_agg(split_part(c, '/', 1)::uuid) FROM unnest(anlan_scope(4)::text[]) AS t(c))
        OR (SELECT anlan_scope(1)) = 'all'
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant()) AND id::text = (SELECT anlan_key())
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant()) AND id::text = (SELECT anlan_key())
    ELSE false END);

-- Assertions that clients have used, until they are too old to be used anyhow.
CREATE TABLE client_nonces (
    tenant_id  uuid NOT NULL,
    client_id  uuid NOT NULL,
    nonce      bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, client_id, nonce)
);
CREATE INDEX client_nonces_expire ON client_nonces USING brin (expires_at);
ALTER TABLE client_nonces ENABLE ROW LEVEL SECURITY;
ALTER TABLE client_nonces FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON client_nonces USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant()) AND client_id::text = (SELECT anlan_key())
    WHEN 'upkeep' THEN expires_at < now() - interval '10 minutes'
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant()) AND client_id::text = (SELECT anlan_key())
    ELSE false END);

CREATE TABLE token_revocations (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    version       bigint NOT NULL CHECK (version = 1),
    token_id      uuid,
    session_id    uuid,
    subject_id    uuid,
    issued_before timestamptz NOT NULL,
    reason        text NOT NULL,
    unit_id       uuid,
    region_id     uuid,
    city_id       uuid,
    county_id     uuid,
    township_id   uuid,
    occurred_at   timestamptz NOT NULL,
    entered_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT token_revocations_of_one_kind CHECK (num_nonnulls(token_id, session_id, subject_id) = 1)
);
CREATE INDEX token_revocations_session ON token_revocations (tenant_id, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX token_revocations_subject ON token_revocations (tenant_id, subject_id) WHERE subject_id IS NOT NULL;
ALTER TABLE token_revocations ENABLE ROW LEVEL SECURITY;
ALTER TABLE token_revocations FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON token_revocations USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[region_id, city_id, county_id, township_id] && (SELECT anlan_scope(2)::uuid[])
        OR unit_id = ANY ((SELECT anlan_scope(3)::uuid[])::uuid[])
        OR unit_id = ANY ((SELECT anlan_scope_units(5))::uuid[])
        OR ARRAY[region_id, city_id, county_id, township_id] && (
            SELECT array_agg(split_part(c, '/', 1)::uuid) FROM unnest(anlan_scope(4)::text[]) AS t(c))
        OR (SELECT anlan_scope(1)) = 'all'
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant())
        AND (session_id::text = (SELECT anlan_key()) OR subject_id = ANY (ARRAY(SELECT a.person_id FROM accounts a)))
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant())
        AND (session_id::text = (SELECT anlan_key()) OR subject_id = ANY (ARRAY(SELECT a.person_id FROM accounts a)))
    ELSE false END);

-- A sign-in sees its person's posts, the names of their units, and how far the log is. Policies of their own: the walls
-- of these tables stay as they are.
CREATE POLICY work ON posts FOR SELECT USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant())
        AND person_id = ANY (ARRAY(SELECT a.person_id FROM accounts a))
    ELSE false END);
CREATE POLICY work ON units FOR SELECT USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant()) AND id = ANY (ARRAY(SELECT p.unit_id FROM posts p))
    ELSE false END);
CREATE POLICY work ON heads FOR SELECT USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'work' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON accounts, account_secrets, clients TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, sign_in_attempts, client_nonces TO %I',
                   current_database());
    EXECUTE format('GRANT SELECT, INSERT ON token_revocations TO %I', current_database());
    EXECUTE format('GRANT SELECT ON sign_in_rules TO %I', current_database());
END $$;
