-- SPDX-License-Identifier: Apache-2.0
INSERT INTO units (
    tenant_id, id, version, parent_id, kind, name, code, region_id, city_id, county_id, township_id, is_tenant,
    owner_tenant_id, sectors, occurred_at, entered_at)
VALUES (
    :context.tenant_id, :after.id, :after.version, :after.parent_id, :after.kind, :after.name, :after.code,
    :after.place.region_id, :after.place.city_id, :after.place.county_id, :after.place.township_id, :after.is_tenant,
    :after.tenant_id, :after.sectors, :after.occurred_at, :after.entered_at)
