-- SPDX-License-Identifier: Apache-2.0
INSERT INTO roles (
    tenant_id, id, version, name, zh, en, permissions, separate_group, retired, occurred_at, entered_at)
VALUES (
    :context.tenant_id, :after.id, :after.version, :after.name, :after.zh, :after.en, :after.permissions,
    :after.separate_group, :after.retired, :after.occurred_at, :after.entered_at)
