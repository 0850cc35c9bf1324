-- SPDX-License-Identifier: Apache-2.0
-- What is due and what is listed in a sector of a territory: the wall hides the other sectors from whoever reads one alone,
-- so that a bounded read of what is due in all sectors would pass over any number of rows that nobody counts.
CREATE INDEX hazards_region_sector_due ON hazards (region_id, sector, deadline, id) WHERE state IN (2, 3);
CREATE INDEX hazards_city_sector_due ON hazards (city_id, sector, deadline, id) WHERE state IN (2, 3);
CREATE INDEX hazards_county_sector_due ON hazards (county_id, sector, deadline, id) WHERE state IN (2, 3);
CREATE INDEX hazards_township_sector_due ON hazards (township_id, sector, deadline, id) WHERE state IN (2, 3);
CREATE INDEX hazards_region_sector_listed ON hazards (region_id, sector, entered_at DESC, id DESC) WHERE listing IN (1, 2);
CREATE INDEX hazards_city_sector_listed ON hazards (city_id, sector, entered_at DESC, id DESC) WHERE listing IN (1, 2);
CREATE INDEX hazards_county_sector_listed ON hazards (county_id, sector, entered_at DESC, id DESC) WHERE listing IN (1, 2);
CREATE INDEX hazards_township_sector_listed ON hazards (township_id, sector, entered_at DESC, id DESC)
    WHERE listing IN (1, 2);
