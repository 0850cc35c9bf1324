-- SPDX-License-Identifier: Apache-2.0
-- Adds to the counters of a tenant, each once. (A CHECK would refuse the delta of a decrease before the conflict.)
WITH changed AS (
    INSERT INTO hazard_counts AS c (
        tenant_id, unit_id, part, sector, grade, state, region_id, city_id, county_id, township_id, count)
    SELECT :tenant_id, d.unit_id, d.part, d.sector, d.grade, d.state, d.region_id, d.city_id, d.county_id, d.township_id,
           d.delta
    FROM unnest(:unit_id::uuid[], :part::int[], :label::text[], :first::int[], :second::int[], :region_id::uuid[],
                :city_id::uuid[], :county_id::uuid[], :township_id::uuid[], :delta::bigint[])
         AS d(unit_id, part, sector, grade, state, region_id, city_id, county_id, township_id, delta)
    ON CONFLICT (tenant_id, unit_id, part, sector, grade, state)
    DO UPDATE SET count = c.count + excluded.count, region_id = excluded.region_id, city_id = excluded.city_id,
                  county_id = excluded.county_id, township_id = excluded.township_id
    RETURNING c.count)
SELECT anlan_expect((SELECT count(*) FROM changed WHERE count < 0), 0)
