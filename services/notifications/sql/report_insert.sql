-- SPDX-License-Identifier: Apache-2.0
INSERT INTO urgent_reports (
    tenant_id, id, version, region_id, city_id, county_id, township_id, unit_id, reporting_unit_id, entered_at, due_at,
    summary, detail)
VALUES (
    :after.tenant_id, :after.id, :after.version, :after.place.region_id, :after.place.city_id, :after.place.county_id,
    :after.place.township_id, :after.unit_id, :after.reporting_unit_id, :after.entered_at, :after.due_at, :row.summary,
    :row.detail)
