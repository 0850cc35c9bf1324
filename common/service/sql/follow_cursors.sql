-- SPDX-License-Identifier: Apache-2.0
SELECT source, tenant_id, position FROM follow_cursors WHERE source = :source
