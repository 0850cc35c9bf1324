-- SPDX-License-Identifier: Apache-2.0
INSERT INTO hazards (
    tenant_id, id, version, region_id, city_id, county_id, township_id, unit_id, state, grade, sector, finding_unit_id,
    entered_at, responsible_unit_id, responsible_person, deadline, sending_unit_id, last_action, state_before, halt,
    former_unit_ids, external_id, successor_id, restricted_to_unit_id, payload_digests, listing, summary, detail)
VALUES (
    :after.tenant_id, :after.id, :after.version, :after.place.region_id, :after.place.city_id,
    :after.place.county_id, :after.place.township_id, :after.unit_id, :after.state, :after.grade, :after.sector,
    :after.finding_unit_id, :after.entered_at, :after.responsible_unit_id, :after.responsible_person, :after.deadline,
    :after.sending_unit_id, :after.last_action, :after.state_before, :after.halt, :after.former_unit_ids,
    :after.external_id, :after.successor_id, :after.restricted_to_unit_id, :after.payload_digests, :after.listing,
    :row.summary, :row.detail)
