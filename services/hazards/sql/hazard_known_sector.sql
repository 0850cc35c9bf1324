-- SPDX-License-Identifier: Apache-2.0
-- What the rule of CreateHazard must know of the database: the sector, if there is such a one.
SELECT s.code AS sector FROM sectors s WHERE s.code = :request.sector
