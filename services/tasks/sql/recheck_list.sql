-- SPDX-License-Identifier: Apache-2.0
-- each: table rechecks
-- Re-checks of the scope, the latest first.
-- include: list_examined
       AND (:request.state::int IS NULL OR r.state = :request.state::int)
       AND (:request.draw_id::uuid IS NULL OR r.draw_id = :request.draw_id::uuid)
-- include: list_page
