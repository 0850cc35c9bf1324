-- SPDX-License-Identifier: Apache-2.0
WITH made AS (
    INSERT INTO units (
        tenant_id, id, version, parent_id, kind, name, code, region_id, city_id, county_id, township_id, is_tenant,
        owner_tenant_id, sectors, occurred_at, entered_at, credit_code, industry, address, regulator_ids,
        responsible_person, responsible_phone, responsible_phone_digest, safety_officer, safety_phone,
        safety_phone_digest, risk, following)
    VALUES (
        :context.tenant_id, :after.id, :after.version, :after.parent_id, :after.kind, :after.name, :after.code,
        :after.place.region_id, :after.place.city_id, :after.place.county_id, :after.place.township_id,
        :after.is_tenant, :after.tenant_id, :after.sectors, :after.occurred_at, :after.entered_at, :after.credit_code,
        :after.profile.industry, :after.profile.address, :after.profile.regulator_ids,
        :after.profile.responsible_person, :after.profile.responsible_phone, :after.profile.responsible_phone_digest,
        :after.profile.safety_officer, :after.profile.safety_phone, :after.profile.safety_phone_digest,
        :after.profile.risk, :after.following)
    RETURNING 1
),
-- include: withheld_insert
SELECT anlan_expect((SELECT count(*) FROM made), 1)
