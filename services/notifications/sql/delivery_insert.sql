-- SPDX-License-Identifier: Apache-2.0
INSERT INTO deliveries (
    tenant_id, id, version, region_id, city_id, county_id, township_id, unit_id, endpoint_id, message_id, receiver, state,
    due_at, entered_at, summary, detail)
VALUES (
    :after.tenant_id, :after.id, :after.version, :after.place.region_id, :after.place.city_id, :after.place.county_id,
    :after.place.township_id, :after.unit_id, :after.endpoint_id, :after.message_id, :after.receiver, :after.state,
    :after.due_at, :after.entered_at, :row.summary, :row.detail)
