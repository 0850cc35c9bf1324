-- SPDX-License-Identifier: Apache-2.0
SELECT tenant_id, instance_id, position, source_position, checked_position, contact_at, fault, fault_position, fault_at
FROM copies
ORDER BY tenant_id
