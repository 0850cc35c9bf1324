-- SPDX-License-Identifier: Apache-2.0
-- Restricted records (限制查看): what an informant reported is kept by one unit, to itself.

ALTER TABLE hazards
    ADD COLUMN restricted_to_unit_id uuid,    -- NULL: nothing is withheld
    ADD COLUMN payload_digests       bytea[] NOT NULL DEFAULT '{}';

-- By what a restricted hazard is reached: its keeper, and, as a scope names them, territories (t), parties (p) and the
-- unit at which it stands (a), in a sector or in all.
CREATE FUNCTION hazard_kept_keys(keeper uuid, territories uuid[], parties uuid[], at uuid, sector text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(keeper || k)
    FROM (SELECT '/t/' || t || '/' || s FROM unnest(territories) AS a(t), unnest(ARRAY['', sector]) AS b(s)
          UNION ALL SELECT '/p/' || p || '/' FROM unnest(parties) AS a(p)
          UNION ALL SELECT '/a/' || at || '/' || s FROM unnest(ARRAY['', sector]) AS b(s)) AS keys(k)
    WHERE k IS NOT NULL $$;

-- The same of the caller; NULL, which denies, where it is not set or empty.
CREATE FUNCTION anlan_kept() RETURNS text[]
LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('anlan.kept', true), '')::text[] $$;

ALTER POLICY wall ON hazards USING (
    CASE current_setting('anlan.wall', true)
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        county_id = ANY ((SELECT anlan_scope(2)::uuid[])::uuid[])
        OR region_id = ANY ((SELECT anlan_scope(2)::uuid[])::uuid[])
        OR city_id = ANY ((SELECT anlan_scope(2)::uuid[])::uuid[])
        OR township_id = ANY ((SELECT anlan_scope(2)::uuid[])::uuid[])
        OR ARRAY[unit_id, finding_unit_id, responsible_unit_id, sending_unit_id] || former_unit_ids
           && (SELECT anlan_scope(3)::uuid[])
        OR ARRAY[unit_id || '/', unit_id || '/' || sector] && (SELECT anlan_scope(5)::text[])
        OR ARRAY[county_id || '/' || sector, township_id || '/' || sector, city_id || '/' || sector,
                 region_id || '/' || sector] && (SELECT anlan_scope(4)::text[])
        OR anlan_scope(1) = 'all'
    WHEN 'kept' THEN
        restricted_to_unit_id IS NOT NULL
        AND hazard_kept_keys(restricted_to_unit_id, ARRAY[region_id, city_id, county_id, township_id],
                             ARRAY[unit_id, finding_unit_id, responsible_unit_id, sending_unit_id], unit_id, sector)
            && (SELECT anlan_kept())
    ELSE false END);

-- What each version withheld. Only added to; a row may be erased by law, and the record's digest of it stays. It is kept
-- when the tables are made anew from the log, which does not have it.
CREATE TABLE hazard_payloads (
    tenant_id uuid NOT NULL,
    hazard_id uuid NOT NULL,
    version   bigint NOT NULL CHECK (version > 0),
    salt      bytea NOT NULL,
    payload   bytea NOT NULL,
    PRIMARY KEY (tenant_id, hazard_id, version)
);
ALTER TABLE hazard_payloads ENABLE ROW LEVEL SECURITY;
ALTER TABLE hazard_payloads FORCE ROW LEVEL SECURITY;

-- No scope shows it: a keeper's wall does, of the hazards that the same wall shows.
CREATE POLICY wall ON hazard_payloads USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'kept' THEN EXISTS (
        SELECT FROM hazards h WHERE h.tenant_id = hazard_payloads.tenant_id AND h.id = hazard_payloads.hazard_id)
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON hazard_payloads TO %I', current_database());
END $$;
