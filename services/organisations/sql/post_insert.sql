-- SPDX-License-Identifier: Apache-2.0
INSERT INTO posts (
    tenant_id, id, version, person_id, person_name, unit_id, region_id, city_id, county_id, township_id, role, sectors,
    starts_at, ends_at, document, end_document, occurred_at, entered_at)
VALUES (
    :context.tenant_id, :after.id, :after.version, :after.person_id, :after.person_name, :after.unit_id,
    :after.place.region_id, :after.place.city_id, :after.place.county_id, :after.place.township_id, :after.role,
    :after.sectors, :after.starts_at, :after.ends_at, :after.document, :after.end_document, :after.occurred_at,
    :after.entered_at)
