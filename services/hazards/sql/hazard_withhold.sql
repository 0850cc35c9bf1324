-- SPDX-License-Identifier: Apache-2.0
-- What this version of a restricted hazard withholds.
INSERT INTO hazard_payloads (tenant_id, hazard_id, version, salt, payload)
VALUES (:after.tenant_id, :after.id, :after.version, :after.withheld.salt, :after.withheld.payload)
