-- SPDX-License-Identifier: Apache-2.0
-- Listed supervision (挂牌督办): what a hazard's ledger knows of it, and the listings themselves, of the tenants that list.

-- (state before, action, state): the table in hazard_life.h.
CREATE OR REPLACE FUNCTION hazard_life_allows(state_before smallint, action smallint, state smallint) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (state_before, action, state) IN (
        (0, 1, 1), (0, 3, 2), (0, 2, 6), (0, 25, 1), (0, 25, 10), (0, 26, 10),
        (10, 27, 1), (10, 20, 10), (10, 21, 8), (10, 22, 10), (10, 24, 9),
        (1, 3, 2), (1, 2, 6), (1, 23, 1), (1, 16, 1), (1, 20, 1), (1, 21, 8), (1, 22, 1), (1, 24, 9),
        (1, 28, 1), (1, 32, 1),
        (2, 4, 3), (2, 5, 1), (2, 6, 2), (2, 7, 2), (2, 8, 2), (2, 9, 2), (2, 23, 2), (2, 16, 2), (2, 20, 2),
        (2, 21, 8), (2, 22, 2), (2, 24, 9), (2, 28, 2), (2, 32, 2),
        (3, 10, 4), (3, 6, 2), (3, 7, 3), (3, 8, 3), (3, 9, 3), (3, 23, 3), (3, 16, 3), (3, 20, 3), (3, 21, 8),
        (3, 22, 3), (3, 24, 9), (3, 28, 3), (3, 32, 3),
        (4, 11, 6), (4, 11, 5), (4, 12, 3), (4, 23, 4), (4, 16, 4), (4, 17, 4), (4, 19, 4), (4, 20, 4), (4, 21, 8),
        (4, 22, 4), (4, 24, 9), (4, 28, 4), (4, 32, 4),
        (5, 13, 6), (5, 12, 3), (5, 17, 5), (5, 18, 5), (5, 19, 5), (5, 24, 9), (5, 28, 5), (5, 29, 5), (5, 30, 6),
        (5, 31, 3), (5, 32, 5),
        (6, 14, 7), (6, 15, 3),
        (7, 14, 7), (7, 15, 3));
END $$;

ALTER TABLE hazards
    ADD COLUMN listing smallint,    -- NULL: never; 1 listed, 2 its closing is asked for, 3 delisted
    -- What is listed is open and major, and its closing is asked for once it was accepted.
    ADD CONSTRAINT listed CHECK (
        listing IS NULL OR listing = 3 OR (grade = 2 AND (listing = 2 AND state = 5 OR listing = 1 AND state BETWEEN 1 AND 5)));

-- What is listed now is little of what there is: a page of it reads nothing else.
CREATE INDEX hazards_region_listed ON hazards (region_id, entered_at DESC, id DESC) WHERE listing IN (1, 2);
CREATE INDEX hazards_city_listed ON hazards (city_id, entered_at DESC, id DESC) WHERE listing IN (1, 2);
CREATE INDEX hazards_county_listed ON hazards (county_id, entered_at DESC, id DESC) WHERE listing IN (1, 2);
CREATE INDEX hazards_township_listed ON hazards (township_id, entered_at DESC, id DESC) WHERE listing IN (1, 2);
CREATE INDEX hazards_unit_listed ON hazards (unit_id, entered_at DESC, id DESC) WHERE listing IN (1, 2);
CREATE INDEX hazards_finding_listed ON hazards (finding_unit_id, entered_at DESC, id DESC) WHERE listing IN (1, 2);
CREATE INDEX hazards_responsible_listed ON hazards (responsible_unit_id, entered_at DESC, id DESC) WHERE listing IN (1, 2);
CREATE INDEX hazards_sending_listed ON hazards (sending_unit_id, entered_at DESC, id DESC) WHERE listing IN (1, 2);

-- (state before, action, state): the table in listing_life.h.
CREATE FUNCTION listing_life_allows(state_before smallint, action smallint, state smallint) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (coalesce(state_before, 0::smallint), action, state) IN (
        (0, 1, 1), (1, 2, 2), (2, 3, 3), (3, 4, 4), (3, 5, 5), (4, 8, 7), (5, 6, 2),
        (1, 7, 6), (2, 7, 6), (3, 7, 6), (6, 8, 7));
END $$;

-- summary ‖ detail are the bytes of the after-image of the last entry, as of hazards.
CREATE TABLE listings (
    tenant_id        uuid NOT NULL,    -- who listed
    id               uuid NOT NULL,
    version          bigint NOT NULL CHECK (version > 0),
    region_id        uuid,             -- where the hazard is
    city_id          uuid,
    county_id        uuid,
    township_id      uuid,
    unit_id          uuid NOT NULL,
    state            smallint NOT NULL,
    last_action      smallint NOT NULL,
    state_before     smallint,         -- NULL: it was new
    sector           text NOT NULL,
    listing_unit_id  uuid NOT NULL,
    hazard_tenant_id uuid NOT NULL,
    hazard_id        uuid NOT NULL,
    until            timestamptz NOT NULL,
    hazard_version   bigint NOT NULL,
    entered_at       timestamptz NOT NULL,
    summary          bytea NOT NULL,
    detail           bytea NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT life CHECK (listing_life_allows(state_before, last_action, state))
);
-- A tenant lists a hazard once at a time.
CREATE UNIQUE INDEX listings_open ON listings (tenant_id, hazard_id) WHERE state < 6;
CREATE INDEX listings_hazard ON listings (hazard_id);
CREATE INDEX listings_region ON listings (region_id, entered_at DESC, id DESC);
CREATE INDEX listings_city ON listings (city_id, entered_at DESC, id DESC);
CREATE INDEX listings_county ON listings (county_id, entered_at DESC, id DESC);
CREATE INDEX listings_township ON listings (township_id, entered_at DESC, id DESC);
CREATE INDEX listings_unit ON listings (unit_id, entered_at DESC, id DESC);
CREATE INDEX listings_by ON listings (listing_unit_id, entered_at DESC, id DESC);

ALTER TABLE listings ENABLE ROW LEVEL SECURITY;
ALTER TABLE listings FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON listings USING (
    CASE current_setting('anlan.wall', true)
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[county_id, township_id, city_id, region_id] && (SELECT anlan_scope(2)::uuid[])
        OR ARRAY[unit_id, listing_unit_id] && (SELECT anlan_scope(3)::uuid[])
        OR ARRAY[unit_id || '/', unit_id || '/' || sector] && (SELECT anlan_scope(5)::text[])
        OR ARRAY[county_id || '/' || sector, township_id || '/' || sector, city_id || '/' || sector,
                 region_id || '/' || sector] && (SELECT anlan_scope(4)::text[])
        OR (SELECT anlan_scope(1)) = 'all'
    ELSE false END)
    WITH CHECK (
    CASE current_setting('anlan.wall', true)
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON listings TO %I', current_database());
END $$;

INSERT INTO projections (record_type, name, rank, permission, shows) VALUES
    ('anlan.hazards.v1.Listing', 'full', 1, 'hazards.read', '{*}');
UPDATE projections SET shows = shows || '{listing,listing_unit_id,listed_by,listed_until}'
WHERE record_type = 'anlan.hazards.v1.Hazard' AND name = 'masked';
