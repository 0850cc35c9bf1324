-- SPDX-License-Identifier: Apache-2.0
-- Accidents and their grades.

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
        ('tracked_hazards', 0, 16, 11), ('tracked_hazards', 11, 17, 11), ('tracked_hazards', 11, 23, 11), ('tracked_hazards', 11, 24, 11),
        ('clock_rules', 0, 18, 5), ('calendars', 0, 9, 5),
        ('accidents', 0, 25, 15), ('accidents', 15, 26, 15), ('draw_rules', 0, 18, 5), ('draws', 0, 19, 12),
        ('rechecks', 0, 20, 1), ('rechecks', 1, 21, 13), ('rechecks', 13, 21, 13), ('rechecks', 1, 22, 14),
        ('rechecks', 13, 22, 14));
END $$;

-- Grades of accidents (事故等级) are data, by territory and document: an accident has the gravest of which one figure is
-- reached. A new rule ends these and adds its own.
CREATE TABLE accident_grades (
    rule       text NOT NULL,
    document   text NOT NULL,
    grade      smallint NOT NULL CHECK (grade BETWEEN 1 AND 4),
    deaths     int NOT NULL,
    hurt       int NOT NULL,
    loss       bigint NOT NULL,    -- yuan
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz,
    PRIMARY KEY (rule, grade)
);
INSERT INTO accident_grades (rule, document, grade, deaths, hurt, loss, starts_at) VALUES
    ('state_council_493', '生产安全事故报告和调查处理条例（国务院令第493号）第三条', 1, 0, 0, 0, '2007-06-01T00:00:00+08'),
    ('state_council_493', '生产安全事故报告和调查处理条例（国务院令第493号）第三条', 2, 3, 10, 10000000, '2007-06-01T00:00:00+08'),
    ('state_council_493', '生产安全事故报告和调查处理条例（国务院令第493号）第三条', 3, 10, 50, 50000000, '2007-06-01T00:00:00+08'),
    ('state_council_493', '生产安全事故报告和调查处理条例（国务院令第493号）第三条', 4, 30, 100, 100000000, '2007-06-01T00:00:00+08');

CALL task_table('accidents', '
    happened_at   timestamptz NOT NULL,
    grade         smallint NOT NULL CHECK (grade BETWEEN 1 AND 4),
    deaths        int NOT NULL CHECK (deaths >= 0),
    hurt          int NOT NULL CHECK (hurt >= 0),
    loss          bigint NOT NULL CHECK (loss >= 0),
    demonstration boolean NOT NULL');
CREATE INDEX accidents_region_happened ON accidents (region_id, happened_at);
CREATE INDEX accidents_city_happened ON accidents (city_id, happened_at);
CREATE INDEX accidents_county_happened ON accidents (county_id, happened_at);
CREATE INDEX accidents_township_happened ON accidents (township_id, happened_at);

-- What a period's figures are read by, besides the time of entry.
CREATE INDEX tracked_hazards_closed_region ON tracked_hazards (region_id, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX tracked_hazards_closed_city ON tracked_hazards (city_id, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX tracked_hazards_closed_county ON tracked_hazards (county_id, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX tracked_hazards_closed_township ON tracked_hazards (township_id, closed_at) WHERE closed_at IS NOT NULL;
ALTER TABLE tracked_hazards ADD COLUMN responsible_unit_id uuid, ADD COLUMN rebound_count int NOT NULL DEFAULT 0;

DO $$
BEGIN
    EXECUTE format('GRANT SELECT ON accident_grades TO %I', current_database());
END $$;
