-- SPDX-License-Identifier: Apache-2.0
-- What is known of the ledger's hazards, and how many a campaign has brought.

-- (kind, state before, action, state): the table in task_life.h.
CREATE OR REPLACE FUNCTION task_life_allows(kind text, state_before smallint, action smallint, state smallint)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (kind, coalesce(state_before, 0::smallint), action, state) IN (
        ('campaigns', 0, 1, 1), ('campaigns', 0, 2, 1), ('campaigns', 1, 3, 1), ('campaigns', 1, 4, 1),
        ('campaigns', 1, 5, 1), ('campaigns', 1, 6, 2),
        ('receipts', 0, 2, 3),
        ('reports', 0, 7, 4), ('reports', 4, 8, 4),
        ('checklists', 0, 9, 5), ('checklists', 5, 10, 6),
        ('inspections', 0, 11, 7), ('inspections', 7, 12, 8), ('inspections', 7, 13, 8), ('inspections', 7, 14, 9),
        ('inspections', 7, 15, 10), ('inspections', 8, 12, 8), ('inspections', 8, 13, 8), ('inspections', 8, 14, 9),
        ('tracked_hazards', 0, 16, 11), ('tracked_hazards', 11, 17, 11));
END $$;

CALL task_table('tracked_hazards', '
    hazard_version bigint NOT NULL CHECK (hazard_version > 0),
    hazard_state   smallint NOT NULL,
    grade          smallint NOT NULL,
    deadline       timestamptz,
    campaign_id    uuid,
    inspection_id  uuid,
    closed_at      timestamptz');
CREATE INDEX tracked_hazards_campaign ON tracked_hazards (campaign_id, entered_at DESC, id DESC)
    WHERE campaign_id IS NOT NULL;
CREATE INDEX tracked_hazards_inspection ON tracked_hazards (inspection_id, entered_at DESC, id DESC)
    WHERE inspection_id IS NOT NULL;
CREATE INDEX tracked_hazards_closed ON tracked_hazards (unit_id, closed_at) WHERE closed_at IS NOT NULL;

-- How many hazards a campaign has. part 1: by sector; 2: by the unit that found them; 3: by the unit that must rectify
-- them. `label`: which one, "/", and the day of the deadline, counted from 1970 in China, of what is to be rectified; 0 for
-- the rest. `counts`: by the hazard's state, general ones from 1, major ones from 11.
CREATE TABLE campaign_counts (
    tenant_id   uuid NOT NULL,
    campaign_id uuid NOT NULL,
    part        smallint NOT NULL,
    label       text NOT NULL,
    region_id   uuid,
    city_id     uuid,
    county_id   uuid,
    township_id uuid,
    counts      bigint[] NOT NULL,    -- never below 0: tracked_counted.sql sees to it
    PRIMARY KEY (tenant_id, campaign_id, part, label)
) WITH (fillfactor = 50);
CREATE INDEX campaign_counts_campaign ON campaign_counts (campaign_id, part, label);
ALTER TABLE campaign_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE campaign_counts FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON campaign_counts USING (
    CASE current_setting('anlan.wall', true)
    WHEN 'batch' THEN tenant_id = ANY ((SELECT anlan_tenants())::uuid[])
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[county_id, township_id, city_id, region_id] && (SELECT anlan_scope(2)::uuid[])
        OR (SELECT anlan_scope(1)) = 'all'
    ELSE false END)
    WITH CHECK (
    CASE current_setting('anlan.wall', true)
    WHEN 'batch' THEN tenant_id = ANY ((SELECT anlan_tenants())::uuid[])
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON campaign_counts TO %I', current_database());
END $$;
