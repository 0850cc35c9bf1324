-- SPDX-License-Identifier: Apache-2.0
-- The first of the sectors that the list does not have; '' where it has all.
SELECT coalesce((SELECT u.code FROM unnest(:request.sectors::text[]) AS u(code)
                 WHERE NOT EXISTS (SELECT FROM sectors s WHERE s.code = u.code) LIMIT 1), '') AS "facts.unknown_sector"
