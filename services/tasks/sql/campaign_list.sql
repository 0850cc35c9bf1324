-- SPDX-License-Identifier: Apache-2.0
-- each: table campaigns
-- Campaigns issued within the scope, or deployed to it, the latest first: for each pair limited reads of indexes, merged,
-- as in the ledger.
-- include: list_examined
       AND (:request.state::int IS NULL OR r.state = :request.state::int)
       AND (:request.above_id::uuid IS NULL OR r.above_id = :request.above_id::uuid)
-- include: list_page
