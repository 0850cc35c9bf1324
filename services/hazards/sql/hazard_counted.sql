-- SPDX-License-Identifier: Apache-2.0
-- Adds to the counters of a transaction's tenants, each row once; makes those that are not there. The tenants' heads are
-- locked: nobody else makes or changes them meanwhile. (A CHECK would read its text anew for each statement.)
WITH d AS MATERIALIZED (
    SELECT tenant_id, unit_id, part, sector, region_id, city_id, county_id, township_id, deltas::bigint[], n
    FROM unnest(:tenant_id::uuid[], :unit_id::uuid[], :part::int[], :label::text[], :region_id::uuid[], :city_id::uuid[],
                :county_id::uuid[], :township_id::uuid[], :deltas::text[]) WITH ORDINALITY
         AS d(tenant_id, unit_id, part, sector, region_id, city_id, county_id, township_id, deltas, n)
), changed AS (
    UPDATE hazard_counts c
    SET region_id = d.region_id, city_id = d.city_id, county_id = d.county_id, township_id = d.township_id,
        counts = ARRAY(SELECT coalesce(e.count, 0) + coalesce(e.delta, 0) FROM unnest(c.counts, d.deltas) AS e(count, delta))
    FROM d
    WHERE c.tenant_id = d.tenant_id AND c.unit_id = d.unit_id AND c.part = d.part AND c.sector = d.sector
    RETURNING d.n, c.counts
), made AS (
    INSERT INTO hazard_counts (
        tenant_id, unit_id, part, sector, region_id, city_id, county_id, township_id, counts)
    SELECT tenant_id, unit_id, part, sector, region_id, city_id, county_id, township_id, deltas
    FROM d WHERE n <> ALL (ARRAY(SELECT n FROM changed))
    RETURNING counts
)
SELECT anlan_expect(
    (SELECT count(*) FROM changed WHERE 0 > ANY (counts)) + (SELECT count(*) FROM made WHERE 0 > ANY (counts)), 0)
