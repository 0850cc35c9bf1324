-- SPDX-License-Identifier: Apache-2.0
INSERT INTO listings (
    tenant_id, id, version, region_id, city_id, county_id, township_id, unit_id, state, last_action, state_before, sector,
    listing_unit_id, hazard_tenant_id, hazard_id, until, hazard_version, entered_at, summary, detail)
VALUES (
    :after.tenant_id, :after.id, :after.version, :after.place.region_id, :after.place.city_id, :after.place.county_id,
    :after.place.township_id, :after.unit_id, :after.state, :after.last_action, :after.state_before, :after.sector,
    :after.listing_unit_id, :after.hazard_tenant_id, :after.hazard_id, :after.until, :after.hazard_version,
    :after.entered_at, :row.summary, :row.detail)
