-- SPDX-License-Identifier: Apache-2.0
SELECT tenant_id, position FROM heads WHERE tenant_id = :tenant_id
