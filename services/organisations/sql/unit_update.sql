-- SPDX-License-Identifier: Apache-2.0
-- The after-image takes the place of the version before it, or the transaction is undone. Kind, whether it is a tenant,
-- and both times of the beginning never change.
WITH updated AS (
    UPDATE units
    SET version = :after.version, parent_id = :after.parent_id, region_id = :after.place.region_id,
        city_id = :after.place.city_id, county_id = :after.place.county_id, township_id = :after.place.township_id,
        owner_tenant_id = :after.tenant_id, moves = :after.moves, following = :after.following, name = :after.name, code = :after.code, sectors = :after.sectors,
        credit_code = :after.credit_code, industry = :after.profile.industry, address = :after.profile.address,
        regulator_ids = :after.profile.regulator_ids, responsible_person = :after.profile.responsible_person,
        responsible_phone = :after.profile.responsible_phone,
        responsible_phone_digest = :after.profile.responsible_phone_digest,
        safety_officer = :after.profile.safety_officer, safety_phone = :after.profile.safety_phone,
        safety_phone_digest = :after.profile.safety_phone_digest, risk = :after.profile.risk,
        former_names = :after.former.names, former_names_until = :after.former.names_until,
        former_codes = :after.former.codes, former_codes_until = :after.former.codes_until,
        retired_at = :after.retired_at, retired_reason = :after.retired_reason, successor_id = :after.successor_id
    WHERE tenant_id = :context.tenant_id AND id = :after.id AND version = :after.version - 1
    RETURNING 1
),
-- include: withheld_insert
SELECT anlan_expect((SELECT count(*) FROM updated), 1)
