-- SPDX-License-Identifier: Apache-2.0
-- What is shown of hazards to whom pulls them. More are added as rows.
INSERT INTO projections (record_type, name, rank, permission, shows) VALUES
    ('anlan.hazards.v1.Hazard', 'full', 1, 'hazards.read', '{*}'),
    -- Without persons, and without what was written by hand.
    ('anlan.hazards.v1.Hazard', 'masked', 2, 'hazards.read_masked',
     '{tenant_id,id,version,place,unit_id,state,grade,sector,location,finding_unit_id,occurred_at,entered_at,'
     'responsible_unit_id,deadline,sending_unit_id,last_action,state_before,halt,rebound_count,next_unit_id,'
     'successor_id}');
