-- SPDX-License-Identifier: Apache-2.0
-- Duty rosters: desks, shifts, leaves. A row is seen by those whose territory has its place, and by its unit.

CREATE TABLE duty_desks (
    tenant_id       uuid NOT NULL,    -- the instance
    id              uuid NOT NULL,
    version         bigint NOT NULL CHECK (version > 0),
    unit_id         uuid NOT NULL,
    region_id       uuid,
    city_id         uuid,
    county_id       uuid,
    township_id     uuid,
    telephone       text NOT NULL CHECK (telephone <> ''),
    closed          boolean NOT NULL,
    warn_days       integer NOT NULL CHECK (warn_days BETWEEN 1 AND 14),
    warning         bytea,            -- a packed DutyWarning
    warned          text[],
    occurred_at     timestamptz NOT NULL,
    entered_at      timestamptz NOT NULL,
    warned_at       timestamptz,      -- derived: when it was warned
    quiet_until     timestamptz NOT NULL,    -- derived: a roster that is being entered is left alone for a minute
    due_at          timestamptz,      -- derived: when a gap is near of which it has not been warned
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT duty_desks_unit UNIQUE (unit_id)
);
CREATE INDEX duty_desks_due ON duty_desks (due_at) WHERE due_at IS NOT NULL;
ALTER TABLE duty_desks ENABLE ROW LEVEL SECURITY;
ALTER TABLE duty_desks FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON duty_desks USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    WHEN 'scope' THEN
        ARRAY[region_id, city_id, county_id, township_id] && (SELECT anlan_scope(2)::uuid[])
        OR unit_id = ANY ((SELECT anlan_scope(3)::uuid[])::uuid[])
        OR unit_id = ANY ((SELECT anlan_scope_units(5))::uuid[])
        OR ARRAY[region_id, city_id, county_id, township_id] && (
            SELECT array_agg(split_part(c, '/', 1)::uuid) FROM unnest(anlan_scope(4)::text[]) AS t(c))
        OR (SELECT anlan_scope(1)) = 'all'
    WHEN 'follow' THEN due_at <= now()    -- the scheduler
    ELSE false END)
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

CREATE TABLE duty_shifts (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    version         bigint NOT NULL CHECK (version > 0),
    unit_id         uuid NOT NULL,
    region_id       uuid,
    city_id         uuid,
    county_id       uuid,
    township_id     uuid,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    leader_ids      uuid[],
    leader_names    text[],
    officer_ids     uuid[],
    officer_names   text[],
    occasion        text NOT NULL,
    change_kind     smallint NOT NULL CHECK (change_kind BETWEEN 1 AND 5),
    change_reason   text NOT NULL,
    change_person   text NOT NULL,
    change_at       timestamptz NOT NULL,
    cancelled       boolean NOT NULL,
    occurred_at     timestamptz NOT NULL,
    entered_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT duty_shifts_end_after_their_beginning CHECK (ends_at > starts_at),
    CONSTRAINT duty_shifts_somebody CHECK (leader_ids IS NOT NULL OR officer_ids IS NOT NULL)
);
CREATE INDEX duty_shifts_unit ON duty_shifts (unit_id, ends_at);
CALL wall_at_unit('duty_shifts');

