-- SPDX-License-Identifier: Apache-2.0
-- One listing, as far as it is seen.
SELECT l.summary AS "*", l.detail AS "*"
FROM listings l
WHERE l.tenant_id = :request.tenant_id AND l.id = :request.id AND
-- include: listing_in_scope
