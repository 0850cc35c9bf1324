-- SPDX-License-Identifier: Apache-2.0
-- Campaigns of the instance above, as it shows them.

-- (kind, state before, action, state): the table in task_life.h.
CREATE OR REPLACE FUNCTION task_life_allows(kind text, state_before smallint, action smallint, state smallint)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (kind, coalesce(state_before, 0::smallint), action, state) IN (
        ('campaigns', 0, 1, 1), ('campaigns', 0, 2, 1), ('campaigns', 1, 3, 1), ('campaigns', 1, 4, 1),
        ('campaigns', 1, 5, 1), ('campaigns', 1, 6, 2), ('campaigns', 0, 27, 1), ('campaigns', 0, 27, 2),
        ('campaigns', 1, 27, 1), ('campaigns', 1, 27, 2),
        ('receipts', 0, 2, 3),
        ('reports', 0, 7, 4), ('reports', 4, 8, 4),
        ('checklists', 0, 9, 5), ('checklists', 5, 10, 6),
        ('inspections', 0, 11, 7), ('inspections', 7, 12, 8), ('inspections', 7, 13, 8), ('inspections', 7, 14, 9),
        ('inspections', 7, 15, 10), ('inspections', 8, 12, 8), ('inspections', 8, 13, 8), ('inspections', 8, 14, 9),
        ('tracked_hazards', 0, 16, 11), ('tracked_hazards', 11, 17, 11), ('tracked_hazards', 11, 23, 11), ('tracked_hazards', 11, 24, 11),
        ('clock_rules', 0, 18, 5), ('calendars', 0, 9, 5),
        ('accidents', 0, 25, 15), ('accidents', 15, 26, 15), ('draw_rules', 0, 18, 5), ('draws', 0, 19, 12),
        ('rechecks', 0, 20, 1), ('rechecks', 1, 21, 13), ('rechecks', 13, 21, 13), ('rechecks', 1, 22, 14),
        ('rechecks', 13, 22, 14));
END $$;