-- What shifts were before they were changed; derived.
CREATE TABLE duty_versions (
    LIKE duty_shifts,
    superseded_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE INDEX duty_versions_unit ON duty_versions (unit_id, ends_at);
CALL wall_at_unit('duty_versions');

CREATE TABLE leaves (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    version         bigint NOT NULL CHECK (version > 0),
    person_id       uuid NOT NULL,
    person_name     text NOT NULL,
    unit_id         uuid NOT NULL,
    region_id       uuid,
    city_id         uuid,
    county_id       uuid,
    township_id     uuid,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    reason          text NOT NULL,
    occurred_at     timestamptz NOT NULL,
    entered_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT leaves_end_after_their_beginning CHECK (ends_at >= starts_at)
);
CREATE INDEX leaves_unit ON leaves (unit_id, id);
CREATE INDEX leaves_person ON leaves (person_id, ends_at);
CALL wall_at_unit('leaves');

-- Who is on which duty; derived from the shifts that are on the roster. role: 1 leader, 2 officer.
CREATE TABLE duty_members (
    tenant_id       uuid NOT NULL,
    shift_id        uuid NOT NULL,
    unit_id         uuid NOT NULL,
    person_id       uuid NOT NULL,
    role            smallint NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL
);
CREATE INDEX duty_members_shift ON duty_members (shift_id);
CREATE INDEX duty_members_unit ON duty_members (unit_id, ends_at);
CREATE INDEX duty_members_person ON duty_members (person_id, ends_at);
ALTER TABLE duty_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE duty_members FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON duty_members USING (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

-- What is wrong with a unit's roster in a time. `key` is the same as long as it is the same gap: a gap that lasts is known by
-- the end of the duty before it. Under the tenant's wall.
CREATE FUNCTION duty_gaps(of_unit uuid, since timestamptz, until timestamptz)
RETURNS TABLE (kind integer, starts_at timestamptz, ends_at timestamptz, person_id uuid, shift_id uuid, key text)
LANGUAGE sql STABLE AS $$
WITH duty AS (
    SELECT m.* FROM duty_members m WHERE m.unit_id = of_unit AND m.ends_at > since AND m.starts_at < until
), holes AS (
    SELECT k.kind, lower(g) AS starts_at, upper(g) AS ends_at
    FROM (VALUES (1, 2), (2, 1)) AS k(kind, role)
    CROSS JOIN LATERAL (
        SELECT tstzmultirange(tstzrange(since, until))
               - coalesce(range_agg(tstzrange(d.starts_at, d.ends_at)), '{}'::tstzmultirange) AS open
        FROM duty d WHERE d.role = k.role) h
    CROSS JOIN LATERAL unnest(h.open) AS g
), about AS (
    SELECT 3 AS kind, d.starts_at, d.ends_at, d.person_id, d.shift_id
    FROM duty d
    WHERE NOT EXISTS (SELECT FROM posts p
                      WHERE p.person_id = d.person_id AND p.starts_at < d.ends_at
                        AND (p.ends_at IS NULL OR p.ends_at >= d.ends_at))
    UNION ALL
    SELECT 4, greatest(d.starts_at, o.starts_at), least(d.ends_at, o.ends_at), d.person_id, d.shift_id
    FROM duty d
    JOIN duty_members o ON o.person_id = d.person_id AND o.shift_id <> d.shift_id AND o.starts_at < d.ends_at
     AND o.ends_at > d.starts_at
    UNION ALL
    SELECT 5, greatest(d.starts_at, l.starts_at), least(d.ends_at, l.ends_at), d.person_id, d.shift_id
    FROM duty d
    JOIN leaves l ON l.person_id = d.person_id AND l.starts_at < d.ends_at AND l.ends_at > d.starts_at
     AND l.ends_at > l.starts_at
)
SELECT h.kind, h.starts_at, h.ends_at, NULL::uuid, NULL::uuid,
       h.kind || '/' || extract(epoch FROM CASE WHEN h.starts_at > since THEN h.starts_at ELSE coalesce(
           (SELECT max(m.ends_at) FROM duty_members m
            WHERE m.unit_id = of_unit AND m.role = 3 - h.kind AND m.ends_at <= since), '-infinity') END)
FROM holes h
UNION ALL
SELECT a.kind, a.starts_at, a.ends_at, a.person_id, a.shift_id,
       a.kind || '/' || extract(epoch FROM a.starts_at) || '/' || a.person_id || '/' || a.shift_id
FROM about a
WHERE a.ends_at > since AND a.starts_at < until
$$;

-- When the desks of units are to be warned next: as many days before the first gap of which they have not been warned as they
-- want. It follows from the log alone, whatever time it is: what is found to be over then, the warning passes over.
CREATE FUNCTION duty_wind(units_of uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE duty_desks d SET due_at = CASE
        WHEN d.closed OR EXISTS (SELECT FROM units u WHERE u.id = d.unit_id AND u.retired_at IS NOT NULL) THEN NULL
        ELSE (SELECT greatest(min(g.starts_at) - d.warn_days * interval '1 day', d.quiet_until)
              FROM duty_gaps(d.unit_id, coalesce(d.warned_at, d.entered_at), 'infinity') g
              WHERE NOT g.key = ANY (coalesce(d.warned, '{}'))) END
    WHERE d.unit_id = ANY (units_of);
END $$;

CREATE FUNCTION duty_shift_kept() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM duty_members m WHERE m.shift_id = NEW.id;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO duty_versions SELECT OLD.*, NEW.change_at ON CONFLICT DO NOTHING;
    END IF;
    IF NOT NEW.cancelled THEN
        INSERT INTO duty_members (tenant_id, shift_id, unit_id, person_id, role, starts_at, ends_at)
        SELECT NEW.tenant_id, NEW.id, NEW.unit_id, p.id, p.role, NEW.starts_at, NEW.ends_at
        FROM (SELECT l.id, 1 FROM unnest(NEW.leader_ids) AS l(id)
              UNION ALL SELECT o.id, 2 FROM unnest(NEW.officer_ids) AS o(id)) AS p(id, role);
    END IF;
    UPDATE duty_desks SET quiet_until = NEW.change_at + interval '1 minute' WHERE unit_id = NEW.unit_id;
    -- Whoever has another duty then may be double booked there, or is no more.
    PERFORM duty_wind(array_agg(DISTINCT d.unit_id))
    FROM (SELECT NEW.unit_id AS unit_id
          UNION ALL
          SELECT m.unit_id FROM duty_members m
          WHERE m.person_id = ANY (coalesce(NEW.leader_ids, '{}') || coalesce(NEW.officer_ids, '{}'))
            AND m.starts_at < NEW.ends_at AND m.ends_at > NEW.starts_at) d;
    RETURN NULL;
END $$;
CREATE TRIGGER duty_shift_made AFTER INSERT ON duty_shifts FOR EACH ROW EXECUTE FUNCTION duty_shift_kept();
CREATE TRIGGER duty_shift_changed AFTER UPDATE ON duty_shifts FOR EACH ROW
    WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION duty_shift_kept();

CREATE FUNCTION duty_desk_kept() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM duty_wind(ARRAY[NEW.unit_id]);
    RETURN NULL;
END $$;
CREATE TRIGGER duty_desk_made AFTER INSERT ON duty_desks FOR EACH ROW EXECUTE FUNCTION duty_desk_kept();
CREATE TRIGGER duty_desk_changed AFTER UPDATE ON duty_desks FOR EACH ROW
    WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION duty_desk_kept();

-- Posts and leaves of whoever has a duty.
CREATE FUNCTION duty_person_kept() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM duty_wind(array_agg(DISTINCT m.unit_id))
    FROM duty_members m WHERE m.person_id = NEW.person_id;
    RETURN NULL;
END $$;
CREATE TRIGGER duty_post_made AFTER INSERT ON posts FOR EACH ROW EXECUTE FUNCTION duty_person_kept();
CREATE TRIGGER duty_post_changed AFTER UPDATE ON posts FOR EACH ROW
    WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION duty_person_kept();
CREATE TRIGGER duty_leave_made AFTER INSERT ON leaves FOR EACH ROW EXECUTE FUNCTION duty_person_kept();
CREATE TRIGGER duty_leave_changed AFTER UPDATE ON leaves FOR EACH ROW
    WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION duty_person_kept();

CREATE FUNCTION duty_unit_retired() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM duty_wind(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE TRIGGER duty_unit_retired AFTER UPDATE ON units FOR EACH ROW
    WHEN (OLD.retired_at IS DISTINCT FROM NEW.retired_at) EXECUTE FUNCTION duty_unit_retired();

-- Desks, shifts and leaves are where their unit is, too.
CREATE FUNCTION duty_unit_followed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE duty_desks SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE unit_id = NEW.id;
    UPDATE duty_shifts SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE unit_id = NEW.id;
    UPDATE duty_versions SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE unit_id = NEW.id;
    UPDATE leaves SET region_id = NEW.region_id, city_id = NEW.city_id, county_id = NEW.county_id,
           township_id = NEW.township_id
    WHERE unit_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER duty_unit_followed AFTER UPDATE ON units FOR EACH ROW
    WHEN ((OLD.region_id, OLD.city_id, OLD.county_id, OLD.township_id)
          IS DISTINCT FROM (NEW.region_id, NEW.city_id, NEW.county_id, NEW.township_id))
    EXECUTE FUNCTION duty_unit_followed();

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON duty_desks, duty_shifts, duty_versions, leaves TO %I',
                   current_database());
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON duty_members TO %I', current_database());
END $$;
