-- SPDX-License-Identifier: Apache-2.0
INSERT INTO report_settings (
    tenant_id, id, version, region_id, city_id, county_id, township_id, unit_id, summary, detail)
VALUES (
    :after.tenant_id, :after.id, :after.version, :after.place.region_id, :after.place.city_id, :after.place.county_id,
    :after.place.township_id, :after.unit_id, :row.summary, :row.detail)
