-- SPDX-License-Identifier: Apache-2.0
-- each: table accidents
-- Accidents of the scope, the latest entered first.
-- include: list_examined
       AND (:request.happened_from::timestamptz IS NULL OR r.happened_at >= :request.happened_from)
       AND (:request.happened_until::timestamptz IS NULL OR r.happened_at < :request.happened_until)
-- include: list_page
