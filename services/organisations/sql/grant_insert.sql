-- SPDX-License-Identifier: Apache-2.0
INSERT INTO grants (
    tenant_id, id, version, region_id, city_id, county_id, township_id, state, ground, grantor_post_id,
    grantor_person_id, grantor_person_name, grantor_unit_id, parent_id, grantee_kind, grantee_id, grantee_name,
    grantee_unit_id, unit_id, sectors, permissions, starts_at, ends_at, depth, reason, document, renews_id, requested,
    decided, revoked, reviewed, verdict, requester_unit_id, revoked_at, occurred_at, entered_at)
VALUES (
    :context.tenant_id, :after.id, :after.version, :after.place.region_id, :after.place.city_id, :after.place.county_id,
    :after.place.township_id, :after.state, :after.ground, :after.grantor_post_id, :after.grantor_person_id,
    :after.grantor_person_name, :after.grantor_unit_id, :after.parent_id, :after.grantee_kind, :after.grantee_id,
    :after.grantee_name, :after.grantee_unit_id, :after.unit_id, :after.sectors, :after.permissions, :after.starts_at,
    :after.ends_at, :after.depth, :after.reason, :after.document, :after.renews_id, :after.requested, :after.decided,
    :after.revoked, :after.reviewed, :after.verdict, :after.requested.unit_id, :after.revoked.at, :after.occurred_at,
    :after.entered_at)
