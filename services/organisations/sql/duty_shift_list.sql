-- SPDX-License-Identifier: Apache-2.0
-- The shifts of a unit in a time, by their beginning; each version of one behind the one that took its place. page.first is
-- the version, counted down.
SELECT
-- include: duty_shift_columns
    , r.starts_at AS "page.time", r.id AS "page.id", (-r.version)::integer AS "page.first"
FROM (
    SELECT s.* FROM duty_shifts s
    WHERE s.unit_id = :request.unit_id AND s.tenant_id = :context.tenant_id AND (:request.history OR NOT s.cancelled)
      AND s.ends_at > coalesce(:request.since, :context.now::timestamptz)
      AND s.starts_at < coalesce(:request.until,
                                 coalesce(:request.since, :context.now::timestamptz) + interval '31 days')
    UNION ALL
    SELECT v.tenant_id, v.id, v.version, v.unit_id, v.region_id, v.city_id, v.county_id, v.township_id, v.starts_at,
           v.ends_at, v.leader_ids, v.leader_names, v.officer_ids, v.officer_names, v.occasion, v.change_kind,
           v.change_reason, v.change_person, v.change_at, v.cancelled, v.occurred_at, v.entered_at
    FROM duty_versions v
    WHERE :request.history AND v.unit_id = :request.unit_id AND v.tenant_id = :context.tenant_id
      AND v.ends_at > coalesce(:request.since, :context.now::timestamptz)
      AND v.starts_at < coalesce(:request.until,
                                 coalesce(:request.since, :context.now::timestamptz) + interval '31 days')
) r
WHERE (r.starts_at, r.id, -r.version) > (coalesce(:context.page.time, '-infinity'::timestamptz),
                                         coalesce(:context.page.id, '00000000-0000-0000-0000-000000000000'::uuid),
                                         coalesce(:context.page.first, 0)) AND
-- include: record_in_scope
ORDER BY r.starts_at, r.id, r.version DESC
LIMIT :context.row_limit
