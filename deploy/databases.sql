-- SPDX-License-Identifier: Apache-2.0
-- Makes Anlan's roles and databases. For psql, as a superuser; may run again.
-- Each service has two roles: <database>_owner migrates and owns the tables,
-- <database> serves and owns nothing. Neither passes row-level security.
-- How they sign in (peer, certificate, password) is set by pg_hba.conf and ALTER ROLE.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

-- The services; psql -v services='…' names others.
\if :{?services}
\else
\set services 'organisations hazards tasks notifications'
\endif

CREATE TEMPORARY TABLE wanted AS
SELECT 'anlan_' || name AS name FROM unnest(string_to_array(:'services', ' ')) AS name;

SELECT format('CREATE ROLE %I', role)
FROM (SELECT name FROM wanted UNION SELECT name || '_owner' FROM wanted) AS roles(role)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

SELECT format('ALTER ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', role)
FROM (SELECT name FROM wanted UNION SELECT name || '_owner' FROM wanted) AS roles(role)
\gexec

-- Backups read the whole cluster as it lies on the disk, and nothing else.
SELECT 'CREATE ROLE anlan_backup' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'anlan_backup')
\gexec
ALTER ROLE anlan_backup LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE REPLICATION;

-- Bytes order text the same under every version of the system's library; letters
-- are those of Unicode.
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C.UTF-8''',
              name, name || '_owner')
FROM wanted
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name)
\gexec

-- In a new database nobody but its owner may create in the schema public (PostgreSQL 15 and later).
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', name) FROM wanted
\gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', name, name) FROM wanted
\gexec
