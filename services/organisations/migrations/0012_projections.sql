-- SPDX-License-Identifier: Apache-2.0
-- What is shown of units to whom pulls them. Telephones are masked in all of them.
INSERT INTO projections (record_type, name, rank, permission, shows) VALUES
    ('anlan.organisations.v1.Unit', 'full', 1, 'units.read', '{*}');
