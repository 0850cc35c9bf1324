-- SPDX-License-Identifier: Apache-2.0
-- Adds to the counters of a transaction's tenants, each row once; makes those that are not there. The tenants' heads are
-- locked: nobody else makes or changes them meanwhile.
WITH d AS MATERIALIZED (
    SELECT tenant_id, campaign_id, part, label, region_id, city_id, county_id, township_id, deltas::bigint[], n
    FROM unnest(:tenant_id::uuid[], :unit_id::uuid[], :part::int[], :label::text[], :region_id::uuid[], :city_id::uuid[],
                :county_id::uuid[], :township_id::uuid[], :deltas::text[]) WITH ORDINALITY
         AS d(tenant_id, campaign_id, part, label, region_id, city_id, county_id, township_id, deltas, n)
), changed AS (
    UPDATE campaign_counts c
    SET counts = ARRAY(SELECT coalesce(e.count, 0) + coalesce(e.delta, 0) FROM unnest(c.counts, d.deltas) AS e(count, delta))
    FROM d
    WHERE c.tenant_id = d.tenant_id AND c.campaign_id = d.campaign_id AND c.part = d.part AND c.label = d.label
    RETURNING d.n, c.counts
), made AS (
    INSERT INTO campaign_counts (
        tenant_id, campaign_id, part, label, region_id, city_id, county_id, township_id, counts)
    SELECT tenant_id, campaign_id, part, label, region_id, city_id, county_id, township_id, deltas
    FROM d WHERE n <> ALL (ARRAY(SELECT n FROM changed))
    RETURNING counts
)
SELECT anlan_expect(
    (SELECT count(*) FROM changed WHERE 0 > ANY (counts)) + (SELECT count(*) FROM made WHERE 0 > ANY (counts)), 0)
