-- SPDX-License-Identifier: Apache-2.0
-- Adds to the counters of a tenant, each once. (A CHECK would refuse the delta of a decrease before the conflict.)
WITH changed AS (
    INSERT INTO campaign_counts AS c (
        tenant_id, campaign_id, part, label, day, standing, region_id, city_id, county_id, township_id, count)
    SELECT :tenant_id, d.campaign_id, d.part, d.label, d.day, d.standing, d.region_id, d.city_id, d.county_id,
           d.township_id, d.delta
    FROM unnest(:unit_id::uuid[], :part::int[], :label::text[], :first::int[], :second::int[], :region_id::uuid[],
                :city_id::uuid[], :county_id::uuid[], :township_id::uuid[], :delta::bigint[])
         AS d(campaign_id, part, label, day, standing, region_id, city_id, county_id, township_id, delta)
    ON CONFLICT (tenant_id, campaign_id, part, label, day, standing)
    DO UPDATE SET count = c.count + excluded.count
    RETURNING c.count)
SELECT anlan_expect((SELECT count(*) FROM changed WHERE count < 0), 0)
