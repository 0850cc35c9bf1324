-- SPDX-License-Identifier: Apache-2.0
-- Makes Anlan's roles and databases. For psql, as a superuser; may run again.
-- Each service has two roles: <database>_owner migrates and owns the tables,
-- <database> serves and owns nothing. Neither passes row-level security.
-- How they sign in (peer, certificate, password) is set by pg_hba.conf and ALTER ROLE.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I', role)
FROM unnest(ARRAY['anlan_organisations_owner', 'anlan_organisations', 'anlan_hazards_owner', 'anlan_hazards',
                  'anlan_tasks_owner', 'anlan_tasks']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

SELECT format('ALTER ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', role)
FROM unnest(ARRAY['anlan_organisations_owner', 'anlan_organisations', 'anlan_hazards_owner', 'anlan_hazards',
                  'anlan_tasks_owner', 'anlan_tasks']) AS role
\gexec

-- Bytes order text the same under every version of the system's library; letters
-- are those of Unicode.
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C.UTF-8''',
              name, name || '_owner')
FROM unnest(ARRAY['anlan_organisations', 'anlan_hazards', 'anlan_tasks']) AS name
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name)
\gexec

REVOKE ALL ON DATABASE anlan_organisations, anlan_hazards, anlan_tasks FROM PUBLIC;
GRANT CONNECT ON DATABASE anlan_organisations TO anlan_organisations;
GRANT CONNECT ON DATABASE anlan_hazards TO anlan_hazards;
GRANT CONNECT ON DATABASE anlan_tasks TO anlan_tasks;

\connect anlan_organisations
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
\connect anlan_hazards
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
\connect anlan_tasks
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
