-- SPDX-License-Identifier: Apache-2.0
-- each: table inspections
-- Inspections of the scope's teams, or of its places once they may know, the latest entered first.
-- include: list_examined
       AND (:request.state::int IS NULL OR r.state = :request.state::int)
       AND (:request.site_id::uuid IS NULL OR r.site_id = :request.site_id::uuid)
       AND (:request.campaign_id::uuid IS NULL OR r.campaign_id = :request.campaign_id::uuid)
       AND (:request.of_sector = '' OR r.sector = :request.of_sector)
-- include: list_page
