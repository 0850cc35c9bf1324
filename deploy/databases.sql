-- SPDX-License-Identifier: Apache-2.0
-- Roles and databases of an instance; run by a superuser through psql, again without harm. For each service an owner, who
-- migrates, and the service's own role, which owns nothing and cannot pass row security.
\set ON_ERROR_STOP on
SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', name)
FROM unnest(ARRAY['anlan_organisations_owner', 'anlan_organisations', 'anlan_hazards_owner', 'anlan_hazards']) AS r(name)
WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) \gexec
SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8'' TEMPLATE template0', name, name || '_owner')
FROM unnest(ARRAY['anlan_organisations', 'anlan_hazards']) AS d(name)
WHERE NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = name) \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', name)
FROM unnest(ARRAY['anlan_organisations', 'anlan_hazards']) AS d(name) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', name, name)
FROM unnest(ARRAY['anlan_organisations', 'anlan_hazards']) AS d(name) \gexec
