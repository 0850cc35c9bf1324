-- SPDX-License-Identifier: Apache-2.0
-- Urgent reports, packed as messages are, and their settings.
CREATE TABLE urgent_reports (
    tenant_id         uuid NOT NULL,
    id                uuid NOT NULL,
    version           bigint NOT NULL CHECK (version > 0),
    region_id         uuid,
    city_id           uuid,
    county_id         uuid,
    township_id       uuid,
    unit_id           uuid NOT NULL,
    reporting_unit_id uuid NOT NULL,
    entered_at        timestamptz NOT NULL,
    due_at            timestamptz,    -- when its next clock runs out
    summary           bytea NOT NULL,
    detail            bytea NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX urgent_reports_entered ON urgent_reports (entered_at DESC, id DESC);
CREATE INDEX urgent_reports_due ON urgent_reports (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE report_settings (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    version     bigint NOT NULL CHECK (version > 0),
    region_id   uuid,
    city_id     uuid,
    county_id   uuid,
    township_id uuid,
    unit_id     uuid NOT NULL,
    summary     bytea NOT NULL,
    detail      bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, unit_id)
);

ALTER TABLE urgent_reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE urgent_reports FORCE ROW LEVEL SECURITY;
ALTER TABLE report_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE report_settings FORCE ROW LEVEL SECURITY;

-- The scheduler sees what is due, of all tenants.
CREATE POLICY wall ON urgent_reports USING (
    CASE current_setting('anlan.wall', true)
    WHEN 'follow' THEN due_at <= now()
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[county_id, region_id, city_id, township_id] && (SELECT anlan_scope(2)::uuid[])
        OR ARRAY[unit_id, reporting_unit_id] && (SELECT anlan_scope(3)::uuid[])
        OR unit_id || '/' = ANY ((SELECT anlan_scope(5)::text[])::text[])
        OR anlan_scope(1) = 'all'
    ELSE false END)
    WITH CHECK (
    CASE current_setting('anlan.wall', true)
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

-- Settings inherit down the tree: the rules read those of tenants above, and there is no secret in them.
CREATE POLICY wall ON report_settings USING (
    current_setting('anlan.wall', true) IN ('tenant', 'scope', 'follow'))
    WITH CHECK (
    CASE current_setting('anlan.wall', true)
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON urgent_reports TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON report_settings TO %I', current_database());
END $$;
