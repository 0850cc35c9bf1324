-- SPDX-License-Identifier: Apache-2.0
-- The rules of signing in become a record: they have versions, and entries say who changed them and why. Whoever signs in
-- reads them and cannot write them.
ALTER TABLE sign_in_rules
    ADD COLUMN version     bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    ADD COLUMN reason      text NOT NULL DEFAULT '',
    ADD COLUMN occurred_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN entered_at  timestamptz NOT NULL DEFAULT now();
ALTER POLICY wall ON sign_in_rules
    WITH CHECK (
    CASE (SELECT current_setting('anlan.wall', true))
    WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

DO $$
BEGIN
    EXECUTE format('GRANT INSERT, UPDATE ON sign_in_rules TO %I', current_database());
END $$;
