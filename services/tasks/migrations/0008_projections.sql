-- SPDX-License-Identifier: Apache-2.0
-- What is shown to whom pulls campaigns and inspections.
INSERT INTO projections (record_type, name, rank, permission, shows) VALUES
    ('anlan.tasks.v1.Campaign', 'full', 1, 'campaigns.read', '{*}'),
    ('anlan.tasks.v1.Inspection', 'full', 1, 'inspections.read', '{*}');
