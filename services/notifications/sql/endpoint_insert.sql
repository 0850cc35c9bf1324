-- SPDX-License-Identifier: Apache-2.0
INSERT INTO endpoints (
    tenant_id, id, version, region_id, city_id, county_id, township_id, unit_id, code, retired, summary, detail)
VALUES (
    :after.tenant_id, :after.id, :after.version, :after.place.region_id, :after.place.city_id, :after.place.county_id,
    :after.place.township_id, :after.unit_id, :after.code, :after.retired, :row.summary, :row.detail)
