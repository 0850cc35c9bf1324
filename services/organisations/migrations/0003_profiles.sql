-- SPDX-License-Identifier: Apache-2.0
-- Places and villages; credit codes and profiles; former names and codes; retirement. Columns of an absent message are
-- NULL, all of them or none.

ALTER TABLE units DROP CONSTRAINT units_kind_check;
ALTER TABLE units
    ADD CONSTRAINT units_kind_check CHECK (kind BETWEEN 1 AND 12),
    ADD COLUMN credit_code              text NOT NULL DEFAULT '',
    ADD COLUMN industry                 text,
    ADD COLUMN address                  text,
    ADD COLUMN regulator_ids            uuid[],
    ADD COLUMN responsible_person       text,
    ADD COLUMN responsible_phone        text,    -- masked
    ADD COLUMN responsible_phone_digest bytea,
    ADD COLUMN safety_officer           text,
    ADD COLUMN safety_phone             text,    -- masked
    ADD COLUMN safety_phone_digest      bytea,
    ADD COLUMN risk                     smallint CHECK (risk BETWEEN 1 AND 4),
    ADD COLUMN former_names             text[],
    ADD COLUMN former_names_until       timestamptz[],
    ADD COLUMN former_codes             text[],
    ADD COLUMN former_codes_until       timestamptz[],
    ADD COLUMN retired_at               timestamptz,
    ADD COLUMN retired_reason           text NOT NULL DEFAULT '',
    ADD COLUMN successor_id             uuid,
    ADD CONSTRAINT units_retired_for_a_reason CHECK ((retired_at IS NULL) = (retired_reason = ''));
CREATE UNIQUE INDEX units_credit_code ON units (tenant_id, credit_code) WHERE credit_code <> '' AND retired_at IS NULL;
CREATE INDEX units_parent ON units (tenant_id, parent_id) WHERE retired_at IS NULL;

-- Personal data in full, beside the records that show it masked and the log that holds its digest. Only added to; a row
-- may be erased by law, and the digest stays. It is kept when the tables are made anew from the log.
CREATE TABLE withheld (
    tenant_id uuid NOT NULL,
    record_id uuid NOT NULL,
    version   bigint NOT NULL,    -- of the record, since which it holds
    field     text NOT NULL,
    salt      bytea NOT NULL,
    value     text NOT NULL,
    PRIMARY KEY (tenant_id, record_id, field, version)
);
ALTER TABLE withheld ENABLE ROW LEVEL SECURITY;
ALTER TABLE withheld FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON withheld USING (
    CASE (SELECT current_setting('anlan.wall', true)) WHEN 'tenant' THEN tenant_id = (SELECT anlan_tenant())
    ELSE false END);

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON withheld TO %I', current_database());
END $$;
