-- SPDX-License-Identifier: Apache-2.0
-- What may be shown of a type of record, the most first.
SELECT name, permission, shows FROM projections WHERE record_type = :stream.record_type ORDER BY rank, name
