-- SPDX-License-Identifier: Apache-2.0
-- A lead (线索) stands in the ledger before anybody has verified it.

-- (state before, action, state): the table in hazard_life.h.
CREATE OR REPLACE FUNCTION hazard_life_allows(state_before smallint, action smallint, state smallint) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (state_before, action, state) IN (
        (0, 1, 1), (0, 3, 2), (0, 2, 6), (0, 25, 1), (0, 25, 10), (0, 26, 10),
        (10, 27, 1), (10, 20, 10), (10, 21, 8), (10, 22, 10), (10, 24, 9),
        (1, 3, 2), (1, 2, 6), (1, 23, 1), (1, 16, 1), (1, 20, 1), (1, 21, 8), (1, 22, 1), (1, 24, 9),
        (2, 4, 3), (2, 5, 1), (2, 6, 2), (2, 7, 2), (2, 8, 2), (2, 9, 2), (2, 23, 2), (2, 16, 2), (2, 20, 2),
        (2, 21, 8), (2, 22, 2), (2, 24, 9),
        (3, 10, 4), (3, 6, 2), (3, 7, 3), (3, 8, 3), (3, 9, 3), (3, 23, 3), (3, 16, 3), (3, 20, 3), (3, 21, 8),
        (3, 22, 3), (3, 24, 9),
        (4, 11, 6), (4, 11, 5), (4, 12, 3), (4, 23, 4), (4, 16, 4), (4, 17, 4), (4, 19, 4), (4, 20, 4), (4, 21, 8),
        (4, 22, 4), (4, 24, 9),
        (5, 13, 6), (5, 12, 3), (5, 17, 5), (5, 18, 5), (5, 19, 5), (5, 24, 9),
        (6, 14, 7), (6, 15, 3),
        (7, 14, 7), (7, 15, 3));
END $$;

ALTER TABLE hazards
    DROP CONSTRAINT responsible,
    -- No hazard leaves 登记 without responsible person, unit and deadline, unless it is voided or handed over.
    ADD CONSTRAINT responsible CHECK (
        state IN (1, 8, 9, 10)
        OR (responsible_unit_id IS NOT NULL AND responsible_person <> '' AND deadline IS NOT NULL)),
    ADD CONSTRAINT lead CHECK (state <> 10 OR responsible_unit_id IS NULL);
